"""The commands that the README shows are run as they stand there."""

import re
import shlex
from pathlib import Path

from functional.conftest import Run
from unit.terminology.rrf import small_release

ROOT = Path(__file__).parents[2]


def commands() -> list[list[str]]:
    section = (ROOT / "README.md").read_text("utf-8").partition("## Commands")[2]
    block = section.partition("```sh\n")[2].partition("```")[0]
    return [shlex.split(line, comments=True) for line in block.splitlines()]


def test_the_commands_of_the_readme_do_what_they_say(run: Run, tmp_path):
    (tmp_path / "fhir_examples").symlink_to(ROOT / "fhir_examples")
    small_release().write(tmp_path / "RxNorm_full_11022026" / "rrf")
    shown = commands()
    assert [command[1] for command in shown] == [
        *("examples", "preview", "preview", "preview", "explain", "attach", "retract"),
        *("terminology", "pack", "pack", "pack", "keys"),
    ]
    document, said = "", []
    for program, *arguments in shown:
        assert program == "fhir-handout"
        done = run(*(a.replace("DocumentReference/ID", document) for a in arguments))
        assert done.returncode == 0, done.stderr
        told = "note: the site has not approved ar, es, fa, " if "--languages" in arguments else ""
        assert done.stderr.removeprefix("fhir-handout: ").startswith(told)
        assert bool(done.stderr) == bool(told)
        said.append(done.stdout)
        document = "".join(re.findall(r"^(DocumentReference/\w+)", done.stdout)) or document
    assert (tmp_path / "handout.html").is_file()
    assert (tmp_path / "handout.pdf").read_bytes()[:5] == b"%PDF-"
    assert said[6] == f"{document} retracted\n"
    assert (tmp_path / "value-sets" / "diuretic-loop.json").is_file()
    assert (tmp_path / "sprained_ankle" / "pack.yaml").is_file()
