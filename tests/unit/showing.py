"""What a record shows, put together by hand: signs of conditions and readings, by value set."""

from datetime import date
from typing import Any

from fhir_handout.codes import Match
from fhir_handout.dates import Span, parse
from fhir_handout.model import RecognisedBy
from fhir_handout.observed import Amount, Reading
from fhir_handout.patient_record import Coding, Condition, Dated
from fhir_handout.recognise import Sign
from fhir_handout.shown import Shown
from unit.builders import condition, read


def entry(recorded: str | None = None, /, **elements: Any) -> Condition:
    """A condition, recorded on this date where one is given."""
    dated = {"recordedDate": recorded} if recorded else {}
    (found,) = read(
        condition(**{"id": f"c-{recorded or 'undated'}", **dated, **elements})
    ).conditions
    return found


def sign(value_set: str, found: Any, number: float | None = None, certain: bool = True) -> Sign:
    match = Match(value_set, Coding("urn:test", value_set), RecognisedBy.CODE, certain, number)
    return Sign(match, found)


def reading(
    value_set: str, value: Amount | Span | tuple[str, ...], when: str | None = None
) -> Reading:
    match = Match(value_set, Coding("urn:test", value_set), RecognisedBy.CODE, True)
    dated = Dated("effectiveDateTime", when or "")
    name = f"Observation/{value_set}-{when or 'undated'}"
    return Reading(name, match, value, parse(when) if when else None, None, dated, {})


def amount(low: float, high: float | None = None) -> Amount:
    return Amount(low, low if high is None else high, "u", f"{low:g} u")


def day(text: str) -> Span:
    return Span(date.fromisoformat(text), date.fromisoformat(text))


def shown(*found: Sign | Reading) -> Shown:
    return Shown.of(
        [item for item in found if isinstance(item, Sign)],
        [item for item in found if isinstance(item, Reading)],
    )
