"""Attaching to a folder, through the command line: one document, whatever happens."""

import hashlib
import json
import subprocess
import sys
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from functional.conftest import Run
from functional.records import bundle, condition, patient, statement, write

FUROSEMIDE, SPIRONOLACTONE = "4603", "9997"


@pytest.fixture
def ehr(tmp_path: Path) -> Path:
    folder = tmp_path / "ehr"
    write(folder, "record.json", bundle(patient(), condition("N18.6"), statement(FUROSEMIDE)))
    return folder


def documents(folder: Path) -> list[dict]:
    found = [json.loads(path.read_text()) for path in folder.glob("DocumentReference-*.json")]
    return sorted(found, key=lambda document: document["id"])


def provenances(folder: Path) -> list[dict]:
    return [json.loads(path.read_text()) for path in folder.glob("Provenance-*.json")]


def snapshot(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".lock"
    }


def test_attach_writes_the_document_its_provenance_and_the_rendered_files(run: Run, ehr, tmp_path):
    done = run("attach", "p1", "--ehr", ehr)
    assert done.returncode == 0, done.stderr
    out = tmp_path / "handouts"
    (document,) = documents(out)
    (provenance,) = provenances(out)
    reference = f"DocumentReference/{document['id']}"
    assert done.stdout.startswith(f"{reference} created\n")
    assert provenance["target"] == [{"reference": reference}]
    assert {e["what"]["reference"] for e in provenance["entity"]} == {
        "Patient/p1",
        "Condition/c-n18-6-p1",
        f"MedicationStatement/m-{FUROSEMIDE}-p1",
    }
    for content, ending in zip(document["content"], ("pdf", "html", "txt"), strict=True):
        data = b64decode(content["attachment"]["data"])
        assert (out / f"DocumentReference-{document['id']}.{ending}").read_bytes() == data
        assert content["attachment"]["size"] == len(data)
    assert document["docStatus"] == "preliminary"


def test_the_source_is_never_written_to(run: Run, ehr):
    before = snapshot(ehr)
    assert run("attach", "p1", "--ehr", ehr).returncode == 0
    assert snapshot(ehr) == before


@pytest.mark.parametrize("out", ["ehr", "ehr/handouts"])
def test_writing_into_the_source_is_refused(run: Run, ehr, tmp_path, out):
    done = run("attach", "p1", "--ehr", ehr, "--out", tmp_path / out)
    assert (done.returncode, done.stderr.split(": ")[1]) == (2, "out-in-source")


def test_a_second_attach_finds_the_first_and_adds_nothing_even_on_another_day(
    run: Run, ehr, tmp_path
):
    first = run("attach", "p1", "--ehr", ehr, "--date", "2026-11-23")
    before = snapshot(tmp_path / "handouts")
    second = run("attach", "p1", "--ehr", ehr, "--date", "2026-12-01")
    assert second.stdout.splitlines()[0] == first.stdout.splitlines()[0].replace(
        "created", "already there"
    )
    assert snapshot(tmp_path / "handouts") == before


def test_a_changed_record_replaces_the_document_and_changing_back_makes_a_new_one(
    run: Run, ehr, tmp_path
):
    record = ehr / "record.json"
    original = record.read_text()
    first = run("attach", "p1", "--ehr", ehr).stdout.split()[0]
    write(ehr, "record.json", bundle(patient(), condition("N18.6")))
    second = run("attach", "p1", "--ehr", ehr).stdout.splitlines()[0]
    assert second.endswith(f"replaced {first}")
    record.write_text(original)
    third = run("attach", "p1", "--ehr", ehr).stdout.splitlines()[0]
    assert third.endswith(f"replaced {second.split()[0]}")
    by_status = {f"DocumentReference/{d['id']}": d for d in documents(tmp_path / "handouts")}
    assert len(by_status) == 3
    assert by_status[first]["status"] == "superseded"
    assert by_status[second.split()[0]]["status"] == "superseded"
    newest = by_status[third.split()[0]]
    assert newest["status"] == "current"
    assert newest["relatesTo"] == [{"code": "replaces", "target": {"reference": second.split()[0]}}]


