"""A site with a terminology server, through the real command line and against a real one."""

import itertools
import json
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from fhir_handout.ehr.rest_settings import RestSettings
from fhir_handout.patient_record import Coding, LookedUp
from fhir_handout.terminology.server import TerminologyServer
from fhir_handout.terminology.site_settings import TerminologySettings
from functional.conftest import Run
from functional.records import bundle, condition, patient, statement, write
from servers.scripted import Reply, scripted_server
from servers.terminology import (
    EXPAND,
    HEART,
    LOOP,
    NDC,
    RXNORM,
    SNOMED,
    TOO_COSTLY,
    VALIDATE,
    TxServer,
)

HEART_CODE, LOOP_CODE, OTHER_CODE = "999000111000001", "999001", "888000111000009"
WORDS = "Failing heart of Quillon"


def unlisted(condition_id: str, code: str) -> dict[str, Any]:
    return {**condition("N18.6", condition_id=condition_id), "code": coded(SNOMED, code)}


def coded(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code, "display": WORDS}], "text": WORDS}


@pytest.fixture
def tx() -> Iterator[TxServer]:
    with scripted_server() as http:
        yield TxServer(http, {HEART: [(SNOMED, HEART_CODE)], LOOP: [(RXNORM, LOOP_CODE)]})


class Site:
    """A record with codes that are in none of our tables, and settings that name a server."""

    def __init__(self, run: Run, folder: Path, server: str, **value_sets: str) -> None:
        self.run, self.ehr, self.settings = run, folder / "ehr", folder / "site.toml"
        self.records(
            unlisted("c1", HEART_CODE),
            unlisted("c2", OTHER_CODE),
            statement("0", id="m1", medicationCodeableConcept=coded(RXNORM, LOOP_CODE)),
        )
        mapped = value_sets or {"heart-failure": HEART, "diuretic-loop": LOOP}
        lines = [f'{name.replace("_", "-")} = "{url}"' for name, url in mapped.items()]
        self.settings.write_text(
            "\n".join(["[terminology]", f'server = "{server}"', "[terminology.canonical]", *lines])
        )

    def records(self, *resources: dict[str, Any]) -> None:
        write(self.ehr, "record.json", bundle(patient(), *resources))

    def __call__(self, *args: object, **environ: str) -> Any:
        where = ("--ehr", self.ehr, "--settings", self.settings, "--date", "2026-11-23")
        return self.run(*args, *where, **environ)

    def explained(self, **environ: str) -> dict[str, Any]:
        done = self("explain", "p1", "--json", **environ)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


def shown(explained: dict[str, Any]) -> dict[str, str]:
    """The risk factors that a terminology server showed, with their status."""
    return {
        finding["risk_factor"]: finding["status"]
        for finding in explained["findings"]
        if any(evidence["recognised_by"] == "server" for evidence in finding["evidence"])
    }


def levels(explained: dict[str, Any]) -> list[str]:
    return [explained["topics"][t]["level"] for t in ("fluids", "supplements", "muscle_relaxant")]


def test_what_the_server_knows_is_found_and_explained(run: Run, tmp_path, tx):
    site = Site(run, tmp_path, tx.http.base_url)
    found = site.explained()
    assert shown(found) == {"heart_failure": "present", "diuretic": "present"}
    assert found["gaps"] == []
    assert [e["reference"] for e in found["not_relevant"]] == ["Condition/c2"]
    assert (
        f"{WORDS} (SNOMED CT {HEART_CODE}); no date; by a terminology server"
        in site("explain", "p1").stdout
    )


@pytest.mark.parametrize("replies", [{}, {EXPAND: TOO_COSTLY}], ids=["lists", "does not list"])
def test_a_second_run_asks_nothing(run: Run, tmp_path, tx, replies):
    tx.replies = replies
    site = Site(run, tmp_path, tx.http.base_url)
    first = site.explained()
    assert tx.http.received
    tx.http.received.clear()
    assert site.explained() == first
    assert tx.http.received == []


def test_a_record_that_our_tables_cover_is_nobodys_to_know(run: Run, tmp_path, tx):
    site = Site(run, tmp_path, tx.http.base_url)
    site.records(condition("N18.6"), statement("4603"))
    assert site.explained()["gaps"] == []
    assert tx.http.received == []


def test_nothing_of_the_patient_is_sent(run: Run, tmp_path, tx):
    tx.replies[EXPAND] = TOO_COSTLY
    site = Site(run, tmp_path, tx.http.base_url)
    site.explained(FHIR_HANDOUT_TOKEN="ehr-token")
    assert {received.path for received in tx.http.received} == {EXPAND, VALIDATE}
    for received in tx.http.received:
        sent = f"{received.target} {received.headers} {received.body}"
        for secret in ("Quillon", "Testperson", "heart", "p1", "c1", "c2", "m1", "1970", "ehr-"):
            assert secret not in sent.replace(tx.http.root, "")
        assert set(received.query.values()) <= {
            *(HEART, LOOP, SNOMED, RXNORM, HEART_CODE, OTHER_CODE, LOOP_CODE, "1000", "0")
        }


