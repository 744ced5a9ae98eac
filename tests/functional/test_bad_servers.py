"""Servers that refuse, break off or misbehave, through the real command line.

Each failure is one line with a stable code and its own exit status, nothing of the patient's is in
it, and nothing is written twice.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from functional.conftest import Run
from functional.records import condition, patient
from servers.scripted import Received, Reply, ScriptedServer, scripted_server

MARKED = "Quillon"
METADATA = {
    "resourceType": "CapabilityStatement",
    "status": "active",
    "kind": "instance",
    "fhirVersion": "4.0.1",
    "format": ["json"],
    "rest": [{"mode": "server", "interaction": [{"code": "transaction"}, {"code": "batch"}]}],
}
OUTCOME = {
    "resourceType": "OperationOutcome",
    "issue": [
        {
            "severity": "error",
            "code": "business-rule",
            "diagnostics": f"{MARKED} Testperson may not",
            "expression": ["DocumentReference.docStatus"],
        }
    ],
}


def answer_to_batch(received: Received) -> Reply:
    """A batch that is answered with the patient and one condition; nothing else is there."""
    entries = []
    for entry in received.body["entry"]:
        url = entry["request"]["url"]
        resource: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset"}
        if url.startswith("Patient/"):
            resource = patient()
        elif url.startswith("Condition?"):
            resource["entry"] = [{"resource": condition("N18.6"), "search": {"mode": "match"}}]
        entries.append({"resource": resource, "response": {"status": "200 OK"}})
    return Reply(body={"resourceType": "Bundle", "type": "batch-response", "entry": entries})


class Script:
    """Answers reads well, and the transaction with what the test says."""

    def __init__(self, server: ScriptedServer) -> None:
        self.server = server
        self.base = server.base_url
        server.on("GET", "metadata", Reply(body=METADATA))

    def reading(self, *replies: Reply) -> None:
        self.server.on("POST", "", *replies)
        self.server.on("GET", "Patient/p1", *replies)

    def writing(self, *replies: Reply) -> None:
        left = list(replies)

        def answer(received: Received) -> Reply:
            if received.body["type"] == "batch":
                return answer_to_batch(received)
            return left.pop(0) if len(left) > 1 else left[0]

        self.server.on("POST", "", answer)

    def transactions(self) -> int:
        return sum(
            1 for r in self.server.received if r.body and r.body.get("type") == "transaction"
        )


@pytest.fixture
def script() -> Iterator[Script]:
    with scripted_server() as server:
        yield Script(server)


def failed(done, status: int, code: str) -> None:
    assert done.returncode == status, (done.stdout, done.stderr)
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith(f"fhir-handout: {code}: "), done.stderr
    assert MARKED not in done.stderr


@pytest.mark.parametrize(
    ("reply", "status", "code"),
    [
        (Reply(401, OUTCOME), 4, "unauthorized"),
        (Reply(403, OUTCOME), 4, "forbidden"),
        (Reply(404, OUTCOME), 3, "no-such-patient"),
        (Reply(410, OUTCOME), 3, "no-such-patient"),
        (Reply(422, OUTCOME), 4, "rejected"),
        (Reply(429, OUTCOME, {"Retry-After": "0"}), 4, "too-many-requests"),
        (Reply(500, OUTCOME), 4, "server-error"),
        (Reply(200, b"<html><body>Please log in</body></html>"), 5, "not-json"),
        (Reply(200, OUTCOME), 5, "not-fhir"),
        (Reply(200, b""), 5, "not-json"),
    ],
    ids=lambda value: str(value.status) if isinstance(value, Reply) else str(value),
)
def test_what_a_server_answers_instead_of_the_record(run: Run, script, reply, status, code):
    script.reading(reply)
    failed(run("preview", "p1", "--ehr", script.base), status, code)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(cut_after=0),
        Reply(200, METADATA, cut_after=150),
        Reply(200, METADATA, {"Content-Length": "9999"}, cut_after=400),
    ],
    ids=["no answer", "half a body", "a wrong content length"],
)
def test_an_answer_that_breaks_off_is_no_record(run: Run, script, reply):
    script.reading(reply)
    done = run("preview", "p1", "--ehr", script.base)
    assert done.returncode == 6, done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_redirect_loop_and_a_redirect_to_another_host_are_refused(run: Run, script):
    script.server.on("GET", "metadata", Reply(302, b"", {"Location": script.base + "/metadata"}))
    done = run("preview", "p1", "--ehr", script.base)
    assert (done.returncode, len(done.stderr.splitlines())) == (4, 1), done.stderr
    with scripted_server() as elsewhere:
        away = elsewhere.base_url.replace("127.0.0.1", "localhost") + "/metadata"
        script.server.on("GET", "metadata", Reply(302, b"", {"Location": away}))
        done = run("preview", "p1", "--ehr", script.base, FHIR_HANDOUT_TOKEN="secret-token")
        failed(done, 4, "redirected-elsewhere")
        assert elsewhere.received == []


def test_nobody_is_there(run: Run):
    with scripted_server() as server:
        base = server.base_url
    failed(run("preview", "p1", "--ehr", base), 6, "unreachable")


@pytest.mark.parametrize("version", ["1.0.2", "3.0.2", "5.0.0"])
def test_a_server_of_another_fhir_version_is_not_half_read(run: Run, script, version):
    script.server.on("GET", "metadata", Reply(body={**METADATA, "fhirVersion": version}))
    failed(run("preview", "p1", "--ehr", script.base), 5, "unsupported-fhir-version")
    assert script.server.count("POST") == 0


@pytest.mark.parametrize(
    ("reply", "status", "code"),
    [
        (Reply(401, OUTCOME), 4, "unauthorized"),
        (Reply(403, OUTCOME), 4, "forbidden"),
        (Reply(400, {**OUTCOME, "issue": []}), 4, "rejected"),
        (Reply(422, OUTCOME), 4, "drafts-not-taken"),
        (Reply(413, b"<html>too large</html>"), 4, "too-large"),
    ],
    ids=lambda value: str(value.status) if isinstance(value, Reply) else str(value),
)
def test_a_refused_write_is_said_and_not_sent_again(run: Run, script, reply, status, code):
    script.writing(reply)
    failed(run("attach", "p1", "--ehr", script.base), status, code)
    assert script.transactions() == 1


@pytest.mark.parametrize(
    ("reply", "status", "code"),
    [
        (Reply(409, OUTCOME), 7, "changed-meanwhile"),
        (Reply(412, OUTCOME), 7, "changed-meanwhile"),
        (Reply(500, OUTCOME), 6, "lost-answer"),
        (Reply(cut_after=0), 6, "lost-answer"),
        (Reply(503, OUTCOME, {"Retry-After": "0"}), 4, "busy"),
    ],
    ids=["409", "412", "500", "no answer", "503"],
)
def test_between_two_writes_the_record_is_always_read_again(run: Run, script, reply, status, code):
    script.writing(reply)
    failed(run("attach", "p1", "--ehr", script.base), status, code)
    kinds = [r.body["type"] for r in script.server.received if r.method == "POST"]
    assert kinds == ["batch", "transaction"] * (len(kinds) // 2)


def test_a_busy_server_is_asked_again_after_the_time_it_names(run: Run, script):
    done_then = Reply(
        body={
            "resourceType": "Bundle",
            "type": "transaction-response",
            "entry": [
                {"response": {"status": "201", "location": "DocumentReference/d1/_history/1"}},
                {"response": {"status": "201", "location": "Provenance/v1/_history/1"}},
            ],
        }
    )
    script.writing(Reply(503, OUTCOME, {"Retry-After": "0"}), done_then)
    done = run("attach", "p1", "--ehr", script.base)
    assert (done.returncode, done.stdout) == (0, "DocumentReference/d1 created\n")
    assert script.transactions() == 2


def test_a_read_only_server_is_known_before_anything_is_sent(run: Run, script):
    listed = [{"type": "DocumentReference", "interaction": [{"code": "read"}]}]
    rest = [{"mode": "server", "interaction": [{"code": "batch"}], "resource": listed}]
    script.server.on("GET", "metadata", Reply(body={**METADATA, "rest": rest}))
    script.writing(Reply(200))
    failed(run("attach", "p1", "--ehr", script.base), 4, "read-only")
    assert script.transactions() == 0


def test_a_server_that_takes_no_drafts_gets_none_and_never_a_silent_final(
    run: Run, script, tmp_path
):
    script.writing(Reply(200))
    settings = tmp_path / "site.toml"
    settings.write_text("[ehr]\ntakes_drafts = false\n")
    done = run("attach", "p1", "--ehr", script.base, "--settings", settings)
    failed(done, 8, "drafts-not-taken")
    assert script.transactions() == 0


def test_a_token_is_never_sent_unencrypted_to_another_machine(run: Run):
    done = run("preview", "p1", "--ehr", "http://fhir.example.org/r4", FHIR_HANDOUT_TOKEN="secret")
    failed(done, 2, "token-in-the-clear")
    assert "secret" not in done.stderr


def test_the_token_is_sent_as_bearer_and_the_program_names_itself(run: Run, script):
    script.reading(Reply(401, OUTCOME))
    run("preview", "p1", "--ehr", script.base, FHIR_HANDOUT_TOKEN="secret-token")
    headers = script.server.received[-1].headers
    assert headers["Authorization"] == "Bearer secret-token"
    assert headers["User-Agent"].startswith("fhir-handout/")
