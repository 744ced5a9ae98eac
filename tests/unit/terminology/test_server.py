"""Asking a terminology server: what is sent, what is kept, and what comes of a bad server."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fhir_handout.errors import UsageError
from fhir_handout.patient_record import NOBODY_ASKED, Coding, LookedUp
from fhir_handout.terminology import server as asking
from servers.scripted import Reply, scripted_server
from servers.terminology import (
    EXPAND,
    HEART,
    ICD,
    LOOP,
    NDC,
    RXNORM,
    SNOMED,
    TOO_COSTLY,
    UNKNOWN_SYSTEM,
    VALIDATE,
    TxServer,
    contains,
    expansion,
    issue,
    outcome,
    result,
)
from unit.terminology.conftest import Connect

FAILING_HEART = Coding(SNOMED, "999000111000001", "Heart failure of Quillon Testperson")
OTHER = Coding(SNOMED, "68962001")
LOOP_PRODUCT = Coding(RXNORM, "999001")
ONE = {"heart-failure": HEART}
SECONDS_OF_ONE = 2.5


def key(coding: Coding) -> tuple[str, str]:
    return coding.system, coding.code


def whys(found: LookedUp) -> list[str]:
    return list(found.unchecked.values())


# --- value sets that the server lists ---


def test_codes_are_looked_for_in_the_value_sets_and_not_sent(tx: TxServer, connect: Connect):
    found = connect().look_up([FAILING_HEART, OTHER, LOOP_PRODUCT])
    assert found.value_sets == {
        key(FAILING_HEART): ("heart-failure",),
        key(LOOP_PRODUCT): ("diuretic-loop",),
    }
    assert found.unchecked == {}
    assert [received.path for received in tx.http.received] == [EXPAND, EXPAND]
    assert [received.query["url"] for received in tx.http.received] == [HEART, LOOP]


def test_a_code_can_be_in_several_value_sets(tx: TxServer, connect: Connect):
    tx.value_sets[LOOP].append(key(FAILING_HEART))
    found = connect().look_up([FAILING_HEART])
    assert found.value_sets == {key(FAILING_HEART): ("heart-failure", "diuretic-loop")}


def test_systems_and_codes_are_compared_in_their_normal_form(tx: TxServer, connect: Connect):
    tx.value_sets[HEART] = [("http://snomed.info/sct/", " 999000111000001"), (ICD, "I5020")]
    found = connect(ONE).look_up(
        [Coding("urn:oid:2.16.840.1.113883.6.96", "999000111000001"), Coding(ICD, "i50.20")]
    )
    assert set(found.value_sets) == {key(FAILING_HEART), (ICD, "I50.20")}


def test_a_long_value_set_is_read_page_by_page(tx: TxServer, connect: Connect):
    tx.value_sets[HEART] = [(SNOMED, str(1_000_000 + number)) for number in range(2500)]
    last = Coding(SNOMED, "1002499")
    assert set(connect(ONE).look_up([last, OTHER]).value_sets) == {key(last)}
    assert [received.query["offset"] for received in tx.asked(EXPAND)] == ["0", "1000", "2000"]


def test_an_empty_value_set_is_a_wrong_mapping_and_not_a_no(tx: TxServer, connect: Connect):
    tx.value_sets[HEART] = []
    found = connect(ONE).look_up([OTHER])
    assert whys(found) == ["value set heart-failure is empty on the terminology server"]
    tx.value_sets[HEART] = [key(OTHER)]
    assert connect(ONE).look_up([OTHER]).unchecked == {}


def test_nothing_is_asked_about_nothing(tx: TxServer, connect: Connect):
    assert connect().look_up([]) == NOBODY_ASKED
    assert tx.http.received == []


# --- value sets that it does not list ---

LIMITED = {"name": "limitedExpansion", "valueBoolean": True}
PARTIAL = expansion([contains(SNOMED, "1000001")], parameter=[LIMITED])
NO_LIST = {
    "too costly": TOO_COSTLY,
    "not found": Reply(404, outcome("not-found")),
    "server error": Reply(500, b"<html>oops</html>"),
    "not JSON": Reply(200, b"<html>log in</html>"),
    "another resource": Reply(200, outcome("informational", "information")),
    "no expansion": Reply(200, {"resourceType": "ValueSet"}),
    "a part": Reply(200, PARTIAL),
    "huge": Reply(200, b'{"resourceType": "ValueSet", "x": "' + b"x" * (17 << 20) + b'"}'),
}


@pytest.mark.parametrize("reply", NO_LIST.values(), ids=NO_LIST)
def test_then_each_code_is_asked_about(tx: TxServer, connect: Connect, reply: Reply):
    tx.replies[EXPAND] = reply
    found = connect(ONE).look_up([FAILING_HEART, OTHER])
    assert found == LookedUp({key(FAILING_HEART): ("heart-failure",)}, {})
    assert [dict(received.query) for received in tx.asked(VALIDATE)] == [
        {"url": HEART, "system": SNOMED, "code": code} for code in ("999000111000001", "68962001")
    ]


UNUSABLE = {
    "unknown system": (Reply(body=UNKNOWN_SYSTEM), "does not know its code system"),
    "rejected": (Reply(400, outcome("invalid")), "answered 400"),
    "not found": (Reply(404, outcome("not-found")), "answered 404"),
    "server error": (Reply(500, outcome("exception")), "answered 500"),
    "not JSON": (Reply(200, b"<html>log in</html>"), "could not tell"),
    "another resource": (Reply(200, expansion([])), "could not tell"),
    "no result": (Reply(200, {"resourceType": "Parameters"}), "could not tell"),
    "huge": (NO_LIST["huge"], "answered too much"),
}


@pytest.mark.parametrize(("reply", "why"), UNUSABLE.values(), ids=UNUSABLE)
def test_what_is_no_answer_about_a_code_is_no_no(
    tx: TxServer, connect: Connect, reply: Reply, why: str
):
    tx.replies = {EXPAND: TOO_COSTLY, VALIDATE: reply}
    found = connect(ONE).look_up([FAILING_HEART])
    assert found == LookedUp({}, {key(FAILING_HEART): f"the terminology server {why}"})


@pytest.mark.parametrize("name", ["unknown system", "server error"])
def test_no_more_codes_of_a_system_are_sent_that_fare_no_better(
    tx: TxServer, connect: Connect, name: str
):
    tx.replies = {EXPAND: TOO_COSTLY, VALIDATE: UNUSABLE[name][0]}
    found = connect(ONE).look_up([FAILING_HEART, OTHER, LOOP_PRODUCT])
    assert len(found.unchecked) == 3
    assert tx.codes_asked() == [FAILING_HEART.code, LOOP_PRODUCT.code]


def test_a_code_of_a_system_the_server_lacks_leaves_others_checked(tx: TxServer, connect: Connect):
    tx.replies[EXPAND] = TOO_COSTLY
    ndc = Coding(NDC, "00054829725")
    found = connect().look_up([ndc, FAILING_HEART, LOOP_PRODUCT])
    assert set(found.value_sets) == {key(FAILING_HEART), key(LOOP_PRODUCT)}
    assert set(found.unchecked) == {key(ndc)}


@pytest.mark.parametrize(
    "coding",
    [
        Coding(SNOMED, "Heart failure of Quillon Testperson"),
        Coding(SNOMED, "84114007 |Heart failure|"),
        Coding(SNOMED, "0123456"),
        Coding(RXNORM, "furosemide"),
        Coding(ICD, "heart failure"),
        Coding(NDC, "123-45-6789"),
        Coding("https://ehr.example.org/codes", "999000111000001"),
    ],
)
def test_what_has_not_the_form_of_a_code_is_not_sent(
    tx: TxServer, connect: Connect, coding: Coding
):
    tx.replies[EXPAND] = TOO_COSTLY
    found = connect(ONE).look_up([coding])
    assert whys(found) == [asking.NO_FORM]
    assert tx.codes_asked() == []


def test_a_code_that_one_value_set_has_can_be_unchecked_in_another(tx: TxServer, connect: Connect):
    del tx.value_sets[LOOP]
    tx.replies[VALIDATE] = Reply(500)
    found = connect().look_up([FAILING_HEART])
    assert found.value_sets == {key(FAILING_HEART): ("heart-failure",)}
    assert whys(found) == ["the terminology server answered 500"]


# --- what leaves this machine ---


def test_nothing_but_codes_and_canonical_urls_is_sent(tx: TxServer, connect: Connect):
    tx.replies[EXPAND] = TOO_COSTLY
    connect(token="tx.token").look_up([FAILING_HEART, LOOP_PRODUCT])
    assert {received.path for received in tx.http.received} == {EXPAND, VALIDATE}
    for received in tx.http.received:
        assert set(received.query) <= {"url", "system", "code", "count", "offset"}
        assert received.query["url"] in (HEART, LOOP)
        assert received.query.get("system", SNOMED) in (SNOMED, RXNORM)
        assert received.body is None
        sent = f"{received.target} {sorted(received.headers.items())}"
        assert not any(word in sent for word in ("Quillon", "Testperson", "failure", "display"))


@pytest.mark.parametrize("token", [None, "tx.token"])
def test_the_token_of_the_ehr_is_not_the_terminology_servers(
    tx: TxServer, connect: Connect, token: str | None
):
    connect(token=token).look_up([OTHER])
    sent = {received.headers.get("Authorization") for received in tx.http.received}
    assert sent == {f"Bearer {token}" if token else None}


def test_a_token_that_can_be_none_is_refused_at_once(connect: Connect):
    with pytest.raises(UsageError, match="access token"):
        connect(token="two words")


# --- servers that don't answer ---

SILENCE = {
    "slow": Reply(200, expansion([]), delay=6),
    "trickling": Reply(200, expansion([]), drip=0.2),
    "trickling in the head": Reply(200, b"", drip=0.2),
    "dropping": Reply(cut_after=0),
    "broken off": Reply(200, expansion([]), cut_after=120),
}


@pytest.mark.parametrize("operation", [EXPAND, VALIDATE])
@pytest.mark.parametrize("reply", SILENCE.values(), ids=SILENCE)
def test_a_silent_server_is_asked_once_and_costs_two_seconds(
    tx: TxServer, connect: Connect, reply: Reply, operation: str
):
    tx.replies = {EXPAND: TOO_COSTLY, operation: reply}
    codings = [Coding(SNOMED, str(number)) for number in range(1_000_000, 1_000_200)]
    client = connect()
    began = time.monotonic()
    found = client.look_up(codings)
    again = client.look_up(codings)
    assert time.monotonic() - began < SECONDS_OF_ONE
    assert len(tx.asked(operation)) == 1
    assert set(whys(found)) == set(whys(again)) == {asking.SILENT}
    assert len(found.unchecked) == 200


def test_nobody_listening(connect: Connect):
    with scripted_server() as gone:
        address = gone.base_url
    found = connect(server=address).look_up([OTHER])
    assert whys(found) == [asking.SILENT]


@pytest.mark.parametrize("status", [401, 403, 429, 503])
def test_a_server_that_refuses_us_is_asked_once(tx: TxServer, connect: Connect, status: int):
    tx.replies[EXPAND] = Reply(status, outcome("login"))
    found = connect().look_up([OTHER, FAILING_HEART])
    assert set(whys(found)) == {f"the terminology server answered {status}"}
    assert len(tx.http.received) == 1


def test_a_redirect_to_another_server_is_not_followed(tx: TxServer, connect: Connect):
    with scripted_server() as other:
        where = {"Location": f"{other.base_url}/{EXPAND}"}
        tx.replies[EXPAND] = Reply(307, b"", where)
        found = connect(token="tx.token").look_up([OTHER])
        assert other.received == []
    assert whys(found) == [asking.ELSEWHERE]
    assert len(tx.http.received) == 1


def test_a_redirect_on_the_same_server_is_followed(tx: TxServer, connect: Connect):
    tx.http.on("GET", "moved", Reply(body=expansion([contains(*key(OTHER))])))
    tx.replies[EXPAND] = Reply(302, b"", {"Location": "/fhir/moved"})
    assert set(connect(ONE).look_up([OTHER]).value_sets) == {key(OTHER)}


def test_all_answers_together_have_a_limit(
    tx: TxServer, connect: Connect, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(asking, "_SECONDS_IN_ALL", 0.5)
    tx.replies = {
        EXPAND: TOO_COSTLY,
        VALIDATE: Reply(body=result(False, "", issue("code-invalid")), delay=0.2),
    }
    codings = [Coding(SNOMED, str(number)) for number in range(1_000_000, 1_000_100)]
    found = connect(ONE).look_up(codings)
    assert 1 <= len(tx.codes_asked()) <= 4
    assert len(found.unchecked) > 90
    assert set(whys(found)) == {asking.SLOW}


# --- what is kept ---

LISTS, LISTS_NOT = {}, {EXPAND: TOO_COSTLY}


@pytest.mark.parametrize("replies", [LISTS, LISTS_NOT], ids=["lists", "does not list"])
@pytest.mark.parametrize("same_run", [True, False], ids=["in memory", "on disk"])
def test_the_second_time_nothing_is_asked(
    tx: TxServer, connect: Connect, replies: dict[str, Reply], same_run: bool
):
    tx.replies = dict(replies)
    client = connect()
    first = client.look_up([FAILING_HEART, OTHER])
    tx.http.received.clear()
    second = (client if same_run else connect()).look_up([OTHER, FAILING_HEART])
    assert second == first
    assert tx.http.received == []


def test_answers_about_more_codes_are_added_to_those_that_are_kept(tx: TxServer, connect: Connect):
    tx.replies[EXPAND] = TOO_COSTLY
    connect(ONE).look_up([OTHER])
    connect(ONE).look_up([FAILING_HEART])
    tx.http.received.clear()
    assert connect(ONE).look_up([FAILING_HEART, OTHER]).unchecked == {}
    assert tx.http.received == []


def test_what_another_run_has_kept_meanwhile_stays(tx: TxServer, connect: Connect):
    tx.replies[EXPAND] = TOO_COSTLY
    third = Coding(SNOMED, "777000111000005")
    first, second = connect(ONE), connect(ONE)
    first.look_up([OTHER])
    second.look_up([FAILING_HEART])
    first.look_up([third])
    tx.http.received.clear()
    connect(ONE).look_up([OTHER, FAILING_HEART, third])
    assert tx.http.received == []


@pytest.mark.parametrize("replies", [LISTS, LISTS_NOT], ids=["lists", "does not list"])
@pytest.mark.parametrize("later", [24 * 3600 + 1, -60], ids=["a day later", "clock set back"])
def test_after_a_day_it_is_asked_again(
    tx: TxServer, connect: Connect, replies: dict[str, Reply], later: float
):
    tx.replies = dict(replies)
    now = time.time()
    connect(ONE, clock=lambda: now).look_up([OTHER])
    tx.http.received.clear()
    connect(ONE, clock=lambda: now + later).look_up([OTHER])
    assert [received.path for received in tx.http.received][:1] == [EXPAND]
    assert tx.codes_asked() == ([OTHER.code] if replies else [])


@pytest.mark.parametrize(
    "failure",
    [Reply(500), Reply(404, outcome("not-found")), Reply(cut_after=0), Reply(401)],
    ids=["500", "404", "dropping", "401"],
)
def test_failures_are_not_kept(tx: TxServer, connect: Connect, failure: Reply):
    tx.replies = {EXPAND: failure, VALIDATE: failure}
    assert connect(ONE).look_up([FAILING_HEART]).unchecked
    tx.replies = {}
    tx.http.received.clear()
    assert connect(ONE).look_up([FAILING_HEART]).value_sets == {
        key(FAILING_HEART): ("heart-failure",)
    }
    assert [received.path for received in tx.http.received] == [EXPAND]


def test_another_server_or_value_set_has_answers_of_its_own(tx: TxServer, connect: Connect):
    connect(ONE).look_up([OTHER])
    with scripted_server() as http:
        other = TxServer(http, {HEART: [key(OTHER)]})
        assert connect(ONE, server=http.base_url).look_up([OTHER]).value_sets
        assert len(other.asked(EXPAND)) == 1
    assert not connect({"heart-failure": LOOP}).look_up([OTHER]).value_sets
    assert len(tx.asked(EXPAND)) == 2


def _files(folder: Path) -> list[Path]:
    return sorted((folder / "cache" / "terminology").iterdir())


def test_files_are_private_and_tell_nobodys_codes(tx: TxServer, connect: Connect, tmp_path: Path):
    tx.replies[EXPAND] = TOO_COSTLY
    connect().look_up([FAILING_HEART, OTHER])
    assert (tmp_path / "cache" / "terminology").stat().st_mode & 0o077 == 0
    files = _files(tmp_path)
    assert files
    for file in files:
        assert file.stat().st_mode & 0o077 == 0
        text = f"{file.name} {file.read_text()}"
        assert not any(
            word in text for word in (FAILING_HEART.code, OTHER.code, "snomed", "heart", "Quillon")
        )


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "cut short": lambda data: data[:-9],
    "not JSON": lambda _: b"\xff\xfe",
    "a list": lambda _: b"[]",
    "another layout": lambda data: data.replace(b'"layout":1', b'"layout":0'),
    "wrong members": lambda data: data.replace(b'"members":', b'"members":[5],"x":'),
    "members of numbers": lambda data: data.replace(b'"members":', b'"members":[[1,2]],"x":'),
    "wrong answers": lambda data: data.replace(b"true", b'"yes"').replace(b"false", b"0"),
    "no date": lambda data: data.replace(b'"fetched"', b'"date"'),
}


@pytest.mark.parametrize("replies", [LISTS, LISTS_NOT], ids=["lists", "does not list"])
@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_file_is_as_none(
    tx: TxServer, connect: Connect, tmp_path: Path, damage: Callable, replies: dict[str, Reply]
):
    tx.replies = dict(replies)
    wanted = connect(ONE).look_up([FAILING_HEART, OTHER])
    whole = {file: file.read_bytes() for file in _files(tmp_path)}
    for file, data in whole.items():
        file.write_bytes(damage(data))
    tx.http.received.clear()
    assert connect(ONE).look_up([FAILING_HEART, OTHER]) == wanted
    assert bool(tx.http.received) == any(damage(data) != data for data in whole.values())


def test_without_a_folder_to_write_to_it_works_all_the_same(
    tx: TxServer, connect: Connect, tmp_path: Path
):
    (tmp_path / "cache").write_text("not a folder")
    assert connect(ONE).look_up([FAILING_HEART]).value_sets
    assert connect(ONE).look_up([FAILING_HEART]).value_sets
    assert len(tx.asked(EXPAND)) == 2
