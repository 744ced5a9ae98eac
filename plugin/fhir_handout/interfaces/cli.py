"""The command line: one function for each command.

In: arguments, the environment, the clock. Out: what the command prints, and an exit status. An
error is one line on standard error that begins with its code; `--debug` adds the traceback.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import orjson

from fhir_handout import workflow
from fhir_handout.approvals import Approval, load_approvals
from fhir_handout.ehr.folder import FolderEhr
from fhir_handout.ehr.rest_settings import ON_THIS_MACHINE
from fhir_handout.errors import HandoutError, UsageError
from fhir_handout.interfaces.arguments import parser
from fhir_handout.model import Moment
from fhir_handout.pack import LoadedPack, load_pack, pack_folder
from fhir_handout.pack_words import SOURCE_LANGUAGE
from fhir_handout.render import in_order, render
from fhir_handout.settings import Settings, load_settings
from fhir_handout.sheets import sheet_data
from fhir_handout.translate import addressed

if TYPE_CHECKING:
    from fhir_handout.document import Signature
    from fhir_handout.exchange import Ehr, Terminology

_DEFAULT_OUT = Path("handouts")


def run() -> None:
    """The console script."""
    sys.exit(main(sys.argv[1:], os.environ))


def main(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run one command; the exit status."""
    args = parser().parse_args(argv)
    try:
        _COMMANDS[args.command](args, environ)
        sys.stdout.flush()
    except HandoutError as error:
        return _failed(args, error.code, error.message, error.exit_status)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as error:
        kind = type(error).__name__
        return _failed(
            args, "internal-error", f"a fault in this program ({kind}); --debug shows it", 1
        )
    return 0


def _failed(args: argparse.Namespace, code: str, message: str, status: int) -> int:
    if args.debug:
        traceback.print_exc()
    print(f"fhir-handout: {code}: {message}", file=sys.stderr)
    return status


def _preview(args: argparse.Namespace, environ: Mapping[str, str]) -> None:
    settings = load_settings(environ, args.settings)
    pack = load_pack(pack_folder(args.pack), settings.value_sets)
    request = _request(args, settings, pack)
    prepared = workflow.prepare(_ehr(args.ehr, settings), request)
    _warn_of_gaps(prepared)
    _put(_previewed(args, request, prepared), args.output)


def _previewed(
    args: argparse.Namespace, request: workflow.Request, prepared: workflow.Prepared
) -> bytes:
    if args.languages:
        from fhir_handout.interfaces.many_languages import page  # most sheets are in one

        return page(args.languages, args.format, request, prepared)
    _warn_of_language(prepared, args.language)
    if args.format == "json":
        return orjson.dumps(sheet_data(prepared.sheet), option=orjson.OPT_INDENT_2) + b"\n"
    if args.format == "pdf" and args.output is None and sys.stdout.isatty():
        raise UsageError("binary-output", "a PDF is nothing for a terminal; give it a file with -o")
    return render(prepared.sheet, args.format, request.pack.figures, prepared.look).data


def _explain(args: argparse.Namespace, environ: Mapping[str, str]) -> None:
    from fhir_handout.explain import explanation  # a preview needs neither
    from fhir_handout.explain_text import explanation_text

    settings = load_settings(environ, args.settings)
    pack = load_pack(pack_folder(args.pack), settings.value_sets)
    prepared = workflow.prepare(_ehr(args.ehr, settings), _request(args, settings, pack))
    if args.json:
        told = explanation(prepared.handout, prepared.choice, prepared.record.languages)
        data = orjson.dumps(told, option=orjson.OPT_INDENT_2) + b"\n"
    else:
        words = addressed(pack.catalogues[SOURCE_LANGUAGE], prepared.handout.address)
        data = explanation_text(prepared.handout, words, prepared.choice).encode()
    _put(data, None)


def _attach(args: argparse.Namespace, environ: Mapping[str, str]) -> None:
    signature = _signature(args)
    settings = load_settings(environ, args.settings)
    ehr = _ehr(args.ehr, settings, args.out or _DEFAULT_OUT)
    request = _request(args, settings, load_pack(pack_folder(args.pack), settings.value_sets))
    formats = in_order(args.format or settings.formats)
    outcome = workflow.attach(ehr, request, formats, signature, args.dry_run)
    if outcome.prepared:
        _warn_of_language(outcome.prepared, args.language)
        _warn_of_gaps(outcome.prepared)
        _warn_of_withheld(outcome.prepared, args.confirm_sensitive)
    if outcome.left_out:
        print(f"fhir-handout: note: no PDF is attached: {outcome.left_out}", file=sys.stderr)
    print(_said(outcome, args.dry_run))
    if isinstance(ehr, FolderEhr) and outcome.document:
        for path in ehr.files_of(outcome.document):
            print(f"  {path}")


def _said(outcome: workflow.Outcome, dry_run: bool) -> str:
    replaced = f" {', '.join(outcome.replaced)}" if outcome.replaced else ""
    if dry_run and not outcome.document:
        return f"nothing written; it would be {outcome.done}{replaced}"
    return f"{outcome.document} {outcome.done}{replaced}"


def _retract(args: argparse.Namespace, environ: Mapping[str, str]) -> None:
    settings = load_settings(environ, args.settings)
    outcome = workflow.retract(_ehr(args.ehr, settings), args.document, _moment(args))
    already = outcome.done is workflow.Done.ALREADY_THERE
    print(f"{outcome.document} {'was already retracted' if already else outcome.done}")


