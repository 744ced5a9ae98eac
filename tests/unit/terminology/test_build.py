"""From an ingredient to all that contains it, and to nothing else."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fhir_handout.errors import BadContent
from fhir_handout.pack import load_pack
from fhir_handout.patient_record import Part
from fhir_handout.terminology.build import Members, build
from fhir_handout.terminology.release import Release
from fhir_handout.terminology.value_sets import seeds
from unit.terminology import rrf

PACK = load_pack()
LOCAL_WORDS = PACK.codes.names[Part.MEDICINES].local
SEEDS = {found["id"]: seeds(found) for found in PACK.value_sets if seeds(found)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return rrf.small_release().write(tmp_path_factory.mktemp("release"))


@pytest.fixture(scope="module")
def built(folder) -> dict[str, Members]:
    return build(Release(folder), SEEDS, LOCAL_WORDS)


def codes(members: Members) -> set[str]:
    return {drug.rxcui for drug in members.drugs}


@pytest.mark.parametrize(
    "rxcui",
    [
        *(rrf.FUROSEMIDE, rrf.SALT, rrf.COMPONENT, rrf.FORM, rrf.GROUP, rrf.TABLET),
        *(rrf.SALT_COMPONENT, rrf.SALT_FORM, rrf.SALT_GROUP, rrf.INJECTION, rrf.RETIRED),
        *(rrf.BRAND, rrf.BRAND_COMPONENT, rrf.BRAND_FORM, rrf.BRAND_GROUP, rrf.BRAND_TABLET),
        *(rrf.BRAND_SALT_FORM, rrf.MIXED_WITH, rrf.GENERIC_PACK, rrf.BRAND_PACK),
    ],
)
def test_what_contains_a_loop_diuretic_is_one(built, rxcui):
    assert rxcui in codes(built["diuretic-loop"])


@pytest.mark.parametrize(
    "rxcui",
    [
        *sorted(rrf.LOCAL),
        *(rrf.PAINKILLER, rrf.ACETAMINOPHEN, rrf.OF_ANOTHER_SOURCE, rrf.TABLET_FORM),
        *(rrf.MIXED_WITHOUT, rrf.COMBINATION_TABLET, rrf.AMILORIDE),
    ],
)
def test_what_contains_none_or_acts_locally_is_none(built, rxcui):
    assert rxcui not in codes(built["diuretic-loop"])


def test_a_brand_that_is_sold_without_the_ingredient_too_is_none(built):
    assert {rrf.MIXED_WITH, rrf.MIXED_BRAND} & codes(built["diuretic-loop"]) == {rrf.MIXED_WITH}


def test_a_brand_without_a_product_in_the_release_is_none(tmp_path):
    release = rrf.small_release()
    release.named("9000099", "BN", "Vanished")
    release.related("9000099", "tradename_of", rrf.FUROSEMIDE)
    found = build(Release(release.write(tmp_path)), SEEDS, ())
    assert "9000099" not in codes(found["diuretic-loop"])


def test_a_combination_is_in_the_set_of_each_of_its_ingredients(built):
    for name in ("diuretic-potassium-sparing", "diuretic-thiazide"):
        assert {rrf.COMBINED, rrf.COMBINATION_TABLET} <= codes(built[name])


def test_an_inhaled_powder_is_not_given_by_infusion(built):
    assert codes(built["diuretic-osmotic"]) == {rrf.MANNITOL}


def test_without_words_of_local_use_a_cream_would_be_in(folder):
    found = codes(build(Release(folder), SEEDS, ())["diuretic-loop"])
    assert found >= rrf.LOCAL


def test_a_value_set_that_counts_however_taken_has_the_cream_too(folder):
    found = build(Release(folder), SEEDS, LOCAL_WORDS, {"diuretic-loop"})
    assert codes(found["diuretic-loop"]) >= rrf.LOCAL


def test_a_part_of_creams_and_tablets_alike_stays(tmp_path):
    release = rrf.small_release()
    release.related(rrf.TABLET, "consists_of", rrf.LOCAL_COMPONENT)
    found = build(Release(release.write(tmp_path)), SEEDS, LOCAL_WORDS)
    assert rrf.LOCAL_COMPONENT in codes(found["diuretic-loop"])


def test_package_codes_are_those_of_the_products_in_eleven_digits(built):
    assert built["diuretic-loop"].ndcs == (
        *("00054329863", "00054429725", "00111222255", "00111222266"),
        *("12345067890", "12345678901"),
    )
    assert built["diuretic-thiazide"].ndcs == ("00378057701",)


def test_names_are_those_of_rxnorm(built):
    names = {drug.rxcui: drug.name for drug in built["diuretic-loop"].drugs}
    assert names[rrf.TABLET] == "furosemide 40 MG Oral Tablet"
    assert names[rrf.FUROSEMIDE] == "furosemide"


def test_a_set_of_ingredients_that_the_release_lacks_is_empty(built):
    assert built["diuretic-unspecified"] == Members((), ())


def test_a_release_without_any_of_the_ingredients_is_refused(folder):
    with pytest.raises(BadContent, match="no ingredient of any value set"):
        build(Release(folder), {"diuretic-loop": {"9999999"}}, ())


def parts(release: rrf.Release) -> dict[str, set[str]]:
    """What each concept is made of, read from the rows that name it first; brands aside."""
    brands = {row[0] for row in release.conso if row[12] == "BN"}
    found: dict[str, set[str]] = {}
    for row in release.rel:
        first, second, relation, source = row[0], row[4], row[7], row[10]
        has = {made: of for of, made in rrf.INVERSE.items()}.get(relation)
        if source == "RXNORM" and has and has != "has_dose_form" and second not in brands:
            found.setdefault(first, set()).add(second)
    return found


def reaches(made_of: dict[str, set[str]], rxcui: str, ingredients: frozenset[str]) -> bool:
    seen: set[str] = set()
    waiting = [rxcui]
    while waiting:
        at = waiting.pop()
        if at in ingredients:
            return True
        waiting += made_of.get(at, set()) - seen
        seen.add(at)
    return False


@pytest.mark.parametrize("name", SEEDS)
def test_every_member_reaches_an_ingredient_of_its_set(built, name):
    made_of = parts(rrf.small_release())
    for drug in built[name].drugs:
        assert reaches(made_of, drug.rxcui, SEEDS[name]), drug


CONCEPTS = [str(number) for number in range(1, 13)]
RELATIONS = sorted(set(rrf.INVERSE) - {"has_dose_form"})


@st.composite
def releases(draw) -> rrf.Release:
    """Any concepts with any relationships, cycles too; 1 and 2 are ingredients, 3 is another."""
    release = rrf.Release()
    for rxcui in CONCEPTS:
        kinds = ["IN"] if rxcui in "123" else ["SCD", "SBD", "SCDC", "BN", "GPCK", "MIN", "SCDF"]
        name = draw(st.sampled_from(["Oral Tablet", "Topical Cream"]))
        release.named(rxcui, draw(st.sampled_from(kinds)), "" if rxcui in "123" else name)
    pairs = st.tuples(*[st.sampled_from(CONCEPTS)] * 2, st.sampled_from(RELATIONS))
    for second, first, relation in draw(st.lists(pairs, min_size=1, max_size=30)):
        release.related(second, relation, first)
    release.ndc("1", "00000000001")
    return release


def products(release: rrf.Release, brand: str) -> set[str]:
    kinds = {row[0]: row[12] for row in release.conso}
    return {
        *(row[4] for row in release.rel if row[0] == brand and row[7] in rrf.INVERSE),
    } & {rxcui for rxcui, kind in kinds.items() if kind in ("SCD", "SBD", "GPCK", "BPCK")}


@settings(max_examples=200, deadline=None)
@given(release=releases())
def test_in_any_release_members_reach_their_ingredients_and_more_ingredients_take_none_away(
    release,
):
    with tempfile.TemporaryDirectory() as folder:
        read = Release(release.write(Path(folder)))
        found = build(read, {"one": {"1"}, "both": {"1", "2"}}, {"topical"})
    made_of = parts(release)
    assert codes(found["one"]) <= codes(found["both"])
    for drug in found["one"].drugs:
        if drug.term_type == "BN":
            assert products(release, drug.rxcui)
            assert products(release, drug.rxcui) <= codes(found["one"])
        else:
            assert reaches(made_of, drug.rxcui, frozenset({"1"}))
            assert drug.term_type in ("GPCK", "SCDC", "MIN") or "Topical" not in drug.name