def test_attach_after_retract_makes_a_new_document(run: Run, ehr, tmp_path):
    out = tmp_path / "handouts"
    first = run("attach", "p1", "--ehr", ehr).stdout.split()[0]
    retracted = run("retract", first, "--ehr", out)
    assert (retracted.returncode, retracted.stdout) == (0, f"{first} retracted\n")
    again = run("retract", first, "--ehr", out)
    assert (again.returncode, again.stdout) == (0, f"{first} was already retracted\n")
    second = run("attach", "p1", "--ehr", ehr).stdout.splitlines()[0]
    assert second.endswith(" created")
    assert second.split()[0] != first
    statuses = sorted(document["status"] for document in documents(out))
    assert statuses == ["current", "entered-in-error"]
    third = run("attach", "p1", "--ehr", ehr).stdout.splitlines()[0]
    assert third == second.replace("created", "already there")


@pytest.mark.parametrize("subject", [None, "Patient/p1", [], {"reference": 5}, {}])
def test_a_document_is_retracted_whatever_became_of_its_subject(run: Run, ehr, tmp_path, subject):
    out = tmp_path / "handouts"
    first = run("attach", "p1", "--ehr", ehr).stdout.split()[0]
    (file,) = (each for each in out.rglob("*.json") if first.partition("/")[2] in each.name)
    file.write_text(json.dumps({**json.loads(file.read_text()), "subject": subject}))
    retracted = run("retract", first, "--ehr", out)
    assert (retracted.returncode, retracted.stdout) == (0, f"{first} retracted\n"), retracted.stderr


def test_six_processes_at_once_leave_one_document_and_no_orphans(ehr, tmp_path, home):
    out = tmp_path / "handouts"
    command = [sys.executable, "-m", "fhir_handout", "attach", "p1", "--ehr", str(ehr)]

    def attach(_: int) -> str:
        done = subprocess.run(
            [*command, "--out", str(out)], capture_output=True, text=True, check=True, timeout=120
        )
        return " ".join(done.stdout.splitlines()[0].split()[1:])

    with ThreadPoolExecutor(6) as pool:
        said = list(pool.map(attach, range(6)))
    assert len(documents(out)) == 1
    assert len(provenances(out)) == 1
    assert set(said) <= {"created", "already there"}
    assert "created" in said


def test_the_same_input_gives_the_same_bytes(run: Run, ehr, tmp_path):
    for name in ("one", "two"):
        run("attach", "p1", "--ehr", ehr, "--out", tmp_path / name, "--date", "2026-11-23")
    assert snapshot(tmp_path / "one") == snapshot(tmp_path / "two")


def test_signing_replaces_the_draft_and_a_draft_never_replaces_the_identical_final_one(
    run: Run, ehr, tmp_path
):
    draft = run("attach", "p1", "--ehr", ehr).stdout.split()[0]
    final = run("attach", "p1", "--ehr", ehr, "--final", "--signed-by", "Practitioner/dr-1")
    assert final.stdout.splitlines()[0].endswith(f"replaced {draft}")
    later = run("attach", "p1", "--ehr", ehr, "--draft").stdout.splitlines()[0]
    assert later == f"{final.stdout.split()[0]} already there"
    signed = next(d for d in documents(tmp_path / "handouts") if d["status"] == "current")
    assert signed["docStatus"] == "final"
    assert signed["authenticator"] == {"reference": "Practitioner/dr-1"}


