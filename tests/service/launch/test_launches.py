"""From the EHR's launch to the page, as a browser goes it: the way in, and who is kept out."""

import threading
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from fhir_handout.errors import NotAllowed, UsageError
from fhir_handout.service.launch.apps import Apps
from service.launch.conftest import OpenApp, put_patient, settings
from service.running import service_settings
from service.visiting import Visitor


def title(text: str) -> str:
    return text.partition("<h1")[2].partition(">")[2].partition("</h1>")[0].strip()


def test_a_launch_ends_on_the_page_of_its_patient(app: OpenApp, patient: str) -> None:
    answer = app.launched(Visitor(), patient=patient)
    assert answer.status_code == 200
    assert urlsplit(answer.url).path.startswith("/app/")
    assert "Quillon Testperson" in answer.text


def test_who_signs_reads_their_own_name(public_app: OpenApp, patient: str) -> None:
    said = public_app.launched(Visitor(), patient=patient).text
    assert "Final is signed by you, <bdi>Ada Testclinician</bdi>." in said


@pytest.mark.parametrize(
    "known", [{"user": "Practitioner/nobody-there"}, {"dropScopes": ["fhirUser"]}]
)
def test_a_user_whose_name_the_ehr_does_not_tell_gets_a_page(
    public_app: OpenApp, patient: str, known: dict[str, object]
) -> None:
    answer = public_app.launched(Visitor(), patient=patient, **known)
    assert answer.status_code == 200
    assert "Testclinician" not in answer.text


def test_nothing_of_the_patient_or_the_tokens_stands_in_an_address(
    app: OpenApp, patient: str
) -> None:
    visitor = Visitor()
    app.launched(visitor, patient=patient)
    ours = [url for url in visitor.went if url.startswith(app.address)]
    assert [urlsplit(url).path.split("/")[1] for url in ours] == ["launch", "callback", "app"]
    assert not any(patient in url or "Quillon" in url for url in visitor.went)


def test_the_way_out_asks_for_what_the_specification_asks(
    public_app: OpenApp, patient: str
) -> None:
    url = public_app.launch_url(patient=patient)
    handle = parse_qs(urlsplit(url).query)["launch"][0]
    answer = Visitor().get(url, follow=False)
    assert answer.status_code == 303
    said = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert said["response_type"] == ["code"]
    assert said["aud"] == [public_app.ehr.base]
    assert said["launch"] == [handle]
    assert said["redirect_uri"] == [f"{public_app.address}/callback"]
    assert said["code_challenge_method"] == ["S256"]
    assert {"launch", "openid", "fhirUser"} <= set(said["scope"][0].split())
    assert len(said["state"][0]) >= 43
    assert len(said["nonce"][0]) >= 43


def test_the_cookies_are_fit_for_a_frame_and_for_nobody_elses_eyes(
    public_app: OpenApp, patient: str
) -> None:
    visitor = Visitor()
    begun = visitor.get(public_app.launch_url(patient=patient), follow=False)
    back = visitor.get(begun.headers["Location"])
    page = urlsplit(back.url).path.rstrip("/")
    for answer, path in ((begun, "/callback"), (back.history or [], page)):
        if answer:
            said = answer.headers["Set-Cookie"]
            for must in ("Secure", "HttpOnly", "SameSite=None", "Partitioned", f"Path={path}"):
                assert must in said
    assert [name for (_, path, name) in visitor.cookies if path == page] == ["__Secure-handout"]
    assert not [name for (_, _, name) in visitor.cookies if name.startswith("__Secure-launch")]


def test_no_cookie_holds_a_token(public_app: OpenApp, patient: str) -> None:
    """What a cookie holds is of use here alone: an EHR does not know it."""
    visitor = Visitor()
    public_app.launched(visitor, patient=patient)
    ours = [v for (origin, _, _), v in visitor.cookies.items() if origin == public_app.address]
    assert len(ours) == 1
    bearer = {"Authorization": f"Bearer {ours[0]}"}
    answer = requests.get(f"{public_app.ehr.base}/Patient/{patient}", headers=bearer, timeout=60)
    assert answer.status_code == 401


