"""An RxNorm release: found where it lies, read row by row, refused where it is damaged."""

import shutil

import pytest

from fhir_handout.errors import BadContent, NotFound
from fhir_handout.terminology.build import build
from fhir_handout.terminology.release import Release
from unit.terminology import rrf

SEEDS = {"diuretic-loop": {rrf.FUROSEMIDE}}


@pytest.fixture
def folder(tmp_path):
    return rrf.small_release().write(tmp_path / "RxNorm_full_11022026" / "rrf")


@pytest.mark.parametrize("inside", [True, False])
def test_the_files_lie_in_the_folder_or_in_rrf_below_it(folder, inside):
    release = Release(folder if inside else folder.parent)
    assert build(release, SEEDS, ())["diuretic-loop"].drugs


@pytest.mark.parametrize("name", ["RXNCONSO.RRF", "RXNREL.RRF", "RXNSAT.RRF"])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(NotFound, match=name) as caught:
        Release(folder.parent)
    assert caught.value.code == "no-release"


@pytest.mark.parametrize("name", ["RXNCONSO.RRF", "RXNREL.RRF", "RXNSAT.RRF"])
@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda data: b"", " is empty"),
        (lambda data: data + b"cut|off", r":\d+: not \d+ columns"),
        (lambda data: data.replace(b"|\n", b"|x|\n", 1), r":1: not \d+ columns"),
        (lambda data: data.replace(b"|4096|\n", b"|\xff|\n", 1), ":1: not UTF-8"),
    ],
)
def test_a_damaged_file_is_named_with_its_line(folder, name, damage, said):
    (folder / name).write_bytes(damage((folder / name).read_bytes()))
    with pytest.raises(BadContent, match=name + said) as caught:
        build(Release(folder), SEEDS, ())
    assert caught.value.code == "bad-release"


def test_the_version_is_what_the_release_says_else_the_name_of_its_folder(folder, tmp_path):
    assert Release(folder).version() == "20AA_261102F"
    (folder / "RXNSAB.RRF").unlink()
    assert Release(folder).version() == "RxNorm_full_11022026"
    assert Release(folder.parent).version() == "RxNorm_full_11022026"
    flat = shutil.copytree(folder, tmp_path / "flat")
    assert Release(flat).version() == "flat"


@pytest.mark.parametrize("direction", ["has", "of"])
def test_one_row_of_the_two_of_a_relationship_is_enough(tmp_path, direction):
    """RXNREL says what the second concept is to the first."""
    made = rrf.Release()
    made.named(rrf.FUROSEMIDE, "IN", "furosemide")
    made.named(rrf.COMPONENT, "SCDC", "furosemide 40 MG")
    if direction == "has":
        made.one_row(rrf.FUROSEMIDE, rrf.COMPONENT, "has_ingredient")
    else:
        made.one_row(rrf.COMPONENT, rrf.FUROSEMIDE, "ingredient_of")
    made.ndc(rrf.FUROSEMIDE, "00000000001")
    found = Release(made.write(tmp_path)).containers()
    assert {k: list(v) for k, v in found.items()} == {rrf.FUROSEMIDE: [rrf.COMPONENT]}


def test_a_name_that_is_not_suppressed_comes_before_one_that_is(tmp_path):
    made = rrf.Release()
    made.named("1", "SCD", "old name", suppress="O")
    made.named("1", "SCD", "name")
    made.named("2", "SCD", "retired", suppress="E")
    made.one_row("1", "2", "isa")
    made.ndc("1", "00000000001")
    drugs = Release(made.write(tmp_path)).drugs({"1", "2", "3"})
    assert {rxcui: drug.name for rxcui, drug in drugs.items()} == {"1": "name", "2": "retired"}
