"""One patient's record out of what an EHR gave: whose it is, what it says, what is damaged."""

from datetime import date
from typing import Any

import pytest

from fhir_handout.dates import Span
from fhir_handout.errors import HandoutError, InvalidFhir, NotAllowed, NotFound
from fhir_handout.patient_record import Encounter, Entry, Gap, Part, Resource
from fhir_handout.read import read_record
from unit.builders import (
    FUROSEMIDE,
    IBUPROFEN,
    LOCAL,
    MRN,
    coded,
    condition,
    encounter,
    hidden,
    medication,
    medicine,
    patient,
    raw,
    read,
    reference,
    referring,
    request,
    statement,
    texts,
    verification,
    whys,
)

A, B = "https://a.example.org/fhir", "https://b.example.org/fhir"
UUID = "urn:uuid:0b1c"
WHO = reference("Patient/p1")


def refused(*resources: Resource | Entry, gaps: tuple[Gap, ...] = (), visit: Any = None) -> str:
    """The code and the message with which a record of Patient/p1 is refused."""
    with pytest.raises(HandoutError) as error:
        read_record(raw(*resources, gaps=gaps), "p1", visit)
    assert error.value.message == str(error.value)
    for secret in ("Quillon", "Testperson", "1980"):
        assert secret not in error.value.message
    return f"{error.value.code}: {error.value.message}"


# --- the patient --------------------------------------------------------------------------------


def test_a_patient_is_read() -> None:
    record = read(of=patient(managingOrganization=reference("Organization/o1")))
    assert record.reference == "Patient/p1"
    assert record.name == "Quillon Testperson"
    assert record.born == Span(date(1980, 3, 14), date(1980, 3, 14))
    assert record.sex == "female"
    assert record.managing_organization == "Organization/o1"
    assert (record.conditions, record.medicines, record.documents, record.gaps) == ((), (), (), ())
    assert record.encounter is None


def test_a_patient_may_say_next_to_nothing() -> None:
    record = read(of={"resourceType": "Patient", "id": "p1"})
    assert (record.name, record.born, record.sex, record.managing_organization) == (
        "",
        None,
        None,
        None,
    )


def test_an_organization_without_a_reference_is_none() -> None:
    assert read(of=patient(managingOrganization={"display": "x"})).managing_organization is None


@pytest.mark.parametrize("full_url", ["p1", f"{A}/Patient/p1", "urn:uuid:p1"])
def test_a_patient_without_an_id_is_found_where_it_lay(full_url: str) -> None:
    assert read(of=Entry(patient(...), full_url)).reference == full_url


@pytest.mark.parametrize(
    "entry", [patient("p2"), patient(...), Entry(patient("p2"), f"{A}/Patient/p1"), condition()]
)
def test_a_patient_that_is_not_there_is_not_found(entry: Any) -> None:
    assert refused(entry).startswith("no-such-patient: Patient/p1 is not in the EHR")


def test_a_patient_may_be_in_what_can_not_be_read() -> None:
    everything = Gap("broken.json", "not JSON", frozenset(Part))
    medicines = Gap("m.json", "not JSON", frozenset({Part.MEDICINES}))
    assert refused(patient("p2"), gaps=(medicines,)).startswith("no-such-patient")
    assert "broken.json: not JSON; mend" in refused(gaps=(everything, medicines))
    assert "(and 1 more)" in refused(gaps=(everything, everything))


@pytest.mark.parametrize(
    ("elements", "what"),
    [
        ({"birthDate": "1980-02-30"}, "birthDate is not a FHIR date"),
        ({"birthDate": 1980}, "birthDate is of the wrong type"),
        ({"birthDate": True}, "birthDate is of the wrong type"),
        ({"birthDate": None}, "birthDate is null"),
        ({"gender": ["female"]}, "gender is of the wrong type"),
        ({"name": "Quillon"}, "name is of the wrong type"),
        ({"name": [{"given": [5]}]}, "name.given holds an item of the wrong type"),
        ({"managingOrganization": "o1"}, "managingOrganization is of the wrong type"),
        ({"managingOrganization": {"reference": 5}}, "reference is of the wrong type"),
        ({"deceasedBoolean": "false"}, "deceasedBoolean is of the wrong type"),
        ({"deceasedDateTime": 5}, "deceasedDateTime is of the wrong type"),
    ],
)
def test_a_damaged_patient_is_refused_with_the_place(elements: Any, what: str) -> None:
    expected = f"invalid-patient: Patient/p1 is not valid FHIR R4: {what}; mend it"
    assert refused(patient(**elements)) == expected


