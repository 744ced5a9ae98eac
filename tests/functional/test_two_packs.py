"""Two packs and one patient: each makes its own handout, and neither takes the other's place."""

import json
from pathlib import Path

import pytest

from fhir_handout.interfaces.cli import main

EXAMPLES = Path(__file__).resolve().parents[2] / "fhir_examples"
SERIES, DOCUMENT = "urn:fhir-handout:series", "urn:fhir-handout:document"


def call(action: str, patient: str, *more: object) -> int:
    asked = [action, patient, "--ehr", str(EXAMPLES), "--date", "2026-11-23", *map(str, more)]
    return main(asked, {})


def documents(folder: Path) -> list[dict[str, object]]:
    found = sorted(folder.glob("DocumentReference-*.json"))
    return [json.loads(file.read_text("utf-8")) for file in found]


def identifier(document: dict[str, object], system: str) -> str:
    return next(i["value"] for i in document["identifier"] if i["system"] == system)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("patient", "says", "not_says"),
    [
        ("child", "Your child does not crawl or walk yet", "You have diabetes"),
        ("diabetes-type-2", "You have diabetes", "If you take a blood thinner, do not stop"),
        ("all-four", "Look for sores, blisters", "water pill"),
        ("blood-thinner", "If you take a blood thinner, do not stop", "You have diabetes"),
    ],
)
def test_the_second_pack_makes_a_handout_of_every_record(
    patient: str,
    says: str,
    not_says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    chosen = ("--pack", "bruised_hand")
    assert call("preview", patient, *chosen, "--format", "text") == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "bruised hand" in text
    assert says in text
    assert not_says not in text
    assert "cramp" not in text
    assert call("explain", patient, *chosen) == 0
    assert "pack bruised_hand 0.2.0" in capsys.readouterr().out
    assert call("attach", patient, *chosen) == 0
    (document,) = documents(tmp_path / "handouts")
    assert (document["status"], document["docStatus"]) == ("current", "preliminary")
    (page,) = (tmp_path / "handouts").glob("*.html")
    assert "bruised hand" in page.read_text("utf-8")


def test_a_handout_of_one_pack_never_takes_the_place_of_one_of_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for pack in ("muscle_cramps", "bruised_hand", "muscle_cramps", "bruised_hand"):
        assert call("attach", "all-four", "--pack", pack) == 0
    assert capsys.readouterr().out.count("already there") == 2
    one, other = documents(tmp_path / "handouts")
    for document in (one, other):
        assert document["status"] == "current"
        assert "relatesTo" not in document
    for system in (SERIES, DOCUMENT):
        assert identifier(one, system) != identifier(other, system)
