"""Slips by which a pack would say less than it seems, or more: each in a new pack, and caught."""

from pathlib import Path
from typing import Any

import pytest

from fhir_handout.errors import BadContent
from fhir_handout.interfaces import cli
from fhir_handout.pack import load_pack
from functional.spoiled import Spoiled, checked


@pytest.fixture
def pack(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    assert cli.main(["pack", "new", "sprained_ankle", "--out", str(tmp_path)], {}) == 0
    capsys.readouterr()
    return tmp_path / "sprained_ankle"


def test_a_limit_that_could_leave_out_a_warning_sign_is_refused(pack: Path, capsys: Any) -> None:
    Spoiled(pack).table("pack", lambda table: table.update(section_limits={"emergency": 1}))
    said = checked(capsys, pack)
    assert said.status == 9
    assert "emergency has warning signs, and none of them is ever left out" in said.out


def test_every_sheet_points_to_a_section_with_an_emergency(pack: Path, capsys: Any) -> None:
    Spoiled(pack).table("pack", lambda table: table.update(emergency_section="about"))
    said = checked(capsys, pack)
    assert said.status == 9
    assert "no emergency stands in about" in said.out


def test_a_line_that_says_why_has_to_claim_it(pack: Path, capsys: Any) -> None:
    """Else nothing holds it to be certain."""

    def unsure(statement: dict[str, Any]) -> None:
        statement.update(when={"finding": "diabetes"})
        del statement["tags"]

    Spoiled(pack).statement("why-diabetes", unsure)
    said = checked(capsys, pack)
    assert said.status == 9
    assert "why-diabetes: tags: says why" in said.out


def test_a_claim_that_is_not_certain_is_caught(pack: Path, capsys: Any) -> None:
    Spoiled(pack).statement("why-diabetes", lambda each: each.update(when={"finding": "diabetes"}))
    said = checked(capsys, pack)
    assert (said.status, said.broken) == (9, {"claims"})


@pytest.mark.parametrize("hidden", ["\u200b", "\u202e", "\u00ad", "\x07"])
def test_what_nobody_sees_is_no_part_of_a_sentence(pack: Path, hidden: str) -> None:
    Spoiled(pack).table("locale/en", lambda table: table.update(meaning=f"A spra{hidden}in."))
    with pytest.raises(BadContent, match="can't be seen"):
        load_pack(pack)


@pytest.mark.parametrize("blank", ["\u00a0", "  ", "\t"])
def test_no_blank_hides_forbidden_words(pack: Path, capsys: Any, blank: str) -> None:
    text = f"Please stop{blank}taking your pills."
    Spoiled(pack).table("locale/en", lambda table: table.update(meaning=text))
    assert "BASE-3-stop" in checked(capsys, pack).broken


def test_an_emergency_makes_room_only_for_another(pack: Path) -> None:
    Spoiled(pack).statement("heart-lungs", lambda each: each.update(gives_way_to=["call-worse"]))
    with pytest.raises(BadContent, match="gives way to call-worse, which warns less"):
        load_pack(pack)
