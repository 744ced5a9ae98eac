"""Whole patient records of the kinds of resources that are read here, as hypothesis strategies.

A record is a Patient and `Entry`s: each the resources that one entry of a chart comes as, so that a
medicine and the Medication it refers to come and go together. What these strategies give is valid
R4 and can be read without a gap; `damage` breaks it. Codes come from the value sets that ship, from
outside them, and from local systems; dates lie around TODAY, where things begin and end.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import Any

from hypothesis import strategies as st

from fhir_handout.patient_record import Coding, Part
from unit.handouts import TODAY, loaded

Json = dict[str, Any]

ICD = "http://hl7.org/fhir/sid/icd-10-cm"
SNOMED = "http://snomed.info/sct"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
LOINC = "http://loinc.org"
LOCAL = "https://ehr.example.org/codes"
HL7 = "http://terminology.hl7.org/CodeSystem/"

PATIENT = "p1"
OURS = {"reference": f"Patient/{PATIENT}"}


@dataclass(frozen=True)
class Entry:
    """One entry of a chart: the resource that is read, and those it refers to."""

    resource: Json
    others: tuple[Json, ...] = ()

    @property
    def all(self) -> list[Json]:
        return [*self.others, self.resource]


@dataclass(frozen=True)
class Record:
    """A Patient and the entries of the chart."""

    patient: Json
    entries: tuple[Entry, ...]

    @property
    def resources(self) -> list[Json]:
        return [self.patient, *(found for entry in self.entries for found in entry.all)]

    def with_entries(self, entries: Iterable[Entry]) -> Record:
        return replace(self, entries=tuple(entries))


# --- the codes that ship --------------------------------------------------------------------------


@cache
def shipped(part: Part) -> dict[str, tuple[Coding, ...]]:
    """The codes of every value set that shows a risk factor in this part of a record."""
    factors = [f for f in loaded().content.risk_factors.values() if part in f.shows_in]
    names = dict.fromkeys(name for factor in factors for name in factor.coded_value_sets)
    # LOINC codes are answers to questions: nobody's condition or medicine is coded so.
    found = {n: tuple(c for c in all_ if c.system != LOINC) for n, all_ in codes_of(names).items()}
    return {name: codings for name, codings in found.items() if codings}


def codes_of(names: Iterable[str]) -> dict[str, tuple[Coding, ...]]:
    found = {name: loaded().codes.listed(frozenset({name})) for name in sorted(names)}
    return {name: tuple(sorted(codings, key=_key)) for name, codings in found.items() if codings}


def _key(coding: Coding) -> tuple[str, str]:
    return coding.system, coding.code


def code_from(value_sets: dict[str, tuple[Coding, ...]]) -> st.SearchStrategy[Coding]:
    """Each value set as often as any other, however many codes it has."""
    return st.sampled_from(sorted(value_sets)).flatmap(
        lambda name: st.sampled_from(value_sets[name])
    )


def _spelled(coding: Coding) -> st.SearchStrategy[Json]:
    """A coding in one of the spellings that charts use."""
    system = coding.system
    systems = [system, f" {system}", f"{system}/", system.replace("http://", "https://")]
    return st.sampled_from(systems).map(lambda name: {"system": name, "code": coding.code})


FOREIGN = [
    {"system": ICD, "code": "J45.909"},
    {"system": SNOMED, "code": "195967001", "display": "Asthma"},
    {"system": RXNORM, "code": "5640", "display": "ibuprofen"},
    {"system": LOCAL, "code": "A-17", "display": "kept as it was"},
]
WORDS = [
    "asthma",
    "heart failure",
    "no heart failure",
    "chronic kidney disease stage 4",
    "family history of cirrhosis",
    "furosemide 40 mg tablet",
    "not on spironolactone",
    "Water pill, one a day",
    "diclofenac gel",
    "Füllmittel, ärztlich \u200eempfohlen",
]


def concepts(part: Part, text: bool = True) -> st.SearchStrategy[Json]:
    """A CodeableConcept: coded here, coded elsewhere, in words alone, or in several of these."""
    ours = code_from(shipped(part)).flatmap(_spelled)
    codings = st.lists(st.one_of(ours, ours, st.sampled_from(FOREIGN)), min_size=1, max_size=2)
    coded = codings.map(lambda found: {"coding": found})
    if not text:
        return coded
    words = st.sampled_from(WORDS)
    both = st.builds(lambda concept, said: {**concept, "text": said}, coded, words)
    return st.one_of(coded, both, words.map(lambda said: {"text": said}))


# --- dates ----------------------------------------------------------------------------------------

OFFSETS = (-4000, -700, -659, -400, -366, -365, -300, -294, -180, -91, -90, -84, -30, -1, 0, 1, 40)


TIMES = ("T00:10:00Z", "T08:30:00+02:00", "T23:50:00-12:00", "T00:10:00+14:00")


def _date(offset: int, precision: str, time: str) -> str:
    day = (TODAY + timedelta(days=offset)).isoformat()
    return {"year": day[:4], "month": day[:7], "day": day, "instant": day + time}[precision]


def dates(
    precisions: str = "year month day day instant", first: int = -4000, last: int = 300
) -> st.SearchStrategy[str]:
    around = [offset for offset in OFFSETS if first <= offset <= last]
    offsets = st.one_of(st.sampled_from(around), st.integers(max(first, -900), last))
    return st.builds(_date, offsets, st.sampled_from(precisions.split()), st.sampled_from(TIMES))


def _periods() -> st.SearchStrategy[Json]:
    end = st.one_of(st.just({}), dates().map(lambda day: {"end": day}))
    return st.builds(lambda start, more: {"start": start, **more}, dates(), end)


def _sometimes(**elements: st.SearchStrategy[Any]) -> st.SearchStrategy[Json]:
    """Some of these elements."""
    return st.fixed_dictionaries({}, optional=elements)


def _age(value: int) -> Json:
    return {"value": value, "unit": "a", "system": "http://unitsofmeasure.org", "code": "a"}


def _when(name: str) -> st.SearchStrategy[Json]:
    """An onset or an abatement in one of its shapes, or none."""
    return st.one_of(
        st.just({}),
        dates().map(lambda day: {f"{name}DateTime": day}),
        dates().map(lambda day: {f"{name}DateTime": day}),
        _periods().map(lambda period: {f"{name}Period": period}),
        st.integers(0, 60).map(lambda age: {f"{name}Age": _age(age)}),
        st.integers(0, 60).map(
            lambda age: {f"{name}Range": {"low": _age(age), "high": _age(age + 3)}}
        ),
        st.just({f"{name}String": "some time ago"}),
    )


# --- the entries ----------------------------------------------------------------------------------


def _status(system: str, codes: str) -> st.SearchStrategy[Json]:
    return st.sampled_from(codes.split()).map(
        lambda code: {"coding": [{"system": HL7 + system, "code": code}]}
    )


_OTHER_EXTENSION = [{"url": "https://ehr.example.org/of-a-relative", "valueBoolean": True}]
_MODIFIER = st.one_of(*[st.just({})] * 7, st.just({"modifierExtension": _OTHER_EXTENSION}))


def _joined(*parts: Json) -> Json:
    return {name: value for part in parts for name, value in part.items()}


def conditions(concept: st.SearchStrategy[Json] | None = None) -> st.SearchStrategy[Entry]:
    clinical = "active active active recurrence relapse inactive remission resolved"
    verified = "confirmed confirmed provisional unconfirmed refuted entered-in-error"
    some = _sometimes(
        clinicalStatus=_status("condition-clinical", clinical),
        verificationStatus=_status("condition-ver-status", verified),
        category=_status(
            "condition-category", "problem-list-item encounter-diagnosis health-concern"
        ).map(lambda found: [found]),
        recordedDate=dates(),
    )
    fixed = st.fixed_dictionaries(
        {
            "resourceType": st.just("Condition"),
            "subject": st.just(OURS),
            "code": concepts(Part.CONDITIONS) if concept is None else concept,
        }
    )
    whole = st.builds(_joined, fixed, some, _when("onset"), _when("abatement"), _MODIFIER)
    return whole.map(Entry)


def _dosages() -> st.SearchStrategy[list[Json]]:
    repeat = _sometimes(boundsPeriod=_periods(), count=st.just(1))
    timing = st.one_of(
        repeat.filter(bool).map(lambda found: {"repeat": found}),
        dates("day instant").map(lambda day: {"event": [day]}),
    )
    route = st.sampled_from([{"text": "by mouth"}, {"text": "topical"}])
    dosage = _sometimes(asNeededBoolean=st.booleans(), timing=timing, route=route)
    return st.lists(dosage.map(lambda found: {"text": "one", **found}), min_size=1, max_size=2)


def _ingredients(concept: st.SearchStrategy[Json]) -> st.SearchStrategy[list[Json]]:
    item = concept.map(lambda found: {"itemCodeableConcept": found})
    active = st.sampled_from([{}, {}, {"isActive": True}, {"isActive": False}])
    return st.lists(st.builds(_joined, item, active), min_size=1, max_size=2)


def _made_of(concept: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries(
        {"resourceType": st.just("Medication"), "id": st.just("inside"), "code": concept},
        optional={
            "ingredient": _ingredients(concept),
            "form": st.sampled_from([{"text": "tablet"}, {"text": "cream"}]),
        },
    )


def medicines(concept: st.SearchStrategy[Json] | None = None) -> st.SearchStrategy[Entry]:
    concept = concepts(Part.MEDICINES) if concept is None else concept
    return st.one_of(_statements(concept), _requests(concept)).flatmap(
        lambda resource: st.one_of(
            concept.map(lambda found: Entry({**resource, "medicationCodeableConcept": found})),
            _made_of(concept).map(lambda found: _containing(resource, found)),
            _made_of(concept).map(lambda found: _referring(resource, found)),
        )
    )


def _containing(resource: Json, medication: Json) -> Entry:
    inside = {"contained": [medication], "medicationReference": {"reference": "#inside"}}
    return Entry({**resource, **inside})


def _referring(resource: Json, medication: Json) -> Entry:
    return Entry({**resource, "medicationReference": {"reference": "Medication/?"}}, (medication,))


def _statements(concept: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    codes = "active active active completed intended on-hold stopped unknown not-taken"
    some = _sometimes(effectivePeriod=_periods(), dateAsserted=dates(), dosage=_dosages())
    return st.builds(
        lambda status, more, modifier: {
            "resourceType": "MedicationStatement",
            "status": status,
            "subject": OURS,
            **more,
            **modifier,
        },
        st.sampled_from(codes.split()),
        some,
        _MODIFIER,
    )


def _requests(concept: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    codes = "active active active completed cancelled on-hold stopped draft unknown"
    supply = st.sampled_from(
        [{"value": 30, "unit": "days", "code": "d"}, {"value": 4, "code": "wk"}]
    )
    dispense = _sometimes(
        expectedSupplyDuration=supply,
        numberOfRepeatsAllowed=st.integers(0, 5),
        validityPeriod=_periods(),
    ).filter(bool)
    some = _sometimes(
        authoredOn=dates(),
        doNotPerform=st.booleans(),
        dosageInstruction=_dosages(),
        dispenseRequest=dispense,
        category=_status("medicationrequest-category", "inpatient outpatient community").map(
            lambda found: [found]
        ),
    )
    return st.builds(
        lambda status, intent, more: {
            "resourceType": "MedicationRequest",
            "status": status,
            "intent": intent,
            "subject": OURS,
            **more,
        },
        st.sampled_from(codes.split()),
        st.sampled_from("order order plan proposal filler-order".split()),
        some,
    )


# --- results and answers --------------------------------------------------------------------------

_AMOUNTS = {
    "egfr": (1, 140),
    "potassium-blood": (2, 8),
    "sodium-blood": (110, 150),
    "gestational-age": (1, 43),
}


def observed_codes(name: str) -> st.SearchStrategy[Json]:
    return code_from(codes_of([name])).flatmap(_spelled).map(lambda found: {"coding": [found]})


def _quantity(name: str) -> st.SearchStrategy[Json]:
    units = _measurement_units(name)
    least, most = _AMOUNTS[name]
    number = st.integers(least * 10, most * 10).map(lambda tenths: tenths / 10)
    sign = st.sampled_from([{}, {}, {}, {"comparator": "<"}, {"comparator": ">="}])
    return st.builds(
        lambda value, unit, comparator: {"value": value, "unit": unit, **comparator},
        number,
        st.just(units[0]),
        sign,
    )


@cache
def _measurement_units(value_set: str) -> tuple[str, ...]:
    measured = loaded().content.measurements.values()
    return next(tuple(m.units) for m in measured if m.value_set == value_set)


def measured(name: str) -> st.SearchStrategy[Json]:
    """The code and the amount of one measurement's value set."""
    return st.fixed_dictionaries({"code": observed_codes(name), "valueQuantity": _quantity(name)})


