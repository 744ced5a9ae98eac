"""Bad input: one line that says what, where and what to do; a stable code; nothing lost."""

import json
from pathlib import Path

import pytest

from functional.conftest import Run
from functional.records import bundle, condition, patient, statement, write

MARKED = "Quillon"  # the given name of every patient here: it may stand in no message


def failed(done, status: int, code: str) -> None:
    assert done.returncode == status, (done.stdout, done.stderr)
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith(f"fhir-handout: {code}: ")
    assert "Traceback" not in done.stderr
    assert MARKED not in done.stderr


def explained(run: Run, folder: Path, patient_id: str = "p1") -> dict:
    done = run("explain", patient_id, "--ehr", folder, "--json")
    assert done.returncode == 0, done.stderr
    assert MARKED not in done.stderr
    return json.loads(done.stdout)


def statuses(found: dict, factor: str) -> set[str]:
    return {f["status"] for f in found["findings"] if f["risk_factor"] == factor}


def levels(found: dict) -> dict[str, str]:
    return {topic: value["level"] for topic, value in found["topics"].items()}


def test_no_such_patient(run: Run, tmp_path):
    write(tmp_path / "e", "p.json", patient())
    for command in (["preview"], ["explain"], ["attach"]):
        failed(run(*command, "p2", "--ehr", tmp_path / "e"), 3, "no-such-patient")


def test_no_such_folder_an_empty_one_and_a_file(run: Run, tmp_path):
    (tmp_path / "empty").mkdir()
    file = write(tmp_path, "p.json", patient())
    failed(run("preview", "p1", "--ehr", tmp_path / "nowhere"), 3, "no-such-folder")
    failed(run("preview", "p1", "--ehr", tmp_path / "empty"), 3, "empty-folder")
    failed(run("preview", "p1", "--ehr", file), 2, "not-a-folder")


@pytest.mark.parametrize(
    "content",
    [
        "not JSON at all",
        '{"resourceType": "Patient", "id": "p1", "na',
        "",
        b"\xff\xfe\x00{",
        "[1, 2]",
    ],
    ids=["no JSON", "truncated", "empty", "other encoding", "no FHIR"],
)
def test_a_file_that_can_not_be_read_is_named_when_the_patient_may_be_in_it(
    run: Run, tmp_path, content
):
    write(tmp_path / "e", "broken.json", content)
    done = run("preview", "p1", "--ehr", tmp_path / "e")
    failed(done, 5, "patient-unreadable")
    assert "broken.json" in done.stderr


@pytest.mark.parametrize("content", ["not JSON", '{"resourceType": "Condit', '{"a": 1}'])
def test_beside_a_readable_patient_an_unreadable_file_is_a_gap_and_makes_the_sheet_cautious(
    run: Run, tmp_path, content
):
    write(tmp_path / "e", "p.json", patient())
    write(tmp_path / "e", "broken.json", content)
    found = explained(run, tmp_path / "e")
    assert [gap["what"] for gap in found["gaps"]] == ["broken.json"]
    assert {k: levels(found)[k] for k in ("fluids", "supplements", "muscle_relaxant")} == {
        "fluids": "F1",
        "supplements": "S2",
        "muscle_relaxant": "R1",
    }
    done = run("preview", "p1", "--ehr", tmp_path / "e")
    assert done.returncode == 0
    assert "1 gap" in done.stderr


def test_a_byte_order_mark_is_read_over(run: Run, tmp_path):
    write(tmp_path / "e", "p.json", b"\xef\xbb\xbf" + json.dumps(patient()).encode())
    assert explained(run, tmp_path / "e")["gaps"] == []


def test_a_file_of_50_mb_is_read_whole(run: Run, tmp_path):
    note = {"resourceType": "Basic", "id": "b", "code": {"text": "x" * (50 * 1024 * 1024)}}
    write(tmp_path / "e", "big.json", bundle(patient(), note, condition("N18.6")))
    found = explained(run, tmp_path / "e")
    assert found["gaps"] == []
    assert statuses(found, "kidney_failure") == {"present"}


