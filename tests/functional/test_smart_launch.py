"""SMART App Launch against a strict authorization server, without a browser."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fhir_handout.errors import InvalidFhir, NotAllowed, Refused, Unreachable
from fhir_handout.smart.client import Client, KeyFile
from fhir_handout.smart.exchange import redeemed, refreshed
from fhir_handout.smart.launch import Started, code_of
from fhir_handout.smart.limits import Limits
from fhir_handout.smart.own_keys import add_key, load_keys, retire_key, use_key
from fhir_handout.smart.scopes import missing
from fhir_handout.smart.tokens import Context
from functional.smart_app import LIMITS, SCOPES, App, confidential
from servers.authorization import SmartEhr, SmartServer, followed
from servers.scripted import Reply, ScriptedServer, scripted_server

PATIENT = {"resourceType": "Patient", "id": "p1"}


@pytest.fixture
def upstream() -> Iterator[ScriptedServer]:
    with scripted_server() as server:
        server.on("GET", "Patient/p1", Reply(200, PATIENT))
        server.on("GET", "Condition", Reply(200, {"resourceType": "Bundle"}))
        yield server


@pytest.fixture
def ehr(smart_server: SmartServer, upstream: ScriptedServer) -> SmartEhr:
    return smart_server.ehr(upstream.base_url)


@pytest.fixture
def app(ehr: SmartEhr) -> App:
    """Our app as a public client."""
    return App(ehr, Client(ehr.server.client()))


@pytest.fixture(params=["RS384", "ES384"])
def signing(request: pytest.FixtureRequest, ehr: SmartEhr, tmp_path: Path) -> App:
    """Our app as a confidential client."""
    file = tmp_path / "keys.json"
    add_key(file, request.param)
    return confidential(ehr, file)


# --- launches ---


def test_a_launch_from_the_ehr(app: App, ehr: SmartEhr) -> None:
    launch = ehr.launch(
        user="Practitioner/dr-1",
        patient="p1",
        encounter="e1",
        need_patient_banner=False,
        appContext="cramps",
        fhirContext=[
            {"reference": "ImagingStudy/i1"},
            {"reference": "List/l", "role": "https://r"},
        ],
    )
    started, tokens = app.launched(launch)
    assert (tokens.patient, tokens.encounter) == ("p1", "e1")
    assert tokens.need_patient_banner is False
    assert tokens.app_context == "cramps"
    assert tokens.context == (Context("ImagingStudy/i1"), Context("List/l", "https://r"))
    assert missing(tokens.scopes, SCOPES) == ()
    assert "launch" in tokens.scopes
    assert 3500 < tokens.expires_at - time.time() <= 3600
    user = app.user(started, tokens)
    assert (user.subject, user.fhir_user) == ("Practitioner/dr-1", "Practitioner/dr-1")
    assert app.reads(tokens, "Patient/p1") == 200


def test_a_launch_outside_of_the_ehr(app: App) -> None:
    app.ehr.server.set_options(app.client.client_id, standalone={"patient": "p1"})
    _, tokens = app.launched()
    assert (tokens.patient, tokens.encounter) == ("p1", None)
    assert tokens.need_patient_banner is True
    assert {"launch/patient", "launch/encounter"} <= set(tokens.scopes)


def test_a_confidential_client_signs_in_with_its_key(signing: App) -> None:
    started, tokens = signing.launched(signing.ehr.launch(patient="p1"))
    assert tokens.patient == "p1"
    assert signing.user(started, tokens).fhir_user == "Practitioner/test-user"
    assert signing.reads(tokens, "Patient/p1") == 200


def test_id_tokens_by_another_algorithm_are_verified_too(ehr: SmartEhr) -> None:
    for algorithm in ("RS384", "ES384"):
        client = ehr.server.client(
            {
                "redirect_uris": ["http://127.0.0.1:9/callback"],
                "token_endpoint_auth_method": "none",
                "id_token_signed_response_alg": algorithm,
            }
        )
        app = App(ehr, Client(client))
        started, tokens = app.launched(ehr.launch(patient="p1"))
        assert app.user(started, tokens).subject == "Practitioner/test-user"


def test_keys_at_a_url_rotate_without_a_new_registration(
    ehr: SmartEhr, upstream: ScriptedServer, tmp_path: Path
) -> None:
    file = tmp_path / "keys.json"
    old = add_key(file, "ES384")
    new = add_key(file, "RS384", later=True)
    upstream.on("GET", "jwks.json", lambda _: Reply(200, load_keys(file).public()))
    client_id = ehr.server.confidential(f"{upstream.base_url}/jwks.json")
    app = App(ehr, Client(client_id, KeyFile(file)))
    assert app.launched(ehr.launch(patient="p1"))
    use_key(file, new.kid)
    retire_key(file, old.kid)
    assert app.launched(ehr.launch(patient="p1"))  # the server knows the new key already
    assert upstream.count("GET", "jwks.json") == 1


def test_a_key_that_the_ehr_has_not_fetched_yet_is_refused(
    ehr: SmartEhr, upstream: ScriptedServer, tmp_path: Path
) -> None:
    file = tmp_path / "keys.json"
    add_key(file, "ES384")
    upstream.on("GET", "jwks.json", lambda _: Reply(200, load_keys(file).public()))
    client_id = ehr.server.confidential(f"{upstream.base_url}/jwks.json")
    app = App(ehr, Client(client_id, KeyFile(file)))
    assert app.launched(ehr.launch(patient="p1"))
    add_key(file, "ES384")
    with pytest.raises(Refused) as caught:
        app.launched(ehr.launch(patient="p1"))
    assert caught.value.code == "client-refused"
    ehr.server.admin("keys", {"client_id": client_id})
    assert app.launched(ehr.launch(patient="p1"))


def test_several_launches_at_once_do_not_mix(app: App, ehr: SmartEhr) -> None:
    launches = {patient: ehr.launch(patient=patient) for patient in ("p1", "p2", "p3")}
    came = {patient: app.came_back(launch) for patient, launch in launches.items()}
    for patient, (started, code) in reversed(came.items()):
        assert app.redeem(started, code).patient == patient


def test_a_user_on_another_server_is_nobody_here(app: App, ehr: SmartEhr) -> None:
    launch = ehr.launch(fhirUser="https://elsewhere.example/fhir/Practitioner/1")
    started, tokens = app.launched(launch)
    assert app.user(started, tokens).fhir_user is None


# --- what may go wrong ---


def test_dropped_scopes_are_seen(app: App, ehr: SmartEhr) -> None:
    _, tokens = app.launched(ehr.launch(patient="p1", dropScopes=["patient/Condition.rs"]))
    assert missing(tokens.scopes, SCOPES) == ("patient/Condition.rs",)
    assert app.reads(tokens, "Condition?patient=p1") == 403


def test_the_token_is_for_its_patient_and_its_server_alone(app: App, ehr: SmartEhr) -> None:
    _, tokens = app.launched(ehr.launch(patient="p1"))
    assert app.reads(tokens, "Condition?patient=p1") == 200
    assert app.reads(tokens, "Patient/p2") == 403
    other = replace(app, ehr=ehr.server.ehr("http://127.0.0.1:9"))
    assert other.reads(tokens, "Patient/p1") == 401
    assert app.reads(replace(tokens, access_token="made-up"), "Patient/p1") == 401
    ehr.server.revoke(tokens.access_token)
    assert app.reads(tokens, "Patient/p1") == 401


def test_a_user_may_say_no(app: App, ehr: SmartEhr) -> None:
    url, started = app.began(ehr.launch(deny=True))
    with pytest.raises(Refused) as caught:
        code_of_answer(app, started, url)
    assert caught.value.code == "access-denied"


def code_of_answer(app: App, started: Started, url: str) -> str:
    return code_of(started, app.configuration, followed(url))


def test_a_page_may_ask_the_user(app: App, ehr: SmartEhr) -> None:
    ehr.server.set_options(app.client.client_id, auto=False)
    url, started = app.began(ehr.launch(patient="p1"))
    assert code_of(started, app.configuration, followed(url, "allow"))
    url, started = app.began(ehr.launch(patient="p1"))
    with pytest.raises(Refused, match="access was denied"):
        code_of(started, app.configuration, followed(url, "deny"))


@pytest.mark.parametrize(
    "changed",
    [
        ("code_challenge_method=S256", "code_challenge_method=plain"),
        ("&aud=", "&aud=x"),
        ("&aud=", "&no="),
    ],
)
def test_the_server_is_strict_about_what_a_launch_must_say(app: App, ehr, changed) -> None:
    url, started = app.began(ehr.launch())
    assert changed[0] in url
    with pytest.raises(Refused) as caught:
        code_of_answer(app, started, url.replace(*changed))
    assert caught.value.code == "launch-refused"


def test_a_launch_that_the_ehr_does_not_know_is_refused(app: App, ehr: SmartEhr) -> None:
    for launch in ("made-up", ehr.server.ehr("http://127.0.0.1:9").launch()):
        url, started = app.began(launch)
        with pytest.raises(Refused, match="refused the launch"):
            code_of_answer(app, started, url)


def test_the_answer_to_another_launch_is_not_taken(app: App, ehr: SmartEhr) -> None:
    _, mine = app.began(ehr.launch(patient="p1"))
    theirs, _ = app.began(ehr.launch(patient="p2"))
    with pytest.raises(NotAllowed) as caught:
        code_of_answer(app, mine, theirs)
    assert caught.value.code == "state-mismatch"


def test_a_stolen_code_is_of_no_use_without_its_verifier(app: App, ehr: SmartEhr) -> None:
    _, mine = app.began(ehr.launch(patient="p1"))
    started, code = app.came_back(ehr.launch(patient="p2"))
    with pytest.raises(Refused) as caught:
        app.redeem(mine, code)
    assert caught.value.code == "grant-refused"
    assert code not in caught.value.message
    assert app.redeem(started, code).patient == "p2"


def test_a_code_serves_once(app: App, ehr: SmartEhr) -> None:
    started, code = app.came_back(ehr.launch(patient="p1"))
    tokens = app.redeem(started, code)
    with pytest.raises(Refused) as caught:
        app.redeem(started, code)
    assert caught.value.code == "grant-refused"
    assert app.reads(tokens, "Patient/p1") == 401  # and what it gave is taken back


def test_the_wrong_key_is_refused(signing: App, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    add_key(other, "ES384")
    keys = confidential(signing.ehr, other).client.keys
    stranger = replace(signing, client=Client(signing.client.client_id, keys))
    with pytest.raises(Refused) as caught:
        stranger.launched(signing.ehr.launch(patient="p1"))
    assert caught.value.code == "client-refused"


def test_a_public_client_is_refused_where_a_key_is_registered(signing: App) -> None:
    public = replace(signing, client=Client(signing.client.client_id))
    with pytest.raises(Refused) as caught:
        public.launched(signing.ehr.launch(patient="p1"))
    assert caught.value.code == "client-refused"


@pytest.mark.parametrize("seconds", [310, 3600])
def test_the_server_refuses_an_assertion_of_more_than_five_minutes(
    signing: App, monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    """It is strict, so the tests above show that ours are short."""
    monkeypatch.setattr("fhir_handout.smart.client.ASSERTION_SECONDS", seconds)
    with pytest.raises(Refused) as caught:
        signing.launched(signing.ehr.launch(patient="p1"))
    assert caught.value.code == "client-refused"


def test_the_server_refuses_an_assertion_that_comes_twice(
    signing: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("secrets.token_urlsafe", lambda _: "x" * 43)
    assert signing.launched(signing.ehr.launch(patient="p1"))
    with pytest.raises(Refused) as caught:
        signing.launched(signing.ehr.launch(patient="p1"))
    assert caught.value.code == "client-refused"


@pytest.mark.parametrize("answer", [{"patient": "../p1"}, {"patient": 5}, {"expires_in": "soon"}])
def test_a_token_answer_with_a_fault_is_not_taken(app: App, ehr: SmartEhr, answer) -> None:
    with pytest.raises(InvalidFhir) as caught:
        app.launched(ehr.launch(patient="p1", answer=answer))
    assert caught.value.code == "bad-token-answer"


def test_a_late_token_answer_is_not_waited_for(app: App, ehr: SmartEhr) -> None:
    ehr.server.set_options(app.client.client_id, delay=3000)
    started, code = app.came_back(ehr.launch(patient="p1"))
    with pytest.raises(Unreachable):
        redeemed(app.client, app.configuration, started, code, Limits(seconds=0.5), time.time())


# --- refresh ---


def test_a_refresh_token_rotates_and_serves_once(app: App, ehr: SmartEhr) -> None:
    _, first = app.launched(ehr.launch(patient="p1", encounter="e1"))
    second = refreshed(app.client, app.configuration, first, LIMITS, time.time())
    assert second.refresh_token != first.refresh_token
    assert second.access_token != first.access_token
    assert (second.patient, second.encounter) == ("p1", "e1")
    assert app.reads(second, "Patient/p1") == 200
    third = refreshed(app.client, app.configuration, second, LIMITS, time.time())
    with pytest.raises(Refused) as caught:
        refreshed(app.client, app.configuration, second, LIMITS, time.time())
    assert caught.value.code == "grant-refused"
    assert app.reads(third, "Patient/p1") == 401  # a stolen token was used: all of it ends


def test_a_confidential_client_refreshes(signing: App) -> None:
    _, first = signing.launched(signing.ehr.launch(patient="p1"))
    second = refreshed(signing.client, signing.configuration, first, LIMITS, time.time())
    assert signing.reads(second, "Patient/p1") == 200


def test_a_refresh_token_that_does_not_rotate_is_kept(app: App, ehr: SmartEhr) -> None:
    ehr.server.set_options(app.client.client_id, rotate=False)
    _, tokens = app.launched(ehr.launch(patient="p1"))
    for _ in range(2):
        new = refreshed(app.client, app.configuration, tokens, LIMITS, time.time())
        assert new.refresh_token == tokens.refresh_token
        tokens = new


def test_without_the_scope_there_is_nothing_to_refresh_with(ehr: SmartEhr) -> None:
    app = App(ehr, Client(ehr.server.client()), scopes=("openid", "patient/Patient.r"))
    _, tokens = app.launched(ehr.launch(patient="p1"))
    assert tokens.refresh_token is None
    with pytest.raises(Exception, match="launch again") as caught:
        refreshed(app.client, app.configuration, tokens, LIMITS, time.time())
    assert caught.value.code == "no-refresh-token"


def test_online_access_is_refreshed_too(ehr: SmartEhr) -> None:
    scopes = ("openid", "online_access", "patient/Patient.r")
    app = App(ehr, Client(ehr.server.client()), scopes=scopes)
    _, tokens = app.launched(ehr.launch(patient="p1"))
    assert refreshed(app.client, app.configuration, tokens, LIMITS, time.time()).access_token
