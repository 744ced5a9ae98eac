"""A site's approvals and a clinician's confirmation, through the command line."""

import json
import shutil
from pathlib import Path

import pytest

from functional.conftest import Run
from functional.records import bundle, condition, patient, statement, write
from functional.test_folder_ehr import documents, provenances, snapshot

DAY = ("--date", "2026-11-23")


@pytest.fixture
def ehr(tmp_path: Path) -> Path:
    folder = tmp_path / "ehr"
    write(folder, "record.json", bundle(patient(), condition("N18.6"), statement("4603")))
    return folder


class Site:
    """A site's settings and approvals, in a folder of their own."""

    def __init__(self, run: Run, folder: Path) -> None:
        self.run, self.folder = run, folder
        self.settings = write(folder, "site.toml", '[content]\napprovals = "approvals.yaml"\n')
        self.approve()

    def content(self) -> tuple[str, str]:
        """The version and the hash of the English content."""
        line, *_ = self.run("pack", "hash", "--settings", self.settings).stdout.splitlines()
        language, version, found = line.split()
        assert language == "en"
        return version, found

    def approve(self, **changes: str) -> None:
        version, found = self.content()
        entry = {
            "pack": "muscle_cramps",
            "version": version,
            "hash": found,
            "language": "en",
            "by": "A. Example, Patient Education",
            "on": "2026-11-20",
            **changes,
        }
        lines = "\n    ".join(f"{name}: {value}" for name, value in entry.items())
        write(self.folder, "approvals.yaml", f"approvals:\n  - {lines}\n")


@pytest.fixture
def site(run: Run, tmp_path: Path) -> Site:
    return Site(run, tmp_path / "site")


def test_a_draft_is_replaced_by_what_the_site_approved_and_then_nothing_changes(
    run: Run, ehr, site, tmp_path
):
    out = tmp_path / "handouts"
    attach = ("attach", "p1", "--ehr", ehr, *DAY, "--settings", site.settings)
    draft = run(*attach).stdout.split()[0]
    final = run(*attach, "--final")
    assert final.returncode == 0, final.stderr
    name = final.stdout.split()[0]
    assert final.stdout.splitlines()[0] == f"{name} replaced {draft}"
    before = snapshot(out)
    for again in (["--final"], ["--draft"], []):
        done = run(*attach, *again)
        assert done.stdout.splitlines()[0] == f"{name} already there"
        assert snapshot(out) == before
    by_status = {d["status"]: d for d in documents(out)}
    assert set(by_status) == {"current", "superseded"}
    assert by_status["current"]["docStatus"] == "final"
    assert by_status["superseded"]["docStatus"] == "preliminary"


def test_an_approval_is_written_down_and_nobody_is_made_the_signer(run: Run, ehr, site, tmp_path):
    run("attach", "p1", "--ehr", ehr, *DAY, "--settings", site.settings, "--final")
    (document,) = documents(tmp_path / "handouts")
    (provenance,) = provenances(tmp_path / "handouts")
    version, found = site.content()
    for resource in (document, provenance):
        (device,) = resource["contained"]
        told = {item["type"]["text"]: item["value"] for item in device["version"]}
        assert told["approval by the site"] == (
            f"muscle_cramps {version} in en (sha256 {found}), "
            "by A. Example, Patient Education, on 2026-11-20"
        )
        assert told["content in en"] == f"sha256 {found}"
        assert told["content pack muscle_cramps"].startswith(f"{version} (sha256 ")
    assert "authenticator" not in document
    roles = [agent["type"]["coding"][0]["code"] for agent in provenance["agent"]]
    assert roles == ["assembler"]


