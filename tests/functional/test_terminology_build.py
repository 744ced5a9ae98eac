"""A site's value sets from download to sheet: build, name the folder in the settings, explain."""

import json

import pytest

from functional.conftest import Run
from functional.records import bundle, patient, statement, write
from unit.terminology import rrf

NDC = "http://hl7.org/fhir/sid/ndc"

DAY = ("--date", "2026-11-23")


@pytest.fixture
def release(tmp_path):
    rrf.small_release().write(tmp_path / "RxNorm_full_11022026" / "rrf")
    return tmp_path / "RxNorm_full_11022026"


@pytest.fixture
def ehr(tmp_path):
    """Somebody with a product that only the release knows, and a text that names nothing."""
    write(tmp_path / "ehr", "record.json", bundle(patient(), statement(rrf.BRAND_TABLET)))
    return tmp_path / "ehr"


@pytest.fixture
def settings(run: Run, release, tmp_path):
    assert run("terminology", "build", "--rrf", release, "--out", "sets").returncode == 0
    return write(tmp_path, "site.toml", '[terminology]\nvalue_sets = "sets"\n')


def explained(run: Run, ehr, *more: object) -> dict:
    done = run("explain", "p1", "--ehr", ehr, "--json", *DAY, *more)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def statuses(found: dict) -> set[tuple[str, tuple[str, ...], str]]:
    return {(f["risk_factor"], tuple(f["qualifiers"]), f["status"]) for f in found["findings"]}


def test_a_product_that_only_the_release_knows_is_found(run: Run, ehr, settings):
    loop = ("diuretic", ("loop",), "present")
    assert loop not in statuses(explained(run, ehr))
    assert loop in statuses(explained(run, ehr, "--settings", settings))


def test_an_ingredient_whose_code_the_pack_lacks_is_found_by_its_name(run: Run, tmp_path):
    release = rrf.small_release()
    release.named("9000200", "IN", "Tizanidine")
    release.product("9000201", "tizanidine 4 MG Oral Tablet", ["9000200"])
    release.write(tmp_path / "with-name")
    assert (
        run("terminology", "build", "--rrf", tmp_path / "with-name", "--out", "sets").returncode
        == 0
    )
    named = write(tmp_path, "site.toml", '[terminology]\nvalue_sets = "sets"\n')
    for code in ("9000200", "9000201"):
        write(tmp_path / "ehr", "record.json", bundle(patient(), statement(code)))
        found = statuses(explained(run, tmp_path / "ehr", "--settings", named))
        assert ("muscle_relaxant", ("other",), "present") in found


def test_a_package_code_that_only_the_release_knows_is_found(run: Run, tmp_path, settings):
    coded = {"coding": [{"system": NDC, "code": "00111-2222-55"}]}
    medicine = statement("0", medicationCodeableConcept=coded)
    write(tmp_path / "ehr", "record.json", bundle(patient(), medicine))
    without = explained(run, tmp_path / "ehr")
    assert [gap["what"] for gap in without["gaps"]] == ["MedicationStatement/m-0-p1"]
    found = explained(run, tmp_path / "ehr", "--settings", settings)
    assert ("diuretic", ("loop",), "present") in statuses(found)
    assert found["gaps"] == []


def test_preview_and_attach_use_the_same_value_sets(run: Run, ehr, settings):
    call = ("preview", "p1", "--ehr", ehr, "--format", "json", *DAY)
    assert run(*call).stdout != run(*call, "--settings", settings).stdout
    call = ("attach", "p1", "--ehr", ehr, "--out", "out", *DAY)
    assert " created" in run(*call).stdout
    assert " replaced " in run(*call, "--settings", settings).stdout


def test_what_the_pack_knew_is_still_known(run: Run, tmp_path, settings):
    write(tmp_path / "old", "record.json", bundle(patient(), statement("102278")))
    found = explained(run, tmp_path / "old", "--settings", settings)
    assert ("diuretic", ("loop",), "present") in statuses(found)


def test_each_value_set_gets_a_line_that_tells_new_from_historical(run: Run, release, tmp_path):
    done = run("terminology", "build", "--rrf", release)
    *lines, last = done.stdout.splitlines()
    written = {path.stem for path in (tmp_path / "value-sets").glob("*.json")}
    assert {line.partition(":")[0] for line in lines} == written
    (loop,) = (line for line in lines if line.startswith("diuretic-loop:"))
    assert loop == (
        "diuretic-loop: 23 codes and 6 NDCs from the release, 479 codes only historical"
    )
    assert last == (
        "RxNorm 20AA_261102F in value-sets; name this folder in the setting terminology.value_sets"
    )


def test_the_same_release_gives_the_same_bytes_wherever_it_lies(run: Run, release, tmp_path):
    assert run("terminology", "build", "--rrf", release, "--out", "a").returncode == 0
    for path in (release / "rrf").iterdir():  # nor does the order of its rows matter
        path.write_text("\n".join(reversed(path.read_text().splitlines())) + "\n")
    moved = release.rename(tmp_path / "elsewhere")
    assert run("terminology", "build", "--rrf", moved, "--out", "b").returncode == 0
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_the_version_may_be_given(run: Run, release, tmp_path):
    done = run("terminology", "build", "--rrf", release, "--release", "11022026")
    assert "RxNorm 11022026 in value-sets" in done.stdout
    written = json.loads((tmp_path / "value-sets" / "diuretic-loop.json").read_text())
    assert written["version"] == "11022026"


def test_a_folder_without_a_release_is_one_line_and_writes_nothing(run: Run, tmp_path):
    done = run("terminology", "build", "--rrf", tmp_path)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("fhir-handout: no-release: no RXNCONSO.RRF in ")
    assert not (tmp_path / "value-sets").exists()


def test_a_damaged_release_is_one_line_and_writes_nothing(run: Run, release, tmp_path):
    path = release / "rrf" / "RXNSAT.RRF"
    path.write_bytes(path.read_bytes()[:-40])
    done = run("terminology", "build", "--rrf", release)
    assert (done.returncode, done.stdout) == (9, "")
    assert "RXNSAT.RRF:" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "value-sets").exists()


def test_a_folder_that_can_not_be_written_is_named(run: Run, release, tmp_path):
    (tmp_path / "file").write_text("")
    done = run("terminology", "build", "--rrf", release, "--out", tmp_path / "file")
    assert done.returncode == 2
    assert done.stderr.startswith("fhir-handout: cannot-write: ")


def test_wrong_value_sets_stop_every_command_that_reads_a_record(run: Run, ehr, settings, tmp_path):
    (tmp_path / "sets" / "diuretic-loop.json").write_text("{}")
    for command in ("preview", "explain", "attach"):
        done = run(command, "p1", "--ehr", ehr, "--settings", settings)
        assert done.returncode == 9
        assert done.stderr.startswith("fhir-handout: bad-value-sets: ")
        assert "diuretic-loop.json: not a FHIR ValueSet" in done.stderr


def test_debug_may_stand_before_or_after_the_action(run: Run, tmp_path):
    for call in (("--debug", "build"), ("build", "--debug")):
        done = run("terminology", *call, "--rrf", tmp_path)
        assert done.stderr.startswith("Traceback")