@pytest.mark.parametrize(
    "death",
    [
        {"deceasedBoolean": True},
        {"deceasedDateTime": "2020-01-01"},
        {"deceasedDateTime": "some day"},
    ],
)
def test_nothing_is_made_for_the_dead(death: Any) -> None:
    with pytest.raises(NotAllowed):
        read(of=patient(**death))


def test_something_is_made_for_the_living() -> None:
    assert read(of=patient(deceasedBoolean=False)).name


# --- whose it is --------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [condition, statement, request])
@pytest.mark.parametrize(
    "subject",
    [
        WHO,
        reference("Patient/p1/_history/2"),
        {"identifier": {"system": MRN, "value": "M-1"}},
        reference(f"Patient?identifier={MRN}|M-1"),
    ],
)
def test_what_is_the_patients_is_read(make: Any, subject: Any) -> None:
    record = read(make(subject=subject))
    assert len(record.conditions) + len(record.medicines) == 1
    assert record.gaps == ()


@pytest.mark.parametrize("make", [condition, statement, request])
@pytest.mark.parametrize(
    "subject",
    [
        reference("Patient/p2"),
        reference(f"{A}/Patient/p2"),
        {"identifier": {"system": MRN, "value": "M-2"}},
        reference(f"Patient?identifier={MRN}|M-2"),
    ],
)
def test_what_is_another_patients_is_passed_over(make: Any, subject: Any) -> None:
    record = read(make(subject=subject))
    assert (record.conditions, record.medicines, record.gaps) == ((), (), ())


@pytest.mark.parametrize(
    ("make", "part"),
    [(condition, "conditions"), (statement, "medicines"), (request, "medicines")],
)
@pytest.mark.parametrize(
    "subject",
    [
        ...,
        None,
        {},
        "Patient/p1",
        [WHO],
        5,
        True,
        {"display": "Quillon Testperson"},
        {"reference": 5},
        reference(UUID),
        reference("#p1"),
        reference("Patient/p1/"),
        {"identifier": {"value": "M-1"}},
    ],
)
def test_what_is_nobodys_is_a_gap(make: Any, part: str, subject: Any) -> None:
    record = read(make(subject=subject))
    assert (record.conditions, record.medicines) == ((), ())
    assert whys(record) == ["whose record it is can't be told from its subject"]
    assert hidden(record) == {part}


def test_the_same_id_on_another_server_may_be_anybody() -> None:
    ours = Entry(patient(), f"{A}/Patient/p1")
    assert whys(read(condition(subject=reference(f"{B}/Patient/p1")), of=ours))
    assert read(condition(subject=reference(f"{A}/Patient/p1")), of=ours).conditions


def test_what_bears_on_no_risk_is_not_looked_at() -> None:
    record = read({"resourceType": "Immunization", "subject": 5}, medication(), patient("p2"))
    assert record.gaps == ()


def test_documents_are_kept_as_they_are() -> None:
    document = {"resourceType": "DocumentReference", "id": "d1", "subject": WHO, "content": 5}
    assert read(document).documents == (document,)
    nobodys = read({**document, "subject": None})
    assert nobodys.gaps[0].hides == {Part.DOCUMENTS}


# --- conditions ---------------------------------------------------------------------------------


def test_a_condition_is_read() -> None:
    resource = condition(
        verificationStatus=verification("confirmed"),
        onsetDateTime="2020-01-02",
        recordedDate="2020-02",
        abatementDateTime="2021",
    )
    (found,) = read(resource).conditions
    assert found.reference == "Condition/c-N18.6"
    assert texts((found.concept,)) == ["N18.6"]
    assert (found.clinical_status, found.verification_status) == ("active", "confirmed")
    assert found.onset == Span(date(2020, 1, 2), date(2020, 1, 2))
    assert found.recorded == Span(date(2020, 2, 1), date(2020, 2, 29))
    assert found.abatement == Span(date(2021, 1, 1), date(2021, 12, 31))
    assert found.abated
    assert found.resource is resource


def test_a_condition_may_have_no_more_than_a_code() -> None:
    (found,) = read(condition(clinicalStatus=...)).conditions
    assert (found.clinical_status, found.verification_status, found.onset) == (None, None, None)
    assert (found.recorded, found.abated, found.abatement) == (None, False, None)