def test_a_signer_needs_no_approval_and_stands_alone(run: Run, ehr, tmp_path):
    write(tmp_path / "site", "none.yaml", "approvals: []\n")
    settings = write(tmp_path / "site", "site.toml", '[content]\napprovals = "none.yaml"\n')
    done = run(
        *("attach", "p1", "--ehr", ehr, "--settings", settings),
        *("--final", "--signed-by", "Practitioner/dr-1"),
    )
    assert done.returncode == 0, done.stderr
    (provenance,) = provenances(tmp_path / "handouts")
    assert "approval by the site" not in json.dumps(provenance)


@pytest.mark.parametrize(
    ("changes", "changed"),
    [
        ({"hash": "0" * 64}, True),
        ({"version": "0.0.9"}, True),
        ({"language": "es"}, False),
        ({"pack": "other"}, False),
    ],
)
def test_an_approval_of_other_content_is_none(run: Run, ehr, site, tmp_path, changes, changed):
    site.approve(**changes)
    done = run("attach", "p1", "--ehr", ehr, "--settings", site.settings, "--final")
    assert (done.returncode, done.stderr.split(": ")[1]) == (8, "final-unsigned")
    assert ("the content changed since it was approved" in done.stderr) is changed
    assert not (tmp_path / "handouts").exists()


def test_a_refusal_names_both_ways_and_what_would_have_to_be_approved(run: Run, ehr, site):
    version, found = site.content()
    done = run("attach", "p1", "--ehr", ehr, "--final")
    assert len(done.stderr.splitlines()) == 1
    for said in (
        "a named signer, such as Practitioner/ID",
        f"muscle_cramps {version} in en, hash {found}",
    ):
        assert said in done.stderr
    assert "changed" not in done.stderr


def test_a_final_document_is_refused_before_the_record_is_read(run: Run, tmp_path):
    write(tmp_path / "ehr", "record.json", "{")
    done = run("attach", "nobody", "--ehr", tmp_path / "ehr", "--final")
    assert (done.returncode, done.stderr.split(": ")[1]) == (8, "final-unsigned")


def test_a_sites_own_value_set_voids_an_approval(run: Run, ehr, site):
    shipped = run("examples", "--path").stdout  # where the installed package lies
    value_sets = Path(shipped.strip()).parents[0] / "templates" / "muscle_cramps" / "value_sets"
    own = site.folder / "value-sets"
    write(own, "cirrhosis.json", (value_sets / "cirrhosis.json").read_bytes())
    with site.settings.open("a") as settings:
        settings.write('[terminology]\nvalue_sets = "value-sets"\n')
    done = run("attach", "p1", "--ehr", ehr, "--settings", site.settings, "--final")
    assert "the content changed since it was approved" in done.stderr
    site.approve()
    done = run("attach", "p1", "--ehr", ehr, "--settings", site.settings, "--final")
    assert done.returncode == 0, done.stderr


def test_a_wrong_file_of_approvals_stops_a_final_document_and_no_draft(run: Run, ehr, site):
    write(site.folder, "approvals.yaml", "approvals:\n  - pack: muscle_cramps\n")
    attach = ("attach", "p1", "--ehr", ehr, "--settings", site.settings)
    done = run(*attach, "--final")
    assert (done.returncode, done.stderr.split(": ")[1]) == (2, "bad-approvals")
    assert len(done.stderr.splitlines()) == 1
    assert run(*attach).returncode == 0


def test_the_words_of_each_statement_have_a_hash_for_their_reviewer(run: Run):
    lines = run("pack", "hash", "--words").stdout.splitlines()
    told = {tuple(line.split()[:2]): line.split()[2] for line in lines}
    assert {("en", "ease-stop"), ("en", "heat"), ("zh-Hant", "heat")} <= set(told)
    english = [found for (language, _), found in told.items() if language == "en"]
    assert len(set(english)) == len(english)