def test_a_server_that_does_not_answer_costs_two_seconds_and_makes_the_handout_cautious(
    run: Run, tmp_path, tx
):
    tx.http.on("GET", EXPAND, Reply(delay=8))
    site = Site(run, tmp_path, tx.http.base_url)
    codes = [str(number) for number in range(1_000_000, 1_000_300)]
    site.records(
        *(unlisted(f"c{code}", code) for code in codes),
        statement("0", id="m1", medicationCodeableConcept=coded(RXNORM, LOOP_CODE)),
    )
    began = time.monotonic()
    found = site.explained()
    took = time.monotonic() - began
    site.settings.write_text("")
    began = time.monotonic()
    assert levels(site.explained())[0] == "F0"
    # Two seconds, once, and not two for each of 301 codes; the rest is a busy machine.
    assert took - (time.monotonic() - began) < 6
    assert len(tx.http.received) == 1
    assert levels(found) == ["F1", "S2", "R1"]
    assert len(found["gaps"]) == 301
    assert {gap["why"] for gap in found["gaps"]} == {
        "code not checked: the terminology server did not answer"
    }
    status = {f["risk_factor"]: f["status"] for f in found["findings"]}
    assert {status[name] for name in ("heart_failure", "kidney_failure", "cirrhosis")} == {
        "unknown"
    }
    assert {status[name] for name in ("diuretic", "statin", "fluid_regulating_medicine")} == {
        "unknown"
    }
    assert status["low_egfr"] == "absent"  # nobody asks a terminology server about results


def test_attaching_says_that_there_are_gaps(run: Run, tmp_path, tx):
    tx.replies = {EXPAND: Reply(500), VALIDATE: Reply(500)}
    site = Site(run, tmp_path, tx.http.base_url)
    done = site("attach", "p1", "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert "3 gaps in the record" in done.stderr
    assert "Quillon" not in done.stderr


@pytest.mark.parametrize(
    ("value_sets", "environ", "code"),
    [
        ({"no_such": HEART}, {}, "bad-settings"),
        ({}, {"FHIR_HANDOUT_TERMINOLOGY_TOKEN": "two words"}, "bad-token"),
        ({}, {"FHIR_HANDOUT_TERMINOLOGY_TOKEN_FILE": "/nowhere"}, "no-token-file"),
    ],
)
def test_wrong_settings_are_one_line(run: Run, tmp_path, tx, value_sets, environ, code):
    done = Site(run, tmp_path, tx.http.base_url, **value_sets)("explain", "p1", **environ)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"fhir-handout: {code}: ")
    assert tx.http.received == []


# --- a real terminology server ---


class Hapi:
    """A HAPI server and value sets of the test's own, by name."""

    def __init__(self, base: str, folder: Path) -> None:
        self.base, self.folder, self.own = base, folder, uuid.uuid4().hex[:12]

    def url(self, name: str) -> str:
        return f"https://example.org/fhir/ValueSet/{name}-{self.own}"

    def store(self, name: str, **include: Any) -> str:
        """Store a value set, and give its canonical URL."""
        value_set = {
            "resourceType": "ValueSet",
            "id": f"{name}-{self.own}",
            "url": self.url(name),
            "status": "active",
            "compose": {"include": [{"system": SNOMED, **include}]},
        }
        where = f"{self.base}/ValueSet/{value_set['id']}"
        answer = requests.put(where, json=value_set, timeout=60)
        assert answer.ok, answer.text
        return self.url(name)

    def look_up(self, url: str, *keys: tuple[str, str]) -> LookedUp:
        """Ask in a new run, after one that may have met a HAPI that had just started."""
        for _ in range(2):
            requests.get(f"{self.base}/{EXPAND}", {"url": url, "count": 1000}, timeout=60)
        rest = RestSettings(cache_dir=self.folder / uuid.uuid4().hex, state_dir=self.folder)
        server = TerminologyServer(TerminologySettings(self.base, {"heart-failure": url}), rest)
        found = server.look_up(itertools.starmap(Coding, keys))
        server.close()
        return found


HEART_KEY, OTHER_KEY, NDC_KEY = (SNOMED, HEART_CODE), (SNOMED, OTHER_CODE), (NDC, "00054829725")


@pytest.fixture
def hapi(hapi_base_url: str, tmp_path: Path) -> Hapi:
    return Hapi(hapi_base_url, tmp_path)


@pytest.fixture
def listed(hapi: Hapi) -> str:
    return hapi.store("listed", concept=[{"code": HEART_CODE}, {"code": "777000111000005"}])


def test_hapi_lists_a_value_set_that_it_stores(hapi, listed):
    found = hapi.look_up(listed, HEART_KEY, OTHER_KEY, NDC_KEY)
    assert found == LookedUp({HEART_KEY: ("heart-failure",)}, {})


def test_hapi_says_of_a_single_code_whether_it_is_a_member(hapi, listed, monkeypatch):
    monkeypatch.setattr("fhir_handout.terminology.server.expanded", lambda _: None)
    found = hapi.look_up(listed, HEART_KEY, OTHER_KEY, NDC_KEY)
    assert found == LookedUp({HEART_KEY: ("heart-failure",)}, {})


def test_hapi_says_false_where_it_lacks_the_code_system_and_that_is_no_no(hapi):
    query = {"property": "concept", "op": "is-a", "value": "84114007"}
    found = hapi.look_up(hapi.store("query", filter=[query]), HEART_KEY, OTHER_KEY)
    assert found.value_sets == {}
    assert set(found.unchecked) == {HEART_KEY, OTHER_KEY}


def test_hapi_says_false_where_it_lacks_the_value_set_and_that_is_no_no(hapi):
    found = hapi.look_up(hapi.url("nowhere"), HEART_KEY, NDC_KEY)
    assert found.value_sets == {}
    assert set(found.unchecked) == {HEART_KEY, NDC_KEY}