def test_without_a_patient_there_is_a_picker(public_app: OpenApp, patient: str) -> None:
    answer = Visitor().get(f"{public_app.address}/ehr/riverside/open")
    assert answer.status_code == 200
    assert urlsplit(answer.url).path.startswith("/app/")
    assert "<form" in answer.text


def test_outside_of_the_ehr_the_ehr_may_choose_the_patient(
    public_app: OpenApp, patient: str
) -> None:
    public_app.options(standalone={"patient": patient, "user": "Practitioner/dr-1"})
    answer = Visitor().get(f"{public_app.address}/ehr/riverside/open")
    assert "Quillon Testperson" in answer.text


def test_several_launches_in_one_browser_keep_apart(
    public_app: OpenApp, patient: str, hapi_base_url: str
) -> None:
    visitor, other = Visitor(), put_patient(hapi_base_url.rstrip("/"))
    first = visitor.get(public_app.launch_url(patient=patient), follow=False)
    second = visitor.get(public_app.launch_url(patient=other), follow=False)
    pages = [visitor.get(each.headers["Location"]).url for each in (second, first)]
    assert pages[0] != pages[1]
    for url in pages:
        assert visitor.get(url).status_code == 200
    secrets = [visitor.cookies_of(url)["__Secure-handout"] for url in pages]
    assert secrets[0] != secrets[1]


# --- who is kept out ---


def failed(answer: object, status: int, code: str) -> None:
    """A page for people that says what happened, with a reference to the log."""
    assert answer.status_code == status, answer.text[:500]
    assert answer.headers["Content-Type"].startswith("text/html")
    assert code in answer.text
    assert answer.headers["X-Request-Id"] in answer.text


def test_a_launch_without_an_issuer_or_a_handle(public_app: OpenApp) -> None:
    visitor = Visitor()
    failed(visitor.get(f"{public_app.address}/launch"), 400, "launch-without-iss")
    url = f"{public_app.address}/launch?iss={public_app.ehr.base}"
    failed(visitor.get(url), 400, "launch-without-launch")
    failed(visitor.get(f"{url}&launch=a&launch=b"), 400, "launch-without-launch")


