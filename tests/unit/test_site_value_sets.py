"""A site's own value sets: they replace the pack's or add to them, or are refused with a reason."""

import json
import re
from pathlib import Path

import pytest

from fhir_handout.errors import BadContent, UsageError
from fhir_handout.pack import load_pack
from fhir_handout.patient_record import Coding, Concept
from fhir_handout.site_value_sets import NAME_USE, merge, url_of
from fhir_handout.systems import ATC, ICD_10_CM, RXNORM, SNOMED_CT

LOCAL = "https://clinic.example.org/drugs"
OURS = {"valueSet": [url_of("diuretic-loop")]}
NDC = "http://hl7.org/fhir/sid/ndc"


def include(system: str, *codes: str) -> dict:
    return {"system": system, "concept": [{"code": code} for code in codes]}


def value_set(*includes: dict, of: str = "diuretic-loop", **compose: object) -> dict:
    return {"resourceType": "ValueSet", "id": of, "compose": {"include": [*includes], **compose}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    site = tmp_path / "value-sets"
    site.mkdir()
    return site


def put(folder: Path, *value_sets: object) -> Path:
    for number, found in enumerate(value_sets):
        (folder / f"{number}.json").write_text(json.dumps(found), "utf-8")
    return folder


def sets_of(site: Path | None, system: str, code: str) -> set[str]:
    codes = load_pack(site_value_sets=site).codes
    return {m.value_set for m in codes.matches(Concept((Coding(system, code),)))}


def sets_named(site: Path | None, text: str) -> set[str]:
    codes = load_pack(site_value_sets=site).codes
    return {m.value_set for m in codes.name_matches(Concept((), text))}


def test_a_set_that_imports_the_packs_adds_to_it(folder):
    put(folder, value_set(OURS, include(RXNORM, "9000005")))
    assert sets_of(folder, RXNORM, "9000005") == {"diuretic-loop"}
    assert sets_of(None, RXNORM, "9000005") == set()
    assert sets_of(folder, RXNORM, "4603") == {"diuretic-loop"}
    assert sets_named(folder, "furosemide 40 mg") == {"diuretic-loop"}


def test_a_set_that_does_not_replaces_it(folder):
    put(folder, value_set(include(RXNORM, "9000005")))
    assert sets_of(folder, RXNORM, "9000005") == {"diuretic-loop"}
    assert sets_of(folder, RXNORM, "4603") == set()
    assert sets_named(folder, "furosemide 40 mg") == set()


def test_every_other_set_is_as_it_was(folder):
    before = {found["id"]: found for found in load_pack().value_sets}
    put(folder, value_set(OURS, include(RXNORM, "9000005")))
    after = {found["id"]: found for found in load_pack(site_value_sets=folder).value_sets}
    assert {name for name in before if before[name] != after[name]} == {"diuretic-loop"}
    assert list(before) == list(after)


@pytest.mark.parametrize(
    ("system", "written", "charted"),
    [
        ("urn:oid:2.16.840.1.113883.6.90", "n999", (ICD_10_CM, "N99.9")),
        ("https://www.whocc.no/atc/", "z09ab01", (ATC, "Z09AB01")),
        ("http://snomed.info/sct/731000124108", "404684003", (SNOMED_CT, "404684003")),
        ("2.16.840.1.113883.6.88", " 9000005 ", (RXNORM, "9000005")),
        (NDC, "00054429725", (NDC, "00054429725")),
        (LOCAL, "FURO40", (LOCAL, "FURO40")),
    ],
)
def test_codes_may_be_spelled_as_in_charts(folder, system, written, charted):
    put(folder, value_set(OURS, include(system, written)))
    assert sets_of(folder, *charted) == {"diuretic-loop"}


def test_an_atc_group_covers_what_is_below_it(folder):
    put(folder, value_set(OURS, include(ATC, "Z09A")))
    assert sets_of(folder, ATC, "Z09AB01") == {"diuretic-loop"}


def test_names_of_our_use_are_read_in_texts_and_those_of_others_are_not(folder):
    ours = {"use": {"system": NAME_USE, "code": "brand"}, "value": "Waterlix"}
    german = {"language": "de", "value": "Entwässerungsmittel"}
    other = {"use": {"system": SNOMED_CT, "code": "900000000000013009"}, "value": "Othernamine"}
    concept = {"code": "4603", "designation": [ours, german, other]}
    put(folder, value_set(OURS, {"system": RXNORM, "concept": [concept]}))
    assert sets_named(folder, "Waterlix 40 mg") == {"diuretic-loop"}
    assert sets_named(folder, "furosemide 40 mg") == {"diuretic-loop"}
    assert sets_named(folder, "Entwässerungsmittel, Othernamine") == set()


def test_codes_may_be_taken_out(folder):
    put(folder, value_set(OURS, exclude=[include("2.16.840.1.113883.6.88", "4603")]))
    assert sets_of(folder, RXNORM, "4603") == set()
    assert sets_of(folder, RXNORM, "102278") == {"diuretic-loop"}
    assert sets_named(folder, "furosemide 40 mg") == set()


def test_an_import_alone_changes_nothing_but_the_digest(folder):
    before = load_pack()
    after = load_pack(site_value_sets=put(folder, value_set(OURS)))
    assert after.codes.names == before.codes.names
    for system in (RXNORM, SNOMED_CT, ATC, ICD_10_CM):
        assert after.codes.codes[system] == before.codes.codes[system]
    assert after.content.digest != before.content.digest


def test_another_table_is_another_pack(folder):
    digests = {load_pack().content.digest}
    for codes in (("1",), ("1", "2"), ("2", "1")):
        put(folder, value_set(OURS, include(RXNORM, *codes)))
        digests.add(load_pack(site_value_sets=folder).content.digest)
    assert len(digests) == 4
    assert load_pack(site_value_sets=folder).content.digest in digests


def test_what_is_no_json_file_is_passed_over(folder):
    put(folder, value_set(OURS))
    before = load_pack(site_value_sets=folder).content.digest
    for name in ("README.md", ".hidden.json"):
        (folder / name).write_text("x")
    assert load_pack(site_value_sets=folder).content.digest == before


WRONG: dict[str, tuple[object, str]] = {
    "an unknown id": (value_set(OURS, of="tea"), "0.json: the pack has no value set tea"),
    "an id that is no text": (value_set(OURS, of=[]), "the pack has no value set"),  # type: ignore[arg-type]
    "another resource": ({"resourceType": "Patient"}, "0.json: not a FHIR ValueSet"),
    "a list": ([], "0.json: not a FHIR ValueSet"),
    "no compose": ({"resourceType": "ValueSet", "id": "diuretic-loop"}, "no compose.include"),
    "no include": (value_set(), "no compose.include"),
    "an include that is no list": (
        {"resourceType": "ValueSet", "id": "diuretic-loop", "compose": {"include": {"a": 1}}},
        "compose.include is no list",
    ),
    "an include that is no object": (value_set(OURS, "x"), "compose.include[1] is no object"),  # type: ignore[arg-type]
    "a filter": (
        value_set({"system": ATC, "filter": [{"property": "a", "op": "=", "value": "b"}]}),
        "compose.include[0] is a filter",
    ),
    "an import of another": (
        value_set({"valueSet": [url_of("diuretic-thiazide")]}),
        f'import ["{url_of("diuretic-loop")}"]',
    ),
    "an import of two": (
        value_set({"valueSet": [url_of("diuretic-loop"), "urn:x"]}),
        "compose.include[0] imports what it can't",
    ),
    "an import that lists codes": (
        value_set({**OURS, **include(RXNORM, "1")}),
        "give each an entry of its own",
    ),
    "no system": (value_set({"concept": [{"code": "1"}]}), "compose.include[0] has no system"),
    "a blank system": (value_set(include(" ", "1")), "compose.include[0] has no system"),
    "a whole system": (value_set({"system": RXNORM}), "compose.include[0] lists no concept"),
    "an empty list": (value_set(include(RXNORM)), "compose.include[0] lists no concept"),
    "no code": (
        value_set({"system": RXNORM, "concept": [{"code": "1"}, {"display": "x"}]}),
        "compose.include[0].concept[1] has no code",
    ),
    "a number for a code": (
        value_set({"system": RXNORM, "concept": [{"code": 4603}]}),
        "compose.include[0].concept[0] has no code",
    ),
    "a name of no use": (
        value_set(
            {
                "system": RXNORM,
                "concept": [
                    {
                        "code": "1",
                        "designation": [
                            {"use": {"system": NAME_USE, "code": "nickname"}, "value": "x"}
                        ],
                    }
                ],
            }
        ),
        "use ingredient, brand, synonym",
    ),
    "a name without a letter": (
        value_set(
            {
                "system": RXNORM,
                "concept": [
                    {
                        "code": "1",
                        "designation": [
                            {"use": {"system": NAME_USE, "code": "brand"}, "value": " - "}
                        ],
                    }
                ],
            }
        ),
        "compose.include[0].concept[0] has a name",
    ),
    "an exclusion by import": (
        value_set(OURS, exclude=[{"valueSet": [url_of("diuretic-thiazide")]}]),
        "compose.exclude[0] is a filter or an import",
    ),
    "an exclusion of what is not listed": (
        value_set(OURS, exclude=[include(ATC, "C03CA01")]),  # C03CA is: it would stay
        "compose.exclude[0] takes out C03CA01, which is not listed",
    ),
    "nothing left": (
        value_set(include(RXNORM, "1"), exclude=[include(RXNORM, "1")]),
        "it comes to no code at all",
    ),
}


@pytest.mark.parametrize("fault", WRONG)
def test_a_wrong_set_is_refused_with_the_place_and_what_to_do(folder, fault):
    wrong, said = WRONG[fault]
    put(folder, wrong)
    with pytest.raises(BadContent, match=re.escape(said)) as caught:
        load_pack(site_value_sets=folder)
    assert (caught.value.code, caught.value.exit_status) == ("bad-value-sets", 9)
    assert str(folder) in caught.value.message
    assert all(problem.startswith("0.json: ") for problem in caught.value.problems)


def test_every_problem_of_every_file_is_in_one_error(folder):
    put(folder, value_set(OURS, of="tea"), [], value_set({"system": ATC}, {"concept": []}))
    (folder / "9.json").write_text("{")
    with pytest.raises(BadContent, match="have 5 problems") as caught:
        load_pack(site_value_sets=folder)
    assert {problem.partition(":")[0] for problem in caught.value.problems} == {
        *("0.json", "1.json", "2.json", "9.json")
    }
    assert "9.json: not JSON" in caught.value.message


def test_two_files_may_not_be_the_same_set(folder):
    put(folder, value_set(OURS), value_set(OURS))
    with pytest.raises(BadContent, match=r"1\.json: diuretic-loop is in 0\.json too"):
        load_pack(site_value_sets=folder)


def test_a_folder_that_is_not_there_or_holds_nothing_is_refused(folder):
    for wrong in (folder, folder / "nowhere"):
        with pytest.raises(
            UsageError, match=r"check the setting terminology\.value_sets"
        ) as caught:
            load_pack(site_value_sets=wrong)
        assert caught.value.code == "no-value-sets"


def test_the_sets_of_the_pack_are_not_changed_by_merging():
    shipped = load_pack().value_sets
    before = json.dumps([dict(found) for found in shipped])
    problems: list[str] = []
    merge(shipped, {"a.json": value_set(OURS, include(RXNORM, "4603", "1"))}, problems)
    assert problems == []
    assert json.dumps([dict(found) for found in shipped]) == before