def test_a_file_of_50_mb_that_is_broken_off_is_named(run: Run, tmp_path):
    write(tmp_path / "e", "big.json", '{"resourceType": "Bundle", "x": "' + "y" * (50 << 20))
    done = run("preview", "p1", "--ehr", tmp_path / "e")
    failed(done, 5, "patient-unreadable")
    assert "big.json" in done.stderr
    assert len(done.stderr) < 400


@pytest.mark.parametrize(
    ("resource", "version"),
    [
        ({"clinicalStatus": "active", "verificationStatus": "confirmed"}, "STU3"),
        ({"patient": {"reference": "Patient/p1"}, "subject": None}, "DSTU2"),
    ],
)
def test_records_of_older_fhir_versions_are_refused_and_not_half_read(
    run: Run, tmp_path, resource, version
):
    old = {k: v for k, v in {**condition("N18.6"), **resource}.items() if v is not None}
    write(tmp_path / "e", "record.json", bundle(patient(), old))
    done = run("preview", "p1", "--ehr", tmp_path / "e")
    failed(done, 5, "unsupported-fhir-version")
    assert version in done.stderr


def test_one_invalid_entry_in_a_bundle_is_a_gap_and_the_rest_is_used(run: Run, tmp_path):
    broken = statement("4603", medicationCodeableConcept=["nonsense"])
    write(tmp_path / "e", "record.json", bundle(patient(), condition("N18.6"), broken))
    found = explained(run, tmp_path / "e")
    assert statuses(found, "kidney_failure") == {"present"}
    assert statuses(found, "diuretic") == {"unknown"}
    assert [gap["what"].split()[0] for gap in found["gaps"]] == ["MedicationStatement/m-4603-p1"]
    assert levels(found)["fluids"] == "F2"


def test_evidence_that_is_no_valid_fhir_is_a_gap_and_no_evidence(run: Run, tmp_path):
    invalid = condition("N18.6", recordedDate="2026-11-01", stage={"not": "a list"})
    write(tmp_path / "e", "record.json", bundle(patient(), invalid))
    found = explained(run, tmp_path / "e")
    assert statuses(found, "kidney_failure") == {"unknown"}
    assert len(found["gaps"]) == 1


def test_a_reference_that_resolves_nowhere_or_in_a_circle_is_a_gap(run: Run, tmp_path):
    nowhere = statement("4603", medicationReference={"reference": "Medication/none"})
    del nowhere["medicationCodeableConcept"]
    circle = statement("9997", medicationReference={"reference": "Medication/round"})
    del circle["medicationCodeableConcept"]
    round_trip = {
        "resourceType": "Medication",
        "id": "round",
        "ingredient": [{"itemReference": {"reference": "Medication/round"}}],
    }
    write(tmp_path / "e", "record.json", bundle(patient(), nowhere, circle, round_trip))
    found = explained(run, tmp_path / "e")
    assert statuses(found, "diuretic") == {"unknown"}
    assert len(found["gaps"]) == 2


def test_a_condition_of_another_patient_is_never_used(run: Run, tmp_path):
    write(
        tmp_path / "e",
        "record.json",
        bundle(patient(), patient("p2"), condition("N18.6", patient_id="p2")),
    )
    found = explained(run, tmp_path / "e")
    assert statuses(found, "kidney_failure") == {"absent"}
    assert found["gaps"] == []


def test_a_condition_whose_patient_can_not_be_told_is_a_gap(run: Run, tmp_path):
    unclear = condition("N18.6", subject={"display": "somebody"})
    write(tmp_path / "e", "record.json", bundle(patient(), unclear))
    found = explained(run, tmp_path / "e")
    assert statuses(found, "kidney_failure") == {"unknown"}