@pytest.mark.parametrize(
    "issuer",
    [
        "https://attacker.example/fhir",
        "http://169.254.169.254/latest",
        "http://127.0.0.1:1/fhir",
        "file:///etc/passwd",
        "{base}.attacker.example",
        "{base}/../admin",
        "{base}@attacker.example",
        "{base}%2f..",
        "javascript:alert(1)",
    ],
)
def test_an_ehr_that_is_not_set_up_is_not_asked_anything(
    public_app: OpenApp, issuer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr("fhir_handout.smart.fetch._exchange", lambda *a: asked.append(a))
    iss = issuer.format(base=public_app.ehr.base)
    answer = Visitor().get(f"{public_app.address}/launch", params={"iss": iss, "launch": "x"})
    failed(answer, 404, "unknown-ehr")
    assert asked == []


def test_a_user_who_says_no(public_app: OpenApp, patient: str) -> None:
    failed(public_app.launched(Visitor(), patient=patient, deny=True), 502, "access-denied")


def test_scopes_that_the_server_dropped_are_named(public_app: OpenApp, patient: str) -> None:
    lacking = "patient/Condition.rs"
    answer = public_app.launched(Visitor(), patient=patient, dropScopes=[lacking])
    failed(answer, 502, "scopes-too-few")
    assert "patient/Condition.s" in answer.text


def test_another_browser_can_not_end_a_launch(public_app: OpenApp, patient: str) -> None:
    """Login CSRF: the attacker begins, and has the victim follow the way back."""
    attacker, victim = Visitor(), Visitor()
    begun = attacker.get(public_app.launch_url(patient=patient), follow=False)
    url = begun.headers["Location"]
    while not url.startswith(f"{public_app.address}/callback"):
        url = attacker.get(url, follow=False).headers["Location"]
        url = url if url.startswith("http") else public_app.ehr.server.address + url
    failed(victim.get(url), 403, "launch-elsewhere")
    failed(attacker.get(url), 403, "launch-lost")  # and then it is over for both
    assert not victim.cookies


def test_a_launch_ends_once(public_app: OpenApp, patient: str) -> None:
    visitor = Visitor()
    public_app.launched(visitor, patient=patient)
    (back,) = [url for url in visitor.went if "/callback" in url]
    failed(visitor.get(back), 403, "launch-lost")


def test_of_two_ways_back_at_once_one_ends_it(public_app: OpenApp, patient: str) -> None:
    visitor = Visitor()
    begun = visitor.get(public_app.launch_url(patient=patient), follow=False)
    url = begun.headers["Location"]
    while not url.startswith(f"{public_app.address}/callback"):
        url = visitor.get(url, follow=False).headers["Location"]
        url = url if url.startswith("http") else public_app.ehr.server.address + url
    found: list[int] = []
    both = [
        threading.Thread(target=lambda: found.append(visitor.get(url, follow=False).status_code))
        for _ in range(2)
    ]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert sorted(found) == [303, 403]


def test_a_state_that_nobody_began(public_app: OpenApp) -> None:
    for query in ("", "?code=x", "?code=x&state=made-up", "?error=access_denied&state=x"):
        answer = Visitor().get(f"{public_app.address}/callback{query}")
        failed(answer, 403, "launch-lost")


def test_a_session_that_was_handed_in_is_not_taken_over(public_app: OpenApp, patient: str) -> None:
    """Session fixation: what the attacker put into the browser is of no session afterwards."""
    visitor = Visitor()
    mine = public_app.launched(visitor, patient=patient).url
    planted = visitor.cookies_of(mine)["__Secure-handout"]
    victim = Visitor({(public_app.address, "/", "__Secure-handout"): planted})
    theirs = public_app.launched(victim, patient=patient).url
    assert theirs != mine
    thief = Visitor({(public_app.address, "/", "__Secure-handout"): planted})
    failed(thief.get(theirs), 401, "lost-session")


@pytest.mark.parametrize(
    "query", ["next=https://attacker.example", "redirect_uri=//attacker.example", "url=/\\x"]
)
def test_no_parameter_says_where_to_go(public_app: OpenApp, patient: str, query: str) -> None:
    visitor = Visitor()
    visitor.get(f"{public_app.launch_url(patient=patient)}&{query}")
    known = (public_app.address, public_app.ehr.server.address)
    assert all(url.startswith(known) for url in visitor.went)
    assert "attacker" not in "".join(visitor.went[1:])


def test_the_public_keys_are_published_and_no_others(app: OpenApp) -> None:
    found = Visitor().get(f"{app.address}/.well-known/jwks.json").json()["keys"]
    assert len(found) == 1
    assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & set(found[0])


def test_the_service_is_at_an_https_address(tmp_path: Path) -> None:
    """And with it its keys and its redirect URI; http only on this machine."""
    for url in ("http://handouts.example.org", "ftp://127.0.0.1", "handouts.example.org"):
        with pytest.raises(UsageError, match="service.public_url: is no https address"):
            service_settings(tmp_path, settings(url, "https://ehr.example.org/fhir", "app", "none"))
    said = settings("https://handouts.example.org", "https://ehr.example.org/fhir", "app", "none")
    apps = Apps.of(service_settings(tmp_path, said))
    assert apps.redirect_uri == "https://handouts.example.org/callback"


def test_the_app_is_registered_where_the_settings_say_and_nowhere_else(tmp_path: Path) -> None:
    said = settings("https://handouts.example.org", "https://ehr.example.org/fhir", "app", "none")
    said += """
[tenants.hillside]
base_url = "https://hillside.example.org/fhir"
[tenants.hillside.smart]
client_id = "other"
method = "private_key_jwt"
[tenants.without]
base_url = "https://without.example.org/fhir"
"""
    found = service_settings(tmp_path, said)
    apps = Apps.of(found)
    clients = {name: app.client for name, app in apps.registered.items()}
    assert {name: each.client_id for name, each in clients.items()} == {
        "riverside": "app",
        "hillside": "other",
    }
    assert [name for name, each in clients.items() if each.keys] == ["hillside"]
    with pytest.raises(NotAllowed) as caught:
        apps.at(found.tenants["without"])
    assert caught.value.code == "no-app"