@pytest.mark.parametrize(
    ("flags", "status", "code"),
    [
        (["--final"], 8, "final-unsigned"),
        (["--signed-by", "Practitioner/dr-1"], 2, "signed-draft"),
        (["--draft", "--signed-by", "Practitioner/dr-1"], 2, "signed-draft"),
    ],
)
def test_nothing_is_final_without_a_named_signer(run: Run, ehr, tmp_path, flags, status, code):
    done = run("attach", "p1", "--ehr", ehr, *flags)
    assert (done.returncode, done.stderr.split(": ")[1]) == (status, code)
    assert not (tmp_path / "handouts").exists()


def test_a_dry_run_writes_nothing_and_says_what_it_would_do(run: Run, ehr, tmp_path):
    done = run("attach", "p1", "--ehr", ehr, "--dry-run")
    assert (done.returncode, done.stdout) == (0, "nothing written; it would be created\n")
    assert not (tmp_path / "handouts").exists()


def test_encounters_have_series_of_their_own_and_give_the_document_its_period(
    run: Run, ehr, tmp_path
):
    write(
        ehr,
        "visit.json",
        {
            "resourceType": "Encounter",
            "id": "e1",
            "status": "finished",
            "class": {"code": "IMP"},
            "subject": {"reference": "Patient/p1"},
            "period": {"start": "2026-11-20T08:00:00Z", "end": "2026-11-23T10:00:00Z"},
            "serviceProvider": {"reference": "Organization/o1"},
        },
    )
    run("attach", "p1", "--ehr", ehr)
    done = run("attach", "p1", "--ehr", ehr, "--encounter", "e1")
    assert done.stdout.splitlines()[0].endswith(" created")
    of_visit = next(
        d for d in documents(tmp_path / "handouts") if "encounter" in d.get("context", {})
    )
    assert of_visit["context"] == {
        "encounter": [{"reference": "Encounter/e1"}],
        "period": {"start": "2026-11-20T08:00:00Z", "end": "2026-11-23T10:00:00Z"},
    }
    acting_for = {
        a["onBehalfOf"].get("reference")
        for p in provenances(tmp_path / "handouts")
        for a in p["agent"]
    }
    assert "Organization/o1" in acting_for


def test_author_and_organization_stand_for_the_document_where_named(run: Run, ehr, tmp_path):
    run(
        *("attach", "p1", "--ehr", ehr),
        *("--author", "Practitioner/dr-1", "--organization", "Organization/o1"),
    )
    (document,) = documents(tmp_path / "handouts")
    (provenance,) = provenances(tmp_path / "handouts")
    assert document["author"] == [{"reference": "Practitioner/dr-1"}]
    assert document["custodian"] == {"reference": "Organization/o1"}
    roles = {a["type"]["coding"][0]["code"]: a["who"] for a in provenance["agent"]}
    assert roles["author"] == {"reference": "Practitioner/dr-1"}
    assert {a["onBehalfOf"]["reference"] for a in provenance["agent"]} == {"Organization/o1"}


@pytest.mark.parametrize("kind", ["searchset", "collection", "transaction", "document"])
def test_every_kind_of_bundle_is_read(run: Run, tmp_path, kind):
    write(tmp_path / "b", "b.json", bundle(patient(), condition("N18.6"), kind=kind))
    assert fluids(run, tmp_path / "b") == "F2"


def test_ndjson_and_single_resources_in_subfolders_are_read(run: Run, tmp_path):
    lines = [json.dumps(patient()), "", json.dumps(statement(SPIRONOLACTONE))]
    write(tmp_path / "n", "all.ndjson", "\n".join(lines))
    write(tmp_path / "n" / "deeper", "c.json", condition("N18.6"))
    found = json.loads(run("explain", "p1", "--ehr", tmp_path / "n", "--json").stdout)
    present = {f["risk_factor"] for f in found["findings"] if f["status"] == "present"}
    assert present == {"diuretic", "kidney_failure"}


def fluids(run: Run, folder: Path) -> str:
    done = run("explain", "p1", "--ehr", folder, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["topics"]["fluids"]["level"]