@pytest.mark.parametrize(
    "death", [{"deceasedBoolean": True}, {"deceasedDateTime": "2026-01-01T00:00:00Z"}]
)
def test_nothing_is_made_for_a_deceased_patient(run: Run, tmp_path, death):
    write(tmp_path / "e", "p.json", patient(**death))
    for command in ("preview", "explain", "attach"):
        failed(run(command, "p1", "--ehr", tmp_path / "e"), 8, "patient-deceased")
    assert not (tmp_path / "handouts").exists()


def test_a_name_with_markup_direction_marks_and_control_characters_is_printed_as_text(
    run: Run, tmp_path
):
    name = "</title><script>alert(1)</script>\u202egnol\u0007\u0000 &amp; {{ 7*7 }}"
    write(tmp_path / "e", "p.json", patient(name=[{"text": name}]))
    html = run("preview", "p1", "--ehr", tmp_path / "e").stdout
    text = run("preview", "p1", "--ehr", tmp_path / "e", "--format", "text").stdout
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "{{ 7*7 }}" in html
    for forbidden in "\u202e\u0007\u0000":
        assert forbidden not in html
        assert forbidden not in text


def test_an_encounter_that_is_not_there_or_not_this_patients(run: Run, tmp_path):
    visit = {
        "resourceType": "Encounter",
        "id": "e2",
        "status": "finished",
        "class": {"code": "AMB"},
    }
    write(
        tmp_path / "e",
        "record.json",
        bundle(patient(), patient("p2"), {**visit, "subject": {"reference": "Patient/p2"}}),
    )
    failed(
        run("attach", "p1", "--ehr", tmp_path / "e", "--encounter", "e1"), 3, "no-such-encounter"
    )
    failed(
        run("attach", "p1", "--ehr", tmp_path / "e", "--encounter", "e2"),
        3,
        "encounter-of-another-patient",
    )


def test_retract_of_what_is_not_there_or_not_ours(run: Run, tmp_path):
    theirs = {
        "resourceType": "DocumentReference",
        "id": "d1",
        "status": "current",
        "content": [{"attachment": {"url": "http://example.org/a"}}],
    }
    file = write(tmp_path / "e", "d.json", theirs)
    before = file.read_bytes()
    failed(run("retract", "d2", "--ehr", tmp_path / "e"), 3, "no-such-document")
    failed(run("retract", "d1", "--ehr", tmp_path / "e"), 8, "not-ours")
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["preview"],
        ["preview", "p1"],
        ["preview", "../etc/passwd", "--ehr", "."],
        ["preview", "p1", "--ehr", ".", "--date", "yesterday"],
        ["preview", "p1", "--ehr", ".", "--format", "docx"],
        ["attach", "p1", "--ehr", ".", "--draft", "--final"],
        ["attach", "p1", "--ehr", ".", "--author", "Dr. No"],
    ],
)
def test_a_wrong_call_is_a_usage_error(run: Run, arguments):
    done = run(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_wrong_settings_are_all_named_in_one_line(run: Run, tmp_path):
    write(tmp_path / "e", "p.json", patient())
    settings = write(
        tmp_path, "s.toml", '[site]\nnam = "x"\nphone = 5\n[ehr]\nformats = ["docx"]\n[other]\n'
    )
    done = run("preview", "p1", "--ehr", tmp_path / "e", "--settings", settings)
    failed(done, 2, "bad-settings")
    for problem in ("site.nam", "site.phone", "ehr.formats", "[other]"):
        assert problem in done.stderr


def test_debug_shows_the_traceback_and_nothing_else_does(run: Run, tmp_path):
    assert "Traceback" in run("preview", "p1", "--ehr", tmp_path / "nowhere", "--debug").stderr


def test_an_out_folder_that_can_not_be_written_is_named(run: Run, tmp_path):
    write(tmp_path / "e", "p.json", patient())
    write(tmp_path, "taken", "a file where the folder should be")
    failed(
        run("attach", "p1", "--ehr", tmp_path / "e", "--out", tmp_path / "taken"), 4, "cannot-write"
    )
