"""What a record shows, to be asked by value set.

In: the signs and readings that were recognised. Out: those of one value set, or of one answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fhir_handout.current import is_ruled_out
from fhir_handout.observed import Reading
from fhir_handout.pack_model import Answer
from fhir_handout.patient_record import Condition
from fhir_handout.recognise import Sign


@dataclass(frozen=True, slots=True)
class Shown:
    """Signs and readings by value set."""

    signs: dict[str, list[Sign]]
    readings: dict[str, list[Reading]]

    @classmethod
    def of(cls, signs: Iterable[Sign], readings: Iterable[Reading]) -> Shown:
        """Sort them."""
        by_sign: dict[str, list[Sign]] = {}
        for sign in signs:
            by_sign.setdefault(sign.match.value_set, []).append(sign)
        by_reading: dict[str, list[Reading]] = {}
        for reading in readings:
            by_reading.setdefault(reading.match.value_set, []).append(reading)
        return cls(by_sign, by_reading)

    def signs_of(self, value_set: str) -> list[Sign]:
        """The entries that show this value set."""
        return self.signs.get(value_set, [])

    def conditions_of(self, value_set: str) -> list[tuple[Sign, Condition]]:
        """Those of them that are conditions."""
        found = [(sign, sign.entry) for sign in self.signs_of(value_set)]
        return [(sign, entry) for sign, entry in found if isinstance(entry, Condition)]

    def standing(self, value_set: str, *, surely: bool = False) -> list[Condition]:
        """Those of the conditions that the record does not rule out itself; `surely`, by code."""
        found = self.conditions_of(value_set)
        return [e for s, e in found if not is_ruled_out(e) and (s.match.certain or not surely)]

    def readings_of(self, value_set: str) -> list[Reading]:
        """The results whose code is in this value set."""
        return self.readings.get(value_set, [])

    def answering(self, answer: Answer) -> list[Reading]:
        """The results that give this answer."""
        return [
            reading
            for reading in self.readings_of(answer.value_set)
            if isinstance(reading.value, tuple) and answer.answer in reading.value
        ]