def _examples(args: argparse.Namespace, environ: Mapping[str, str]) -> None:
    with as_file(files("fhir_handout.fhir_examples")) as folder:
        if args.path:
            print(folder)
            return
        for expected in sorted(folder.glob("*/expected.yaml")):
            readme = expected.with_name("README.md")
            first = readme.read_text("utf-8").splitlines()[0].lstrip("# ")
            print(f"{readme.parent.name:<28} {first}")


def _ehr(where: str, settings: Settings, out: Path | None = None) -> Ehr:
    if urlsplit(where).scheme not in ("http", "https"):
        return FolderEhr(Path(where), out)
    from fhir_handout.ehr.rest import RestEhr  # requests is slow to import, and a folder needs none

    if settings.token and where.startswith("http:") and not _is_local(where):
        raise UsageError(
            "token-in-the-clear", "the token would be sent unencrypted; give --ehr an https URL"
        )
    if settings.token or not (settings.backend and settings.backend.is_for(where)):
        return RestEhr(where, settings.rest())
    from fhir_handout.smart.backend import tokens_of_site  # so is cryptography

    token = tokens_of_site(settings.backend, settings.limits()).token()
    return RestEhr(where, replace(settings.rest(), token=token))


def _is_local(url: str) -> bool:
    return urlsplit(url).hostname in ON_THIS_MACHINE


def _request(args: argparse.Namespace, settings: Settings, pack: LoadedPack) -> workflow.Request:
    terminology = _terminology(settings, pack)
    moment = _moment(args)
    return workflow.Request(
        args.patient,
        args.encounter,
        moment,
        pack,
        settings.site,
        terminology,
        args.confirm_sensitive,
        _approvals(args, settings),
        args.language,
        getattr(args, "layout", None),
        getattr(args, "paper", None),
    )


def _approvals(args: argparse.Namespace, settings: Settings) -> tuple[Approval, ...]:
    """The site's approvals; a file that is wrong stops only what can't be final without them."""
    if settings.approvals is None:
        return ()
    try:
        return load_approvals(settings.approvals)
    except UsageError as error:
        if getattr(args, "final", False) and not args.signed_by:
            raise
        print(f"fhir-handout: note: no language is approved: {error.message}", file=sys.stderr)
        return ()


def _terminology(settings: Settings, pack: LoadedPack) -> Terminology | None:
    site = settings.terminology
    if site is None:
        return None
    site.refuse_unknown(
        {name for f in pack.content.risk_factors.values() for name in f.coded_value_sets}
    )
    from fhir_handout.terminology.server import TerminologyServer  # it imports requests too

    return TerminologyServer(site, settings.rest())


def _moment(args: argparse.Namespace) -> Moment:
    """The day asked for; otherwise this very instant and the day it is here."""
    if args.date:
        return Moment.on(args.date)
    now = datetime.now(timezone.utc).replace(microsecond=0)
    return Moment(now.astimezone().date(), now)


def _signature(args: argparse.Namespace) -> Signature:
    from fhir_handout.document import signature  # only what writes needs it

    return signature(args.final, args.signed_by, args.author, args.organization)


def _warn_of_gaps(prepared: workflow.Prepared) -> None:
    gaps = prepared.handout.findings.gaps
    if gaps:
        print(
            f"fhir-handout: note: {len(gaps)} gaps in the record, so the handout is cautious; "
            "`explain` lists them",
            file=sys.stderr,
        )


def _warn_of_language(prepared: workflow.Prepared, asked: str | None) -> None:
    """That the sheet is not in the language it should be; what patients speak is not for logs."""
    choice = prepared.choice
    if choice.other and asked:
        told = f"--language {asked}: the sheet is in {choice.language}, for {choice.because}"
    elif choice.other:
        told = "the sheet is not in the language that the patient prefers"
    else:
        return
    print(f"fhir-handout: note: {told}; `explain` shows more", file=sys.stderr)


def _warn_of_withheld(prepared: workflow.Prepared, confirmed: bool) -> None:
    """How many findings are not told because they are sensitive; which ones is nobody's to log."""
    count = prepared.withheld
    if count:
        how = "" if confirmed else "; --confirm-sensitive tells what a clinician has confirmed"
        what = "sensitive finding is" if count == 1 else "sensitive findings are"
        print(
            f"fhir-handout: note: {count} {what} not told to the patient; "
            f"`explain` shows the clinician which{how}",
            file=sys.stderr,
        )


def _put(data: bytes, output: Path | None) -> None:
    try:
        if output is None:
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        else:
            output.write_bytes(data)
    except BrokenPipeError:
        raise
    except OSError as error:
        where = output or "standard output"
        raise UsageError("cannot-write", f"can't write {where}: {error.strerror}; use -o") from None


def _terminology_sets(args: argparse.Namespace, environ: Mapping[str, str]) -> None:
    from fhir_handout.interfaces import terminology  # the commands on content are for authors

    terminology.run(args, environ)


def _packs(args: argparse.Namespace, environ: Mapping[str, str]) -> None:
    from fhir_handout.interfaces import packs

    packs.run(args, environ)


def _serve(args: argparse.Namespace, environ: Mapping[str, str]) -> None:
    from fhir_handout.interfaces import serve

    serve.run(args, environ)


def _keys(args: argparse.Namespace, environ: Mapping[str, str]) -> None:
    from fhir_handout.interfaces import keys  # a handout needs no cryptography

    keys.run(args, environ)


_COMMANDS = {
    "preview": _preview,
    "explain": _explain,
    "attach": _attach,
    "retract": _retract,
    "examples": _examples,
    "terminology": _terminology_sets,
    "pack": _packs,
    "serve": _serve,
    "keys": _keys,
}
