"""Content packs on the command line: a new one, one that is chosen, one that is wrong."""

from pathlib import Path

import pytest

from functional.conftest import Run
from functional.records import bundle, condition, patient, write


@pytest.fixture
def ehr(tmp_path: Path) -> Path:
    folder = tmp_path / "ehr"
    write(folder, "record.json", bundle(patient(), condition("E10.9")))
    return folder


def test_a_new_pack_is_made_and_says_how_to_go_on(run: Run, tmp_path):
    done = run("pack", "new", "sprained_ankle", "--out", tmp_path / "packs")
    assert (done.returncode, done.stderr) == (0, "")
    assert str(tmp_path / "packs" / "sprained_ankle") in done.stdout
    assert (tmp_path / "packs" / "sprained_ankle" / "locale" / "en.yaml").is_file()


def test_a_handout_of_another_pack_is_made_from_the_same_record(run: Run, ehr, tmp_path):
    run("pack", "new", "sprained_ankle")
    chosen = ("p1", "--ehr", ehr, "--date", "2026-11-23", "--pack", "sprained_ankle")
    assert "You have diabetes" in run("preview", *chosen, "--format", "text").stdout
    assert "pack sprained_ankle 0.1" in run("explain", *chosen).stdout
    attached = run("attach", *chosen)
    assert (attached.returncode, attached.stderr) == (0, "")
    (page,) = (tmp_path / "handouts").rglob("*.html")
    assert "Sprained ankle" in page.read_text("utf-8")


def test_a_pack_that_came_with_this_is_chosen_by_name(run: Run, ehr):
    asked = ("preview", "p1", "--ehr", ehr, "--date", "2026-11-23")
    assert run(*asked, "--pack", "muscle_cramps").stdout == run(*asked).stdout


def test_a_pack_that_is_not_there_is_told_with_those_that_are(run: Run, ehr):
    done = run("preview", "p1", "--ehr", ehr, "--pack", "back_pain")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "fhir-handout: no-such-pack: no content pack back_pain; give a folder, or one of: "
        "bruised_hand, muscle_cramps\n"
    )


def test_a_pack_that_is_wrong_makes_no_handout(run: Run, ehr, tmp_path):
    run("pack", "new", "sprained_ankle")
    statements = tmp_path / "sprained_ankle" / "statements.yaml"
    statements.write_text(statements.read_text("utf-8").replace("kind: do", "kind: odd"), "utf-8")
    done = run("preview", "p1", "--ehr", ehr, "--pack", "sprained_ankle")
    assert (done.returncode, done.stdout) == (9, "")
    assert done.stderr.startswith(
        "fhir-handout: bad-content-pack: content pack sprained_ankle has 2 problems, the first: "
        "statements.yaml:"
    )
    assert done.stderr.count("\n") == 1


def test_a_name_that_is_none_for_a_pack_is_a_wrong_call(run: Run):
    done = run("pack", "new", "Sprained ankle")
    assert done.returncode == 2
    assert done.stderr.startswith("fhir-handout: bad-pack-name: ")
