"""The English words: all there, short, and never a dangerous one."""

import re
from collections import Counter
from itertools import combinations as pairs_of
from pathlib import Path

import pytest

from content.combinations import PACK, case
from content.combinations import said as is_said
from fhir_handout.model import Site
from fhir_handout.pack import templates
from fhir_handout.pack_rules import load_ruled
from fhir_handout.proof.words import sentences, wordings
from fhir_handout.render import render
from fhir_handout.translate import addressed, emergency_number
from unit.handouts import handout, loaded, said, sheet

ENGLISH = loaded().catalogues["en"]
STATEMENTS = [statement.id for statement in PACK.statements]
LOCALE = Path(__file__).resolve().parents[2] / "templates" / "muscle_cramps" / "locale" / "en.yaml"


def words(text: str) -> list[str]:
    return re.findall(r"[\w’'-]+", text)


SENTENCES = {name: sentences(ENGLISH[name]) for name in STATEMENTS}
EVERY_SENTENCE = [(name, s) for name in ENGLISH for s in sentences(ENGLISH[name])]
ADDRESSES = ("", *(address.id for address in PACK.addresses))


def spoken(address: str) -> dict[str, list[str]]:
    """The sentences of each statement, as they are said to one of the addresses."""
    catalogue = addressed(ENGLISH, address)
    return {name: sentences(catalogue[name]) for name in STATEMENTS}


def text_of(*names: str, site: Site | None = None) -> str:
    """The plain text of a sheet, on one line."""
    made = sheet(handout(*names), site)
    return " ".join(render(made, "text", {}).data.decode().split())


BASE = text_of()


# --- complete -------------------------------------------------------------------------------------


@pytest.mark.parametrize("statement", STATEMENTS)
def test_every_statement_has_words(statement: str) -> None:
    assert words(ENGLISH[statement])


def test_no_message_is_written_twice() -> None:
    """YAML would take the last one without a word."""
    keys = re.findall(r"^([\w@-]+):", LOCALE.read_text("utf-8"), re.MULTILINE)
    assert [key for key, times in Counter(keys).items() if times > 1] == []
    assert set(keys) == {re.sub(r"\[\d\]", "", name) for name in ENGLISH}


PLACEHOLDERS = {
    "sheet-for": {"{name}"},
    "sheet-date": {"{date}"},
    "sheet-version": {"{version}", "{hash}"},
    "sheet-warning-pointer": {"{heading}"},
    "sheet-page": {"{page}", "{pages}"},
    "sheet-interpreter": {"{emergency_number}"},
    "sheet-interpreter-for": {"{language}"},
    "sheet-link-code": {"{url}"},
    "section-top": {"{count}"},
    "section-top@caregiver": {"{count}"},
    "section-top[1]": {"{count}"},
    "section-top[1]@caregiver": {"{count}"},
    "site-phone": {"{phone}"},
    "section-emergency-lead": {"{emergency_number}"},
}


@pytest.mark.parametrize("name", ENGLISH)
def test_placeholders_are_the_ones_that_are_filled(name: str) -> None:
    assert set(re.findall(r"\{[^}]*\}", ENGLISH[name])) == PLACEHOLDERS.get(name, set())


WANTED = {
    "what a cramp is": "cramp, or spasm, is a muscle that tightens",
    "cause: injury": "An injury",
    "cause: hard exercise": "hard exercise",
    "cause: tired muscles": "tired muscles",
    "cause: one position": "one position",
    "cause: too little fluid": "Too little fluid",
    "cause: low minerals": "Low minerals",
    "cause: medicines such as water pills": "medicines, such as water pills",
    "cause: conditions": "health problems, such as kidney failure or diabetes",
    "cause: pregnancy": "- Pregnancy",
    "stopping one: stretch": "stretch the muscle slowly",
    "stopping one: massage": "Rub the muscle gently",
    "stopping one: rest": "Let the muscle rest",
    "prevention: the evidence is weak": "For most remedies the proof is weak",
    "prevention: fluids": "Drink when you are thirsty",
    "prevention: supplements": "Magnesium (a mineral) and other supplements did little",
    "prevention: exercise": "Move your body on most days",
    "prevention: stretching": "Gently stretch your calves",
    "prevention: caffeine": "Limit coffee, tea and cola. Do not drink energy drinks",
    "prevention: smoking": "If you smoke or vape, ask for help to quit",
    "prevention: muscle relaxant": "a doctor might think about a muscle relaxant",
    "call: severe": "hurt very badly",
    "call: long": "lasts more than 10 minutes",
    "call: not eased by stretching": "does not ease when you stretch",
    "call: returning": "keep coming back",
    "call: nerves": "pain, tingling, numbness or weakness in your arms or legs",
    "call: at night": "wake you at night",
    "emergency": "Call your local emergency number right away",
    "not a replacement for advice": "does not replace advice from your doctor",
    "date": "Made on November 23, 2026",
    "version": f"Sheet version {PACK.version}",
}


@pytest.mark.parametrize("subject", WANTED)
def test_the_base_sheet_says(subject: str) -> None:
    assert WANTED[subject] in BASE


def test_the_muscle_relaxant_is_mentioned_to_nobody_but_an_adult_without_a_reason_against_it() -> (
    None
):
    assert "relaxant" not in text_of("heart_failure")
    mentioning = {name for name in ENGLISH if "relaxant" in ENGLISH[name]}
    assert mentioning == {"relaxant-maybe"}