def test_a_pack_of_the_sites_own_has_hashes_of_its_own(run: Run, tmp_path):
    shipped = Path(run("examples", "--path").stdout.strip()).parent / "templates" / "muscle_cramps"
    own = Path(shutil.copytree(shipped, tmp_path / "own"))
    assert run("pack", "hash", own).stdout == run("pack", "hash").stdout
    (own / "locale" / "es" / "messages.po").unlink()
    lines = run("pack", "hash", own).stdout.splitlines()
    others = run("pack", "hash").stdout.splitlines()
    assert lines == [line for line in others if not line.startswith("es ")]
    assert len(lines) == 15
    done = run("pack", "hash", tmp_path / "nowhere")
    assert (done.returncode, done.stderr.split(": ")[1]) == (2, "no-such-pack")


# --- what a clinician confirms --------------------------------------------------------------------

GIRL = patient(gender="female", birthDate="2009-05-02")
SECRET = "c-the-pregnancy"


@pytest.fixture
def girl(tmp_path: Path) -> Path:
    folder = tmp_path / "girl"
    expecting = condition("Z34.02", condition_id=SECRET, recordedDate="2026-10-01")
    write(folder, "record.json", bundle(GIRL, expecting))
    return folder


def test_attach_says_how_many_sensitive_findings_are_held_back_and_names_none(run: Run, girl):
    done = run("attach", "p1", "--ehr", girl, *DAY)
    assert done.stderr == (
        "fhir-handout: note: 1 sensitive finding is not told to the patient; `explain` shows the "
        "clinician which; --confirm-sensitive tells what a clinician has confirmed\n"
    )
    assert run("attach", "p1", "--ehr", girl, *DAY, "--confirm-sensitive").stderr == ""


def test_a_confirmed_finding_is_told_and_a_later_attach_without_it_tells_no_more(
    run: Run, girl, tmp_path
):
    out = tmp_path / "handouts"
    told = run("attach", "p1", "--ehr", girl, *DAY, "--confirm-sensitive")
    name = told.stdout.split()[0]
    (provenance,) = provenances(out)
    assert {"reference": f"Condition/{SECRET}"} in [e["what"] for e in provenance["entity"]]
    assert "You are pregnant" in run_text(out)
    later = run("attach", "p1", "--ehr", girl, *DAY)
    assert later.stdout.splitlines()[0].endswith(f"replaced {name}")


def run_text(out: Path) -> str:
    (page,) = out.glob("DocumentReference-*.txt")
    return page.read_text("utf-8")


def test_preview_and_explain_tell_it_only_when_it_is_confirmed(run: Run, girl):
    for flags, told in ([], False), (["--confirm-sensitive"], True):
        page = run("preview", "p1", "--ehr", girl, *DAY, "--format", "text", *flags).stdout
        assert ("You are pregnant" in page) is told
        found = json.loads(run("explain", "p1", "--ehr", girl, *DAY, "--json", *flags).stdout)
        (pregnancy,) = [f for f in found["findings"] if f["risk_factor"] == "pregnancy"]
        assert pregnancy["withheld"] == (None if told else "confidential")
        text = run("explain", "p1", "--ehr", girl, *DAY, *flags).stdout
        assert ("not told to the patient: confidential" in text) is not told


def test_what_is_implausible_is_not_told_even_when_it_is_confirmed(run: Run, tmp_path):
    expecting = condition("Z34.02", condition_id=SECRET, recordedDate="2026-10-01")
    write(tmp_path / "man", "record.json", bundle(patient(gender="male"), expecting))
    done = run("attach", "p1", "--ehr", tmp_path / "man", *DAY, "--confirm-sensitive")
    assert done.stderr == ""
    assert "You are pregnant" not in run_text(tmp_path / "handouts")
    (provenance,) = provenances(tmp_path / "handouts")
    assert SECRET not in json.dumps(provenance)


def test_the_preview_as_json_holds_no_findings_confirmed_or_not(run: Run, girl):
    for flags in ([], ["--confirm-sensitive"]):
        text = run("preview", "p1", "--ehr", girl, *DAY, "--format", "json", *flags).stdout
        assert "findings" not in json.loads(text)
        assert SECRET not in text
