"""The value sets written of a release: FHIR, importing the pack's, the same bytes each time."""

import orjson
import pytest
from fhir.resources.R4B.valueset import ValueSet

from fhir_handout.pack import load_pack
from fhir_handout.systems import NDC
from fhir_handout.terminology.build import Members
from fhir_handout.terminology.release import Drug
from fhir_handout.terminology.value_sets import rxnorm_codes, seeds, text

PACK = load_pack()
LOOP = next(found for found in PACK.value_sets if found["id"] == "diuretic-loop")
FOUND = Members((Drug("9000005", "SCD", "furosemide 40 MG Oral Tablet"),), ("00054429725",))


def test_it_imports_the_set_of_the_pack_and_adds_what_the_release_has():
    written = orjson.loads(text(LOOP, FOUND, "20AA_261102F"))
    assert written["id"] == "diuretic-loop"
    assert written["url"] != LOOP["url"]
    assert written["version"] == "20AA_261102F"
    assert "NLM is not responsible" in written["copyright"]
    assert written["compose"]["include"] == [
        {"valueSet": [LOOP["url"]]},
        {
            "system": "http://www.nlm.nih.gov/research/umls/rxnorm",
            "concept": [{"code": "9000005", "display": "furosemide 40 MG Oral Tablet"}],
        },
        {"system": NDC, "concept": [{"code": "00054429725"}]},
    ]


@pytest.mark.parametrize("members", [FOUND, Members((), ())])
def test_it_is_valid_fhir_even_where_the_release_has_nothing(members):
    ValueSet.model_validate_json(text(LOOP, members, "1"))


def test_ingredients_to_start_from_are_those_by_whose_name_text_is_read():
    assert "4603" in seeds(LOOP) < rxnorm_codes(LOOP)
    assert "102278" in rxnorm_codes(LOOP) - seeds(LOOP)  # a tablet of Burinex
    assert not any(seeds(found) for found in PACK.value_sets if not rxnorm_codes(found))
    assert not any(seeds(found) for found in PACK.value_sets if "kidney" in found["id"])
