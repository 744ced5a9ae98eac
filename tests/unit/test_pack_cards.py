"""The cards of a pack: read, held against its risk factors, and no part of what a site approves."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from fhir_handout.errors import BadContent
from fhir_handout.pack import load_pack, pack_folder, templates
from fhir_handout.pack_files import shipped_packs


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    folder = tmp_path / "bruised_hand"
    shutil.copytree(str(templates() / "bruised_hand"), folder)
    return folder


def change(pack: Path, change: dict[str, Any]) -> None:
    table = yaml.safe_load((pack / "cards.yaml").read_text("utf-8"))
    (pack / "cards.yaml").write_text(yaml.safe_dump({**table, **change}), "utf-8")


def problems(pack: Path) -> tuple[str, ...]:
    with pytest.raises(BadContent) as error:
        load_pack(pack)
    return error.value.problems


@pytest.mark.parametrize("name", shipped_packs())
def test_every_pack_has_cards_whose_reasons_are_risk_factors(name):
    content = load_pack(pack_folder(name)).content
    assert content.cards
    named = {*content.cards.complaints, *content.cards.new_medicines}
    assert named
    assert named <= content.risk_factors.keys()
    assert content.cards.override_reasons
    assert content.cards.alert_override_reasons


def test_a_pack_without_the_table_has_none(pack):
    (pack / "cards.yaml").unlink()
    assert load_pack(pack).content.cards is None


def test_they_are_in_the_digest_and_not_in_what_a_site_approves(pack):
    before = load_pack(pack).content
    change(pack, {"title": "Another title"})
    changed = load_pack(pack).content
    (pack / "cards.yaml").unlink()
    without = load_pack(pack).content
    assert len({before.digest, changed.digest, without.digest}) == 3
    assert before.hashes == changed.hashes == without.hashes


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"complaints": ["hand_brusie"]}, "complaints: unknown risk factor hand_brusie"),
        ({"new_medicines": ["hand_bruise"]}, "hand_bruise does not show in medicines"),
        ({"new_medicines": ["thinner"]}, "new_medicines: unknown risk factor thinner"),
        ({"summaries": {"complaint": "x" * 140, "new_medicine": "x"}}, "longer than 139"),
        ({"override_reasons": []}, "lists nothing"),
        ({"override_reasons": [{"id": "a b", "display": "x"}]}, "not written as it must be"),
        ({"alert_override_reasons": [{"id": "a", "display": "x"}] * 2}, "is there twice"),
        ({"source": {"label": "x", "url": "http://example.org"}}, "not written as it must be"),
        ({"unheard": 1}, "unknown key unheard"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(pack, wrong, told):
    change(pack, wrong)
    found = problems(pack)
    assert any(told in each for each in found), found
    assert all(each.startswith("cards.yaml:") for each in found), found


def test_every_problem_is_told_at_once(pack):
    change(pack, {"complaints": ["nothing"], "new_medicines": ["nobody"], "title": " "})
    assert len(problems(pack)) == 3