# --- short ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ADDRESSES)
def test_sentences_are_short_on_every_sheet(address: str) -> None:
    """On average 15 words at most; each item of a list counts as a sentence.

    What is said to everybody makes up for all that is longer, even if all of it were said at once.
    """
    over = {name: sum(len(words(s)) - 15 for s in own) for name, own in spoken(address).items()}
    limited = PACK.section_limits
    fixed = {s.id for s in PACK.statements if s.when.name == "always" and s.section not in limited}
    worst = sum(n if name in fixed else max(n, 0) for name, n in over.items())
    assert worst <= 0


def test_no_sentence_is_very_long() -> None:
    assert [(name, s) for name, s in EVERY_SENTENCE if len(words(s)) > 25] == []


def test_no_sentence_stands_twice_on_a_sheet() -> None:
    """Nor does one stand both in a statement and in what is around the statements."""
    around = {s for name, s in EVERY_SENTENCE if name.partition("@")[0] not in SENTENCES}
    told = [{name: set(own) for name, own in spoken(each).items()} for each in ADDRESSES]
    for one, other in pairs_of(STATEMENTS, 2):
        if any(own[one] & own[other] for own in told):
            assert case(is_said(one), is_said(other)) is None, (one, other)
    for address in ADDRESSES:
        for name, own in spoken(address).items():
            assert len(set(own)) == len(own), name
            assert not around & set(own), name


# --- safe -----------------------------------------------------------------------------------------

NUMBERS = {
    "caffeine-under-200": ["200"],
    "call-long": ["10"],
    "call-long-rest": ["10"],
}


@pytest.mark.parametrize("name", ENGLISH)
def test_no_number_but_the_caffeine_cap_and_the_length_of_a_cramp(name: str) -> None:
    assert re.findall(r"\d+", ENGLISH[name]) == NUMBERS.get(name.partition("@")[0], [])


def test_the_caffeine_cap_is_for_pregnancy() -> None:
    assert "200" not in BASE
    assert "caffeine-under-200" in said(handout("pregnancy"))


RULES = load_ruled(templates() / "muscle_cramps").rules
WORDS = RULES.words["en"]


def test_nobody_is_told_what_must_not_be_said() -> None:
    assert [str(each) for each in wordings(loaded().catalogues, RULES.words)] == []


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Drink plenty of water.", True),
        ("Drink more.", True),
        ("You should drink extra when it is hot.", True),
        ("Stop your water pill.", True),
        ("Try sports drinks.", True),
        ("Do not drink extra to treat cramps.", False),
        ("Ask your care team before you drink more than usual.", False),
        ("Do not use sports drinks.", False),
        ("Eight glasses of water a day help.", True),
        ("Skip your dialysis today.", True),
        ("Quinine helps.", True),
        ("Tonic water helps.", True),
        ("An isotonic drink helps.", True),
        ("This cures cramps.", True),
        ("Cut down on fluids.", True),
        ("Use an electrolyte powder.", True),
        ("Try a salt substitute.", True),
        ("Eat a banana.", True),
        ("Take ibuprofen.", True),
        ("Take a pain reliever.", True),
        ("Ask for baclofen.", True),
        ("Your potassium was 5 mmol.", True),
        ("Alcohol can help you rest.", True),
        ("Stretch barefoot.", True),
        ("Call 911.", True),
        ("Give your child extra to drink.", True),
        ("Do not give more or less on your own.", False),
        ("Do not stop, skip or change a medicine.", False),
        ("Never drink tonic water.", False),
        ("Rest. Drink plenty.", True),
    ],
)
def test_the_check_itself_tells_advice_from_its_negation(sentence: str, expected: bool) -> None:
    found = list(wordings({"en": {"any": sentence}}, RULES.words))
    assert bool(found) is expected


def test_a_message_that_explains_is_let_through_and_no_other() -> None:
    """“Quinine can do serious harm” follows “Do not take quinine”."""
    harm = "Quinine can do serious harm."
    assert WORDS.explained
    assert not list(wordings({"en": {"quinine-avoid": harm}}, RULES.words))
    assert list(wordings({"en": {"ease-rest": harm}}, RULES.words))


def test_words_of_a_language_are_those_of_the_language_it_is_a_kind_of() -> None:
    assert list(wordings({"en-GB": {"any": "Drink plenty."}}, RULES.words))
    assert not list(wordings({"fr": {"any": "Drink plenty."}}, RULES.words))


def test_no_warning_sign_is_softened() -> None:
    for statement in PACK.statements:
        if statement.kind == "emergency":
            assert not re.search(r"\b(maybe|usually|often|might)\b", ENGLISH[statement.id])


# --- the emergency number -------------------------------------------------------------------------

NUMBERS_OF = [
    (Site(), "your local emergency number"),
    (Site(country="US"), "911"),
    (Site(country="ca"), "911"),
    (Site(country="DE"), "112"),
    (Site(country="IE"), "112"),
    (Site(country="GB"), "999"),
    (Site(country="AU"), "your local emergency number"),
    (Site(country="XX"), "your local emergency number"),
    (Site(emergency_number="000"), "000"),
    (Site(country="US", emergency_number="9-911"), "9-911"),
]


@pytest.mark.parametrize(("site", "expected"), NUMBERS_OF)
def test_the_emergency_number_is_the_countrys_or_the_sites_own(site: Site, expected: str) -> None:
    assert f"Call {expected} right away for any of these" in text_of(site=site)


def test_no_number_is_guessed() -> None:
    assert not re.search(r"\b(911|112|999)\b", " ".join(ENGLISH.values()))
    assert not re.search(r"\b(911|112|999)\b", BASE)
    assert emergency_number(Site()) == ""
