"""How hard a pack can be to read: a bound, and who it is of."""

from dataclasses import replace

from fhir_handout.pack import LoadedPack
from fhir_handout.proof.reading import Difficulty, worst
from fhir_handout.rules_model import ReadingLimits
from unit.handouts import loaded

PLAIN = Difficulty(10, 1.4)


def with_words(**messages: str) -> LoadedPack:
    named = {name.replace("_", "-"): text for name, text in messages.items()}
    pack = loaded()
    return replace(pack, catalogues={"en": {**pack.catalogues["en"], **named}})


def to_the_patient(pack: LoadedPack) -> Difficulty:
    return next(worst(pack, "en")).difficulty


def test_both_limits_bind() -> None:
    assert not PLAIN.exceeds(ReadingLimits(6, 15))
    assert PLAIN.exceeds(ReadingLimits(6, 9))
    assert PLAIN.exceeds(ReadingLimits(4, 15))
    assert not PLAIN.exceeds(ReadingLimits(PLAIN.grade, 10))


def test_words_in_the_place_of_a_number_count() -> None:
    """A site that has set no emergency number prints words for it."""
    longer = with_words(emergency_number_unknown=" ".join(["the number"] * 40))
    assert to_the_patient(longer).words_a_sentence > to_the_patient(loaded()).words_a_sentence


def test_what_stands_before_a_section_counts() -> None:
    longer = with_words(section_call_today_lead=" ".join(["call"] * 80) + ":")
    assert to_the_patient(longer).words_a_sentence > to_the_patient(loaded()).words_a_sentence


def test_the_hardest_line_is_named() -> None:
    hard = with_words(ease_rest="Immobilisation necessitates rehabilitation.")
    assert {each.hardest for each in worst(hard, "en")} == {"ease-rest"}
