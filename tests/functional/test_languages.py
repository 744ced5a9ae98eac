"""Handouts in the patient's language, by the command line: who gets which, and who is told."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from functional.conftest import Run
from functional.records import bundle, condition, patient, statement, write
from functional.test_folder_ehr import documents

DAY = ("--date", "2026-11-23")
SHIPPED = Path(__file__).resolve().parents[2] / "templates" / "muscle_cramps"
SPANISH = "Calambres musculares"
ENGLISH = "What a muscle cramp is"


def ehr(folder: Path, *languages: str) -> Path:
    """A record of somebody who speaks these, the first preferred."""
    spoken = [
        {"language": {"coding": [{"code": tag}]}, "preferred": not at}
        for at, tag in enumerate(languages)
    ]
    person: dict[str, Any] = {**patient(), "communication": spoken}
    write(folder, "record.json", bundle(person, condition("N18.6"), statement("4603")))
    return folder


@pytest.fixture
def site(run: Run, tmp_path: Path):
    """Settings of a site that approved these languages."""

    def approve(*languages: str) -> Path:
        hashes = {
            line.split()[0]: line.split()[1:] for line in run("pack", "hash").stdout.splitlines()
        }
        rows = [
            f"  - {{pack: muscle_cramps, version: {hashes[name][0]}, language: {name}, "
            f"hash: {hashes[name][1]}, by: A. Example, on: 2026-11-20}}"
            for name in languages
        ]
        folder = tmp_path / "site"
        write(folder, "approvals.yaml", "\n".join(["approvals:", *rows]) + "\n")
        return write(folder, "site.toml", '[content]\napprovals = "approvals.yaml"\n')

    return approve


def preview(run: Run, record: Path, *more: object) -> tuple[str, str]:
    done = run("preview", "p1", "--ehr", record, *DAY, "--format", "text", *more)
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


def test_an_approved_language_of_the_patient_is_chosen_unasked(run: Run, tmp_path, site):
    record = ehr(tmp_path / "ehr", "es-MX", "en")
    text, told = preview(run, record, "--settings", site("es"))
    assert text.startswith(SPANISH)
    assert ENGLISH not in text
    assert told == ""


def test_without_an_approval_it_is_english_with_a_notice_in_the_patients_language(
    run: Run, tmp_path
):
    text, told = preview(run, ehr(tmp_path / "ehr", "es"))
    notice, _, rest = text.partition("\n\n")
    assert "intérprete" in notice
    assert "Interpreter: Español · Spanish" in rest
    assert ENGLISH in rest
    assert told == (
        "fhir-handout: note: the sheet is not in the language that the patient prefers; "
        "`explain` shows more\n"
    )


def test_what_a_patient_speaks_is_not_for_logs_though_the_sheet_is_in_a_second_language(
    run: Run, tmp_path, site
):
    record = ehr(tmp_path / "ehr", "vi", "pl")
    text, told = preview(run, record, "--settings", site("pl"))
    assert "Interpreter" not in text.partition("\n")[0]
    assert not {"vi", "pl", "en"} & set(re.findall(r"\w+", told))


def test_an_asked_for_language_that_nobody_approved_stands_beside_english(run: Run, tmp_path):
    text, _ = preview(run, ehr(tmp_path / "ehr"), "--language", "es")
    assert SPANISH in text
    assert ENGLISH in text
    alone, _ = preview(run, tmp_path / "ehr", "--language", "es", "--layout", "standard")
    assert ENGLISH not in alone


def test_an_unknown_tag_is_said_and_falls_back(run: Run, tmp_path):
    text, told = preview(run, ehr(tmp_path / "ehr"), "--language", "xx")
    assert text.startswith("Interpreter: xx")
    assert ENGLISH in text
    assert told == (
        "fhir-handout: note: --language xx: the sheet is in en, for there are no words in the "
        "other language; `explain` shows more\n"
    )


def test_what_is_no_tag_at_all_is_a_mistake_in_the_call(run: Run, tmp_path):
    done = run("preview", "p1", "--ehr", ehr(tmp_path / "ehr"), "--language", "no tag")
    assert done.returncode == 2
    assert "not a language tag such as es or zh-Hant" in done.stderr


def test_one_fuzzy_message_and_the_language_is_not_used(run: Run, tmp_path):
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "pack"))
    catalogue = folder / "locale" / "es" / "messages.po"
    text = catalogue.read_text("utf-8")
    catalogue.write_text(text.replace('msgctxt "heat"', '#, fuzzy\nmsgctxt "heat"'), "utf-8")
    record = ehr(tmp_path / "ehr")
    said, _ = preview(run, record, "--language", "es", "--pack", folder)
    assert "intérprete" in said.partition("\n\n")[0]
    assert ENGLISH in said
    assert SPANISH not in said
    told = run("explain", "p1", "--ehr", record, *DAY, "--language", "es", "--pack", folder).stdout
    assert "Language: en: the other language's catalogue is not complete (es)" in told
    status = run("pack", "translate-status", folder).stdout
    (line,) = [line for line in status.splitlines() if line.startswith("es ")]
    assert "INCOMPLETE" in line
    assert line.endswith("1 fuzzy")


def test_english_that_was_asked_for_asks_for_an_interpreter_of_whoever_speaks_none(
    run: Run, tmp_path
):
    record = ehr(tmp_path / "ehr", "vi")
    text, _ = preview(run, record, "--language", "en")
    assert "Interpreter: Tiếng Việt · Vietnamese" in re.sub("[\u2068\u2069]", "", text)


@pytest.mark.parametrize("command", ["preview", "explain"])
def test_a_full_disk_is_said_in_one_line(tmp_path, command):
    record = ehr(tmp_path / "ehr")
    program = [sys.executable, "-m", "fhir_handout", command, "p1", "--ehr", str(record)]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(program, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (
        2,
        "fhir-handout: cannot-write: can't write standard output: No space left on device; "
        "use -o\n",
    )


def test_explain_says_which_language_and_why(run: Run, tmp_path):
    record = ehr(tmp_path / "ehr", "vi", "en")
    told = json.loads(run("explain", "p1", "--ehr", record, *DAY, "--json").stdout)
    assert told["language"] == "en"
    assert told["language_choice"] == {
        "because": "spoken",
        "wanted": "vi",
        "approved": True,
        "spoken": ["vi", "en"],
    }


def test_explain_is_in_english_for_the_clinician_whatever_the_sheet_is_in(run: Run, tmp_path):
    record = ehr(tmp_path / "ehr")
    told = run("explain", "p1", "--ehr", record, *DAY, "--language", "es").stdout
    assert "Language: es: it was asked for" in told
    assert "drafted and unreviewed at this site" in told
    assert "ease-stop: Stop what you are doing." in told
    assert "“I want to be sure I said this well." in told


# --- attaching ------------------------------------------------------------------------------------


def attach(run: Run, record: Path, *more: object):
    return run("attach", "p1", "--ehr", record, *DAY, "--out", "handouts", *more)


def test_what_nobody_approved_is_attached_as_a_draft_beside_english(run: Run, tmp_path):
    done = attach(run, ehr(tmp_path / "ehr"), "--language", "es", "--format", "text,html")
    assert done.returncode == 0, done.stderr
    (document,) = documents(tmp_path / "handouts")
    assert document["docStatus"] == "preliminary"
    assert document["language"] == "es"
    types = [each["attachment"]["contentType"] for each in document["content"]]
    assert types == ["text/html; charset=utf-8", "text/plain; charset=utf-8"]
    text = next((tmp_path / "handouts").rglob("*.txt")).read_text("utf-8")
    assert SPANISH in text
    assert ENGLISH in text


@pytest.mark.parametrize("more", [("--final", "--signed-by", "Practitioner/1"), ("--final",)])
def test_what_nobody_approved_is_never_final(run: Run, tmp_path, more):
    done = attach(run, ehr(tmp_path / "ehr"), "--language", "es", *more)
    assert done.returncode == 8
    assert not (tmp_path / "handouts").exists()


@pytest.mark.parametrize("layout", ["standard", "large", "easy"])
def test_what_nobody_approved_is_never_attached_alone(run: Run, tmp_path, layout):
    done = attach(run, ehr(tmp_path / "ehr"), "--language", "es", "--layout", layout)
    assert done.returncode == 8
    assert done.stderr.startswith("fhir-handout: language-unapproved: the site has not approved es")
    assert "Traceback" not in done.stderr


def test_an_approved_language_is_final_without_a_signer(run: Run, tmp_path, site):
    settings = site("es")
    record = ehr(tmp_path / "ehr", "es")
    done = attach(run, record, "--settings", settings, "--final")
    assert done.returncode == 0, done.stderr
    (document,) = documents(tmp_path / "handouts")
    assert (document["docStatus"], document["language"]) == ("final", "es")
    text = next((tmp_path / "handouts").rglob("*.txt")).read_text("utf-8")
    assert ENGLISH not in text


def test_an_approval_of_one_language_makes_no_other_final(run: Run, tmp_path, site):
    done = attach(run, ehr(tmp_path / "ehr"), "--settings", site("es"), "--final")
    assert done.returncode == 8
    assert "final-unsigned" in done.stderr
    assert "in en, hash" in done.stderr


def test_another_language_replaces_the_document_and_the_same_one_does_not(run: Run, tmp_path):
    record = ehr(tmp_path / "ehr")
    first = attach(run, record).stdout.split()[0]
    second = attach(run, record, "--language", "es")
    assert f"replaced {first}" in second.stdout
    again = attach(run, record, "--language", "es-US")
    assert "already there" in again.stdout
    other = attach(run, record, "--language", "es", "--paper", "letter")
    assert "replaced" in other.stdout


def test_beside_english_it_is_final_only_where_english_is_approved_too(run: Run, tmp_path, site):
    record = ehr(tmp_path / "ehr", "es")
    bilingual = ("--layout", "bilingual", "--final")
    done = attach(run, record, "--settings", site("es"), *bilingual)
    assert done.returncode == 8
    assert "in en, hash" in done.stderr
    assert attach(run, record, "--settings", site("es", "en"), *bilingual).returncode == 0


def test_a_name_that_paper_can_not_show_leaves_out_the_pdf_alone(run: Run, tmp_path):
    record = ehr(tmp_path / "ehr")
    path = record / "record.json"
    path.write_text(path.read_text("utf-8").replace("Testperson", "Testperson \U0001f600"), "utf-8")
    done = attach(run, record)
    assert done.returncode == 0
    assert "note: no PDF is attached: a PDF in en: no font has U+1F600" in done.stderr
    (document,) = documents(tmp_path / "handouts")
    types = [each["attachment"]["contentType"] for each in document["content"]]
    assert types == ["text/html; charset=utf-8", "text/plain; charset=utf-8"]
    assert "already there" in attach(run, record).stdout
    alone = attach(run, record, "--format", "pdf")
    assert (alone.returncode, alone.stderr.split(": ")[1]) == (9, "missing-glyph")


def test_the_sheet_as_data_has_no_words_that_it_does_not_say(run: Run, tmp_path):
    record = ehr(tmp_path / "ehr")
    done = run("preview", "p1", "--ehr", record, *DAY, "--language", "es", "--format", "json")
    made = json.loads(done.stdout)
    for sheet in (made, made["beside"]):
        assert {name.partition("-")[0] for name in sheet["words"]} == {"sheet"}
    assert made["beside"]["language"] == "en"


def test_json_with_findings_can_not_be_attached(run: Run, tmp_path):
    done = attach(run, ehr(tmp_path / "ehr"), "--format", "json")
    assert done.returncode == 2
    assert "json is none of" in done.stderr


def test_two_runs_make_the_same_pdf(run: Run, tmp_path):
    record = ehr(tmp_path / "ehr")
    made = []
    for name, seed in (("one.pdf", "1"), ("two.pdf", "2")):
        asked = ("--language", "ar", "--format", "pdf", "-o", name)
        done = run("preview", "p1", "--ehr", record, *DAY, *asked, PYTHONHASHSEED=seed)
        assert done.returncode == 0, done.stderr
        made.append((tmp_path / name).read_bytes())
    assert made[0] == made[1]


# --- several in one page --------------------------------------------------------------------------


def test_several_languages_stand_in_one_page_to_choose_from(run: Run, tmp_path):
    record = ehr(tmp_path / "ehr")
    done = run("preview", "p1", "--ehr", record, *DAY, "--languages", "es,ar,en")
    assert done.returncode == 0, done.stderr
    for language in ("es", "ar", "en"):
        assert re.search(rf'<article [^>]*lang="{language}"', done.stdout)
    articles = re.findall(r'<article [^>]*\blang="([\w-]+)"', done.stdout)
    assert articles == ["es", "ar", "en"]
    assert "has not approved es, ar;" in done.stderr
    alone = run("preview", "p1", "--ehr", record, *DAY, "--languages", "en", "--language", "es")
    assert (alone.returncode, alone.stderr) == (0, "")
    whole = run("preview", "p1", "--ehr", record, *DAY, "--languages", "all")
    assert whole.stdout.count("<article ") == 16


WRONG = {
    "a language that is not there": (("--languages", "es,tlh"), "no-such-language"),
    "a format for one language": (("--languages", "es", "--format", "text"), "bad-format"),
    "two languages side by side": (
        ("--languages", "es", "--layout", "bilingual"),
        "bad-layout-choice",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_does_not_go_together_is_said(run: Run, tmp_path, case):
    more, code = WRONG[case]
    done = run("preview", "p1", "--ehr", ehr(tmp_path / "ehr"), *DAY, *more)
    assert done.returncode == 2
    assert done.stderr.startswith(f"fhir-handout: {code}: ")


# --- translating ----------------------------------------------------------------------------------


def test_a_translator_begins_and_goes_on_with_a_catalogue(run: Run, tmp_path):
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "pack"))
    made = run("pack", "translate", "de", folder)
    assert made.returncode == 0, made.stderr
    catalogue = folder / "locale" / "de" / "messages.po"
    text = catalogue.read_text("utf-8")
    catalogue.write_text(
        text.replace(
            'msgid "Stop what you are doing."\nmsgstr ""',
            'msgid "Stop what you are doing."\nmsgstr "Unterbrechen Sie, was Sie tun."',
        ),
        "utf-8",
    )
    assert run("pack", "translate", "de", folder).returncode == 0
    assert "Unterbrechen Sie, was Sie tun." in catalogue.read_text("utf-8")
    status = run("pack", "translate-status", folder).stdout
    (line,) = [line for line in status.splitlines() if line.startswith("de ")]
    assert "INCOMPLETE" in line


def test_the_pack_that_ships_is_not_written_to(run: Run):
    done = run("pack", "translate", "de", "muscle_cramps")
    assert done.returncode == 2
    assert "shipped-pack" in done.stderr


def test_pack_check_tells_what_is_wrong_with_a_translation_by_line(run: Run, tmp_path):
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "pack"))
    catalogue = folder / "locale" / "es" / "messages.po"
    text = catalogue.read_text("utf-8")
    at = text.index("{emergency_number}", text.index('msgctxt "section-emergency-lead"') + 120)
    catalogue.write_text(text[:at] + text[at:].replace("{emergency_number}", "911", 1), "utf-8")
    (folder / "locale" / "de.yaml").write_text("sheet-title: Krämpfe\n", "utf-8")
    done = run("pack", "check", folder)
    assert done.returncode == 9
    assert "locale/es/messages.po:" in done.stderr
    assert "has not the same {emergency_number} as in locale/en.yaml" in done.stderr
    assert "locale/de.yaml:1: translations are gettext catalogues" in done.stderr