@pytest.mark.parametrize(
    ("elements", "onset"),
    [
        ({"onsetPeriod": {"start": "2020-01-02", "end": "2021-01-01"}}, "2020-01-02"),
        ({"onsetDateTime": "2020-01-03", "onsetPeriod": {"start": "2019-01-01"}}, "2020-01-03"),
        ({"onsetAge": {"value": 40, "code": "a"}}, "2020-03-14"),
        ({"onsetRange": {"low": {"value": 40}, "high": {"value": 50}}}, "2020-03-14"),
        ({"onsetAge": {"value": 1e308, "code": "a"}}, "9999-12-31"),
        ({"onsetString": "as a child"}, None),
    ],
)
def test_an_onset_is_a_date_or_the_start_of_a_period(elements: Any, onset: str | None) -> None:
    (found,) = read(condition(**elements)).conditions
    assert (found.onset.first.isoformat() if found.onset else None) == onset


@pytest.mark.parametrize(
    ("elements", "abated", "last"),
    [
        ({"abatementPeriod": {"start": "2020-01-02", "end": "2021-01-01"}}, True, "2021-01-01"),
        ({"abatementPeriod": {"start": "2020-01-02"}}, True, "2020-01-02"),
        ({"abatementAge": {"value": 40}}, True, "2021-03-14"),
        ({"abatementRange": {"low": {"value": 1}}}, True, "1982-03-14"),
        ({"abatementString": "as a child"}, True, None),
        ({"abatementBoolean": False}, False, None),
        ({"abatementOfTaxes": "2020"}, False, None),
        ({"_abatementString": {"id": "x"}}, False, None),
    ],
)
def test_an_abatement_is_one_of_those_r4_has(elements: Any, abated: bool, last: str | None) -> None:
    (found,) = read(condition(**elements)).conditions
    assert found.abated is abated
    assert (found.abatement.last.isoformat() if found.abatement else None) == last


@pytest.mark.parametrize(
    "code",
    [
        ...,
        {"extension": [{"url": "x"}]},
        {"coding": [{"system": "http://snomed.info/sct"}]},
        coded("  "),
        {"text": "---"},
    ],
)
def test_a_condition_that_says_nothing_is_a_gap(code: Any) -> None:
    record = read(condition(code=code, id="c1"))
    assert record.gaps == (
        Gap(
            "Condition/c1",
            "it has neither a code in a known system nor readable text",
            frozenset({Part.CONDITIONS}),
        ),
    )


@pytest.mark.parametrize(
    "code", [{"text": "cramps"}, coded("K-77", LOCAL, display="cramps"), coded("R25.2")]
)
def test_a_condition_that_says_something_is_not(code: Any) -> None:
    assert read(condition(code=code)).gaps == ()


DAMAGED_CONDITIONS = [
    {"code": None},
    {"code": "N18.6"},
    {"code": coded("N18.6", display=5)},
    {"code": {"coding": [{"code": 186}]}},
    {"clinicalStatus": None},
    {"clinicalStatus": {}},
    {"clinicalStatus": {"coding": "active"}},
    {"verificationStatus": []},
    {"verificationStatus": {"coding": [{"code": True}]}},
    {"onsetDateTime": "2026-02-30"},
    {"onsetDateTime": "2026-11-01T24:00:00Z"},
    {"onsetDateTime": "0000"},
    {"onsetDateTime": True},
    {"onsetPeriod": "2020"},
    {"onsetPeriod": {"start": "soon"}},
    {"recordedDate": 2020},
    {"recordedDate": None},
    {"abatementDateTime": ""},
    {"abatementPeriod": {"end": []}},
]


@pytest.mark.parametrize("elements", DAMAGED_CONDITIONS, ids=str)
def test_a_damaged_condition_is_a_gap_and_takes_nothing_with_it(elements: Any) -> None:
    record = read(condition(id="c1", **elements), condition("E11.9"), statement())
    assert [gap.what for gap in record.gaps] == ["Condition/c1"]
    assert hidden(record) == {"conditions"}
    assert [found.reference for found in record.conditions] == ["Condition/c-E11.9"]
    assert len(record.medicines) == 1


# --- medicines ----------------------------------------------------------------------------------


def test_a_medication_statement_is_read() -> None:
    resource = statement(
        effectivePeriod={"start": "2026-01-01", "end": "2026-12-31"},
        dosage=[{"asNeededBoolean": True}],
    )
    found = medicine(resource)
    assert found.reference == "MedicationStatement/s-4603"
    assert texts((found.concept, *found.ingredients)) == [FUROSEMIDE]
    assert (found.status, found.intent, found.as_needed) == ("active", None, True)
    assert found.start == Span(date(2026, 1, 1), date(2026, 1, 1))
    assert found.end == Span(date(2026, 12, 31), date(2026, 12, 31))
    assert found.resource is resource
    assert found.medication is None


