"""What the command line prints, and how it ends."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from fhir_handout.interfaces import cli
from functional.conftest import Run
from functional.records import bundle, condition, patient, statement, write


@pytest.fixture
def ehr(tmp_path: Path) -> Path:
    folder = tmp_path / "ehr"
    write(
        folder,
        "record.json",
        bundle(patient(), condition("N18.6"), condition("J06.9"), statement("4603")),
    )
    return folder


def test_explain_tells_a_reader_findings_evidence_levels_omissions_and_what_was_not_relevant(
    run: Run, ehr
):
    text = run("explain", "p1", "--ehr", ehr, "--date", "2026-11-23").stdout
    assert text.startswith("Patient/p1 on 2026-11-23, pack muscle_cramps ")
    for said in (
        "present   Kidney failure, end stage",
        "Condition/c-n18-6-p1: ICD-10-CM N18.6; no date; by its code",
        "Fluids: F2, keep to the amount the care team set",
        "fluids-usual",
        "Condition/c-j06-9-p1: ICD-10-CM J06.9",
    ):
        assert said in text
    assert text.index("Findings") < text.index("Topics") < text.index("Left out")


def test_explain_tells_a_reader_of_gaps_and_of_what_is_withheld(run: Run, tmp_path):
    minor = patient(gender="female", birthDate="2010-01-01")
    expecting = condition("Z33.1", recordedDate="2026-10-01")
    write(tmp_path / "e", "record.json", bundle(minor, expecting, statement("4603", status=7)))
    text = run("explain", "p1", "--ehr", tmp_path / "e", "--date", "2026-11-23").stdout
    assert "Pregnancy (not told to the patient: confidential)" in text
    assert "MedicationStatement/m-4603-p1" in text.partition("Gaps")[2]


def test_preview_as_json_is_the_worded_sheet_without_findings(run: Run, ehr):
    sheet = json.loads(run("preview", "p1", "--ehr", ehr, "--format", "json").stdout)
    assert sheet["title"]
    assert "fluids-set-amount" in {
        line["statement"] for section in sheet["sections"] for line in section["lines"]
    }
    assert "findings" not in sheet


def test_output_goes_to_the_file_named_and_nowhere_else(run: Run, ehr, tmp_path):
    done = run("preview", "p1", "--ehr", ehr, "-o", tmp_path / "page.html")
    assert (done.returncode, done.stdout) == (0, "")
    assert (tmp_path / "page.html").read_text().startswith("<!DOCTYPE html>")


def test_an_output_file_that_can_not_be_written_is_named(run: Run, ehr, tmp_path):
    done = run("preview", "p1", "--ehr", ehr, "-o", tmp_path / "no" / "page.html")
    assert done.returncode == 2
    assert done.stderr.startswith("fhir-handout: cannot-write: ")


def test_a_reader_that_stops_early_gets_no_traceback(ehr, home):
    command = [sys.executable, "-m", "fhir_handout", "preview", "p1", "--ehr", str(ehr)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()


def test_a_fault_of_the_program_is_one_line_and_hides_what_it_was_about(ehr, capsys, monkeypatch):
    def fault(*_: object) -> None:
        raise ZeroDivisionError("Quillon Testperson")

    monkeypatch.setitem(cli._COMMANDS, "preview", fault)
    assert cli.main(["preview", "p1", "--ehr", str(ehr)], {}) == 1
    said = capsys.readouterr()
    assert said.err == (
        "fhir-handout: internal-error: a fault in this program (ZeroDivisionError); "
        "--debug shows it\n"
    )
    assert said.out == ""


def test_examples_are_listed_with_their_folder(capsys):
    assert cli.main(["examples"], {}) == 0
    listed = capsys.readouterr().out.splitlines()
    assert cli.main(["examples", "--path"], {}) == 0
    folder = Path(capsys.readouterr().out.strip())
    assert {line.split()[0] for line in listed} == {
        path.parent.name for path in folder.glob("*/expected.yaml")
    }


def test_the_token_may_stand_in_a_file(run: Run, tmp_path):
    done = run(
        *("preview", "p1", "--ehr", "https://fhir.example.invalid/r4"),
        FHIR_HANDOUT_TOKEN_FILE=str(tmp_path / "nowhere"),
    )
    assert done.returncode == 2
    assert done.stderr.startswith("fhir-handout: no-token-file: ")