def _measured() -> st.SearchStrategy[Json]:
    return st.sampled_from(sorted(_AMOUNTS)).flatmap(measured)


def _answer(question: str, answers: list[str]) -> st.SearchStrategy[Json]:
    given = code_from(codes_of(answers)).flatmap(_spelled).map(lambda found: {"coding": [found]})
    foreign = st.just({"coding": [{"system": SNOMED, "code": "261665006", "display": "Unknown"}]})
    return st.fixed_dictionaries(
        {
            "code": observed_codes(question),
            "valueCodeableConcept": st.one_of(given, given, given, foreign),
        }
    )


def _told() -> st.SearchStrategy[Json]:
    """What an Observation says: an amount, an answer, a due date, or something of no interest."""
    due = st.fixed_dictionaries(
        {"code": observed_codes("pregnancy-due-date"), "valueDateTime": dates("day day month")}
    )
    foreign = st.just(
        {
            "code": {"coding": [{"system": LOINC, "code": "8302-2", "display": "Body height"}]},
            "valueQuantity": {"value": 171, "unit": "cm", "code": "cm"},
        }
    )
    by_factor = {
        answer.value_set: [a.answer for a in factor.answers if a.value_set == answer.value_set]
        for factor in loaded().content.risk_factors.values()
        for answer in factor.answers
    }
    answered = [_answer(question, answers) for question, answers in sorted(by_factor.items())]
    return st.one_of(_measured(), _measured(), due, *answered, foreign)