def test_a_medication_request_is_read() -> None:
    found = medicine(request(intent="plan"))
    assert (found.reference, found.intent) == ("MedicationRequest/r-4603", "plan")
    assert (found.start, found.end, found.as_needed) == (None, None, False)


def test_a_medicine_in_a_resource_of_its_own_keeps_it() -> None:
    product = medication("m1", FUROSEMIDE)
    assert medicine(referring("Medication/m1"), product).medication is product


def test_a_medicine_that_is_not_there_is_a_gap_and_its_name_is_used() -> None:
    pointer = {"reference": "Medication/nowhere", "display": "Lasix"}
    record = read(referring("", medicationReference=pointer))
    assert record.medicines[0].concept.text == "Lasix"
    assert whys(record) == ["its medication reference does not resolve"]
    assert hidden(record) == {"medicines"}


DAMAGED_MEDICINES = [
    {"status": ...},
    {"status": None},
    {"status": ["active"]},
    {"status": True},
    {"intent": 5},
    {"medicationCodeableConcept": ...},
    {"medicationCodeableConcept": ["nonsense"]},
    {"medicationCodeableConcept": {"coding": [{"code": 4603}]}},
    {"medicationReference": "Medication/m1"},
    {"contained": 5, "medicationReference": reference("#m1")},
    {"effectivePeriod": []},
    {"effectiveDateTime": "yesterday"},
    {"dosage": "daily"},
    {"dosage": [{"asNeededBoolean": "yes"}]},
    {"dosageInstruction": [None]},
]


@pytest.mark.parametrize("elements", DAMAGED_MEDICINES, ids=str)
def test_a_damaged_medicine_is_a_gap_and_takes_nothing_with_it(elements: Any) -> None:
    record = read(statement(id="s1", **elements), request(IBUPROFEN), condition())
    assert [gap.what for gap in record.gaps] == ["MedicationStatement/s1"]
    assert hidden(record) == {"medicines"}
    assert [found.reference for found in record.medicines] == ["MedicationRequest/r-5640"]
    assert len(record.conditions) == 1


@pytest.mark.parametrize(
    ("resource_id", "what"),
    [
        ("c1", "Condition/c1 in record.json"),
        (..., "a Condition without an id in record.json"),
        ("c_1", "Condition/c_1 in record.json"),
        (5, "a Condition without an id in record.json"),
        ("Quillon\nTestperson", "a Condition without an id in record.json"),
    ],
)
def test_a_gap_names_the_entry_and_where_it_lay(resource_id: Any, what: str) -> None:
    damaged = Entry(condition(id=resource_id, code=5), None, "record.json")
    assert [gap.what for gap in read(damaged).gaps] == [what]


def test_the_gaps_of_the_ehr_come_first() -> None:
    given = Gap("Condition", "the search failed", frozenset({Part.CONDITIONS}))
    record = read_record(raw(patient(), condition(code=5), gaps=(given,)), "p1")
    assert record.gaps[0] == given
    assert len(record.gaps) == 2


def test_an_entry_without_an_id_is_named_by_where_it_lay() -> None:
    (found,) = read(Entry(condition(id=...), UUID)).conditions
    assert found.reference == UUID
    (found,) = read(condition(id=...)).conditions
    assert found.reference == "Condition"
    (found,) = read(condition(id="Quillon\nTestperson")).conditions
    assert found.reference == "Condition"


# --- versions -----------------------------------------------------------------------------------


def version(number: int, **elements: Any) -> dict[str, Any]:
    stamp = f"2026-01-0{number}T00:00:00Z"
    return condition(meta={"versionId": str(number), "lastUpdated": stamp}, **elements)


def test_only_the_newest_version_of_an_entry_counts() -> None:
    older, newer = version(1), version(2, code=coded("E11.9"))
    for order in ([older, newer], [newer, older]):
        assert texts(tuple(c.concept for c in read(*order).conditions)) == ["E11.9"]


def test_a_damaged_newest_version_does_not_bring_the_older_one_back() -> None:
    record = read(version(1), version(2, code=5))
    assert record.conditions == ()
    assert len(record.gaps) == 1


def test_a_patient_in_two_versions_that_can_not_be_ordered_is_refused() -> None:
    message = refused(patient(), patient(gender="male"))
    assert message.startswith("patient-twice: Patient/p1 is there 2 times with different content")


def test_the_same_patient_twice_is_one() -> None:
    in_a_bundle = Entry(patient(), UUID)
    record = read(in_a_bundle, condition(subject=reference(UUID)), condition("E11.9"))
    assert len(record.conditions) == 2
    assert record.gaps == ()


