"""`pack check --render`: what does not come out of a pack as it is written is caught.

Each case spoils a small new pack, or breaks a renderer.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fhir_handout import render
from fhir_handout.interfaces import cli
from functional.spoiled import Said, Spoiled, checked, translated

Render = Callable[[], Said]
Page = Callable[[str], str]
LIMITS = {"reading": {"en": {"grade": 6, "words_a_sentence": 15}}}
FORBIDDEN = {
    "words": {"en": {"negated": ["never"], "never": [{"rule": "W-1", "pattern": "drink more"}]}}
}


@pytest.fixture
def pack(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    assert cli.main(["pack", "new", "sprained_ankle", "--out", str(tmp_path)], {}) == 0
    capsys.readouterr()
    return tmp_path / "sprained_ankle"


@pytest.fixture
def rendered(pack: Path, capsys: pytest.CaptureFixture[str]) -> Render:
    return lambda: checked(capsys, pack, "--render")


def words(pack: Path, **messages: str) -> None:
    named = {name.replace("_", "-"): text for name, text in messages.items()}
    Spoiled(pack).table("locale/en", lambda table: table.update(named))


def rules(pack: Path, table: dict[str, Any]) -> None:
    Spoiled(pack).table("rules", lambda found: found.update(table))


def place(pack: Path, name: str, key: str) -> str:
    before, found, _ = (pack / name).read_text("utf-8").partition(f"{key}:")
    assert found
    return f"{name}:{before.count(chr(10)) + 1}: {key}"


def test_a_pack_comes_out_as_it_is_written(rendered: Render) -> None:
    said = rendered()
    assert (said.status, said.err) == (0, "")
    assert re.search(r"^holds +rendered ", said.out, re.MULTILINE)
    assert re.search(r"^\d+ renderings of statements, \d+ of whole handouts$", said.out, re.M)


def test_so_it_does_in_a_second_language(pack: Path, rendered: Render) -> None:
    first = rendered()
    translated(pack, "es")
    second = rendered()
    assert second.status == 0
    counted = [re.search(r"^(\d+) rend.*, (\d+) of", each.out, re.M) for each in (first, second)]
    once, twice = ([int(number) for number in found.groups()] for found in counted if found)
    assert twice == [2 * once[0], once[1]]


def test_nothing_is_rendered_unless_it_is_asked_for(
    pack: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = checked(capsys, pack)
    assert "rendered" not in said.out
    assert "renderings" not in said.out


# --- broken renderers -----------------------------------------------------------------------------


def first_item(page: str) -> str:
    found = re.search(r"<li.*?</li>\n", page)
    assert found
    return found[0]


def swapped(page: str) -> str:
    one, other = re.findall(r"<(?:li|p) class=\"\w+\" id.*\n", page)[:2]
    return page.replace(one, "\0").replace(other, one).replace("\0", other)


BROKEN: dict[str, tuple[str, Page, str]] = {
    "a line is lost": ("html", lambda page: page.replace(first_item(page), "", 1), "is not there"),
    "a line is there twice": (
        "html",
        lambda page: page.replace(first_item(page), 2 * first_item(page), 1),
        "is there more than once",
    ),
    "a line is there again at the end": (
        "html",
        lambda page: page.replace("</main>", f"<ul>{first_item(page)}</ul></main>"),
        "is there more than once",
    ),
    "lines change places": ("html", swapped, "is not there, or not in its place"),
    "something stands between": (
        "html",
        lambda page: page.replace("<li", "<li>More.</li><li", 1),
        "does not follow what stands before it",
    ),
    "a list is lost": (
        "text",
        lambda page: "\n".join(line for line in page.splitlines() if line[:2] != "- "),
        "is not there",
    ),
    "a word is lost": ("text", lambda page: page.replace(" the ", " "), "is not there"),
    "a placeholder is left": (
        "text",
        lambda page: page + "Ask {name}.\n",
        "{name} is not filled in",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_format_that_is_broken_is_caught(
    monkeypatch: pytest.MonkeyPatch, rendered: Render, case: str
) -> None:
    name, spoil, what = BROKEN[case]
    formats = dict(render._FORMATS)
    kind, whole = formats[name]

    def broken(*drawn: Any) -> bytes:
        return spoil(whole(*drawn).decode()).encode()

    monkeypatch.setattr(render, "_FORMATS", {**formats, name: (kind, broken)})
    said = rendered()
    assert said.broken == {"rendered"}
    assert len(said.places) == len(set(said.places))
    assert any(f"rendered: {name}: " in each and what in each for each in said.places), said.out


def test_an_alert_on_the_sheet_is_caught(
    monkeypatch: pytest.MonkeyPatch, pack: Path, rendered: Render
) -> None:
    kind, whole = render._FORMATS["text"]
    told = "Look at the wrist too."
    alert = {"id": "wrist", "text": told, "when": "always", "citations": ["PACK"]}
    Spoiled(pack).table("alerts", lambda table: table["alerts"].append(alert))
    assert rendered().broken == set()
    leaky = {"text": (kind, lambda *drawn: whole(*drawn) + told.encode())}
    monkeypatch.setattr(render, "_FORMATS", {**render._FORMATS, **leaky})
    said = rendered()
    line = (pack / "alerts.yaml").read_text("utf-8").partition("- id: wrist")[0].count("\n") + 1
    assert said.places == [f"alerts.yaml:{line}: wrist: rendered: text: is on the sheet"]


# --- words ----------------------------------------------------------------------------------------


def test_a_placeholder_that_nothing_fills_is_caught(pack: Path, rendered: Render) -> None:
    words(pack, ease_rest="Rest your hand and call {phone}.")
    said = rendered()
    where = place(pack, "locale/en.yaml", "ease-rest")
    assert said.places == [
        f"{where}: rendered: {name}: {{phone}} is not filled in" for name in ("html", "text")
    ]


def test_a_forbidden_sentence_is_caught_in_a_heading_and_in_words_around_statements(
    pack: Path, rendered: Render
) -> None:
    rules(pack, FORBIDDEN)
    words(pack, section_ease="Drink more", sheet_care_team="Never drink more. Drink more.")
    said = rendered()
    heading, around = (
        place(pack, "locale/en.yaml", f"{n}") for n in ("section-ease", "sheet-care-team")
    )
    assert f'{heading}: W-1: says "Drink more"' in said.places
    assert f'{around}: W-1: says "Drink more."' in said.places
    assert f'{heading}: rendered: html: W-1: says "Drink more"' in said.places
    assert not any("Never" in each for each in said.places)


def test_a_forbidden_sentence_that_only_two_messages_together_make_is_caught(
    pack: Path, rendered: Render
) -> None:
    rules(pack, FORBIDDEN)
    words(pack, sheet_purpose="This sheet shows when to drink", sheet_care_team="more or less.")
    said = rendered()
    assert said.broken == {"rendered"}
    assert 'W-1: says "This sheet shows when to drink more or less."' in said.out


# --- reading --------------------------------------------------------------------------------------

LONG = " ".join(["go on and on"] * 60) + "."
HARD = (
    "Immobilisation necessitates rehabilitation, physiotherapy, electromyography, ultrasonography."
)


@pytest.mark.parametrize("text", [LONG, HARD], ids=["a long sentence", "hard words"])
@pytest.mark.parametrize("message", ["ease-rest", "section-ease-lead"])
def test_what_is_too_hard_to_read_is_caught_with_its_hardest_line(
    pack: Path, rendered: Render, text: str, message: str
) -> None:
    rules(pack, LIMITS)
    assert rendered().broken == set()
    Spoiled(pack).table("locale/en", lambda table: table.update({message: 4 * f"{text} "}))
    said = rendered()
    assert said.broken == {"reading", "rendered"}
    where = place(pack, "locale/en.yaml", message)
    assert any(
        each.startswith(f"{where}: reading: a handout to the patient can") for each in said.places
    )
    assert "a whole handout is harder to read than rules.yaml allows" in said.out


def test_limits_hold_for_every_language_of_a_kind(pack: Path, rendered: Render) -> None:
    rules(pack, LIMITS)
    translated(pack, "en-GB", {"ease-rest": (4 * f"{LONG} ").strip()})
    said = rendered()
    assert said.broken == {"reading", "rendered"}
    assert len(said.places) >= 2
    assert all(each.startswith("locale/en-GB/messages.po:") for each in said.places)