def observations(told: st.SearchStrategy[Json] | None = None) -> st.SearchStrategy[Entry]:
    codes = "final final final amended corrected preliminary cancelled entered-in-error"
    when = st.one_of(
        st.just({}),
        dates().map(lambda day: {"effectiveDateTime": day}),
        dates("instant").map(lambda day: {"effectiveDateTime": day}),
        _periods().map(lambda period: {"effectivePeriod": period}),
        dates("instant").map(lambda day: {"issued": day}),
    )
    said = _told() if told is None else told
    whole = st.one_of(said, said, said, _panel(said))
    return st.builds(
        lambda status, what, dated: Entry(
            {
                "resourceType": "Observation",
                "status": status,
                "subject": OURS,
                **what,
                **dated,
            }
        ),
        st.sampled_from(codes.split()),
        whole,
        when,
    )


def _panel(said: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    panel = {"coding": [{"system": LOINC, "code": "24323-8", "display": "Metabolic panel"}]}
    parts = st.lists(said, min_size=1, max_size=2)
    return parts.map(lambda found: {"code": panel, "component": found})


# --- whole records --------------------------------------------------------------------------------


def patients() -> st.SearchStrategy[Json]:
    born = st.sampled_from(
        ["1950-02-03", "1984-02-03", "1984", "2009-02", "2010-12-31", "2019-06-01"]
    )
    return st.fixed_dictionaries(
        {
            "resourceType": st.just("Patient"),
            "id": st.just(PATIENT),
            "name": st.just([{"family": "Testperson", "given": ["Quillon"]}]),
        },
        optional={
            "birthDate": born,
            "gender": st.sampled_from("female female male other unknown".split()),
            "identifier": st.just([{"system": "https://ehr.example.org/mrn", "value": "M-1"}]),
        },
    )


def entries() -> st.SearchStrategy[Entry]:
    return st.one_of(conditions(), medicines(), observations())


def records(
    entry: st.SearchStrategy[Entry] | None = None, least: int = 0, most: int = 4
) -> st.SearchStrategy[Record]:
    """A Patient and some entries, each resource with an id of its own."""
    some = st.lists(entries() if entry is None else entry, min_size=least, max_size=most)
    return st.builds(Record, patients(), some.map(numbered))


def numbered(found: Iterable[Entry], first: int = 0) -> tuple[Entry, ...]:
    """The entries with ids, and references to match."""
    return tuple(_named(entry, f"r{number}") for number, entry in enumerate(found, first))


def _named(entry: Entry, name: str) -> Entry:
    resource = {"id": name, **entry.resource}
    if not entry.others:
        return Entry(resource)
    (medication,) = entry.others
    kept = {k: v for k, v in resource.items() if k != "medicationReference"}
    pointer = {"medicationReference": {"reference": f"Medication/{name}-m"}}
    return Entry({**kept, **pointer}, ({**medication, "id": f"{name}-m"},))
