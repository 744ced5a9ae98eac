"""The English words: all there, short, and never a dangerous one."""

import re
from collections import Counter
from itertools import combinations as pairs_of
from pathlib import Path

import pytest

from content.combinations import PACK, told
from fhir_handout.model import Site
from fhir_handout.render import render
from fhir_handout.translate import emergency_number
from unit.handouts import handout, loaded, said, sheet

ENGLISH = loaded().catalogues["en"]
STATEMENTS = [statement.id for statement in PACK.statements]
LOCALE = Path(__file__).resolve().parents[2] / "templates" / "muscle_cramps" / "locale" / "en.yaml"


def sentences(text: str) -> list[str]:
    """The sentences of a line; a line without a full stop is one."""
    return [part.strip() for part in re.split(r"(?<=[.?!:])[”)]?\s+", text) if part.strip()]


def words(text: str) -> list[str]:
    return re.findall(r"[\w’'-]+", text)


SENTENCES = {name: sentences(ENGLISH[name]) for name in STATEMENTS}
EVERY_SENTENCE = [(name, s) for name in ENGLISH for s in sentences(ENGLISH[name])]
SHEETS = sorted({what.said for what in told().values()}, key=sorted)


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
    keys = re.findall(r"^([\w-]+):", LOCALE.read_text("utf-8"), re.MULTILINE)
    assert [key for key, times in Counter(keys).items() if times > 1] == []
    assert set(keys) == set(ENGLISH)


PLACEHOLDERS = {
    "sheet-for": {"{name}"},
    "sheet-date": {"{date}"},
    "sheet-version": {"{version}", "{hash}"},
    "sheet-warning-pointer": {"{heading}"},
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
    "prevention: supplements": "Magnesium and other supplements did little",
    "prevention: exercise": "Move your body on most days",
    "prevention: stretching": "Gently stretch your calves",
    "prevention: caffeine": "Limit coffee, cola and energy drinks",
    "prevention: smoking": "If you smoke or vape, ask for help to quit",
    "prevention: muscle relaxant": "a prescriber might think about a muscle relaxant",
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


def test_sentences_are_short_on_every_sheet() -> None:
    """On average 15 words at most; each item of a list counts as a sentence."""
    lengths = {name: [len(words(s)) for s in SENTENCES[name]] for name in STATEMENTS}
    for chosen in SHEETS:
        on_sheet = [n for name in chosen for n in lengths[name]]
        assert sum(on_sheet) / len(on_sheet) <= 15


def test_no_sentence_is_very_long() -> None:
    assert [(name, s) for name, s in EVERY_SENTENCE if len(words(s)) > 25] == []


def test_no_sentence_stands_twice_on_a_sheet() -> None:
    """Nor does one stand both in a statement and in what is around the statements."""
    around = {s for name, s in EVERY_SENTENCE if name not in SENTENCES}
    repeated: list[tuple[str, str]] = []
    for one, other in pairs_of(STATEMENTS, 2):
        if set(SENTENCES[one]) & set(SENTENCES[other]):
            repeated.append((one, other))
    assert [pair for pair in repeated if any(set(pair) <= chosen for chosen in SHEETS)] == []
    for name, own in SENTENCES.items():
        assert len(set(own)) == len(own), name
        assert not around & set(own), name


# --- safe -----------------------------------------------------------------------------------------

NUMBERS = {"caffeine-under-200": ["200"], "call-long": ["10"]}


@pytest.mark.parametrize("name", ENGLISH)
def test_no_number_but_the_caffeine_cap_and_the_length_of_a_cramp(name: str) -> None:
    assert re.findall(r"\d+", ENGLISH[name]) == NUMBERS.get(name, [])


def test_the_caffeine_cap_is_for_pregnancy() -> None:
    assert "200" not in BASE
    assert "caffeine-under-200" in said(handout("pregnancy"))


NEVER = (
    r"stop your",
    r"skip (?!or\b)",
    r"drink (plenty|more|extra|less|lots|a lot|as much)",
    r"(eight|glasses)",
    r"plenty of (water|fluid)",
    r"cut (down|back|your)",
    r"quinine|tonic",
    r"sports drinks?|electrolyte|salt substitute",
    r"coconut|pickle|banana|epsom|juice",
    r"(ibuprofen|naproxen|aspirin|acetaminophen|paracetamol|painkiller|pain reliever)",
    r"(baclofen|cyclobenzaprine|methocarbamol|diltiazem|verapamil)",
    r"(cures?|guarantee|will (stop|prevent|go away))",
    r"(mmol|mg/dl|mEq|eGFR|blood sugar of)",
    r"alcohol",
    r"barefoot",
)
NEGATED = re.compile(r"\b(do not|don’t|never|not|no|nothing|before you)\b", re.IGNORECASE)


def encouraging(pattern: str, sentence: str) -> bool:
    """Whether the sentence says so without a negation before it."""
    found = re.search(rf"\b{pattern}", sentence, re.IGNORECASE)
    return bool(found) and not NEGATED.search(sentence[: found.start()])


@pytest.mark.parametrize("pattern", NEVER)
def test_nobody_is_told(pattern: str) -> None:
    told_so = [
        (name, sentence)
        for name, sentence in EVERY_SENTENCE
        if encouraging(pattern, sentence) and (name, pattern) not in EXPLAINED
    ]
    assert told_so == []


EXPLAINED = {("quinine-avoid", r"quinine|tonic")}
"""“Quinine can do serious harm” follows “Do not take quinine”."""


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
    ],
)
def test_the_check_itself_tells_advice_from_its_negation(sentence: str, expected: bool) -> None:
    assert any(encouraging(pattern, sentence) for pattern in NEVER) is expected


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