def test_two_patients_of_one_id_on_two_servers_are_refused() -> None:
    entries = [Entry(patient(gender=sex), f"{url}/Patient/p1") for url, sex in [(A, "x"), (B, "y")]]
    assert refused(*entries).startswith("patient-twice")


@pytest.mark.parametrize(
    "old",
    [
        {"resourceType": "MedicationOrder", "id": "o", "patient": WHO},
        condition(clinicalStatus="active"),
        condition(subject=..., patient=WHO),
        statement(taken="y"),
        request(medicationCodeableConcept=..., medication={"concept": coded("1")}),
        condition(subject=None, clinicalStatus="active"),
    ],
)
def test_a_record_in_another_fhir_version_is_refused(old: Any) -> None:
    message = refused(patient(), Entry(old, None, "old.json"))
    assert message.startswith("unsupported-fhir-version: ")
    assert "in old.json is FHIR " in message


def test_another_patients_record_may_be_in_any_version() -> None:
    assert read(condition(clinicalStatus="active", subject=reference("Patient/p2"))).gaps == ()


def test_a_patient_in_another_fhir_version_is_refused() -> None:
    assert refused(patient(animal={"species": {"text": "cat"}})).startswith("unsupported-fhir")


# --- the encounter ------------------------------------------------------------------------------


def visit(**elements: Any) -> Encounter | None:
    return read_record(raw(patient(), encounter(**elements)), "p1", "e1").encounter


@pytest.mark.parametrize(
    ("elements", "start", "end", "provider"),
    [
        ({}, None, None, None),
        ({"period": {"start": "2026-11-23T08:00:00Z"}}, "2026-11-23T08:00:00Z", None, None),
        ({"period": {"start": "2026-11", "end": "2026-11-23"}}, "2026-11", "2026-11-23", None),
        ({"serviceProvider": reference("Organization/o1")}, None, None, "Organization/o1"),
    ],
)
def test_an_encounter_is_read(elements: Any, start: Any, end: Any, provider: Any) -> None:
    found = visit(**elements)
    assert found == Encounter("Encounter/e1", start, end, provider, resource=encounter(**elements))


def test_an_encounter_has_its_reasons() -> None:
    found = visit(reasonCode=[coded("R25.2"), {"text": "leg cramps"}])
    assert found is not None
    assert [reason.text for reason in found.reasons] == ["", "leg cramps"]
    assert texts(found.reasons[:1]) == ["R25.2"]


@pytest.mark.parametrize("reasons", [{}, [], "R25.2", ["R25.2"], [{"coding": "R25.2"}], [None]])
def test_reasons_that_are_not_fhir_are_a_gap_and_the_visit_is_read(reasons: Any) -> None:
    record = read_record(raw(patient(), encounter(reasonCode=reasons)), "p1", "e1")
    assert record.encounter is not None
    assert [gap.hides for gap in record.gaps] == [{Part.ENCOUNTER}]


def test_an_encounter_that_nobody_asked_for_is_not_looked_at() -> None:
    assert read(encounter(subject=5, period=5)).encounter is None


@pytest.mark.parametrize("status", [{"id": "e2"}, {"status": "entered-in-error"}])
def test_an_encounter_that_is_not_there(status: Any) -> None:
    with pytest.raises(NotFound) as error:
        visit(**status)
    assert error.value.code == "no-such-encounter"


@pytest.mark.parametrize("subject", [reference("Patient/p2"), ..., {"display": "x"}])
def test_an_encounter_that_is_not_known_to_be_this_patients(subject: Any) -> None:
    with pytest.raises(NotFound) as error:
        visit(subject=subject)
    assert error.value.code == "encounter-of-another-patient"


@pytest.mark.parametrize(
    ("elements", "what"),
    [
        ({"subject": "Patient/p1"}, "subject is of the wrong type"),
        ({"period": "2026"}, "period is of the wrong type"),
        ({"period": {"start": "2026-02-30"}}, "start is not a FHIR date"),
        ({"period": {"end": None}}, "end is null"),
        ({"serviceProvider": []}, "serviceProvider is empty"),
    ],
)
def test_a_damaged_encounter_is_refused_by_its_own_name(elements: Any, what: str) -> None:
    with pytest.raises(InvalidFhir) as error:
        visit(**elements)
    assert error.value.code == "invalid-encounter"
    assert error.value.message == f"Encounter/e1 is not valid FHIR R4: {what}; mend it"


def test_an_encounter_in_another_fhir_version_is_refused() -> None:
    with pytest.raises(InvalidFhir) as error:
        visit(actualPeriod={"start": "2026"})
    assert error.value.code == "unsupported-fhir-version"
