"""Nobody else opens a page, sends its forms, frames it, or gets anything to run in it."""

from dataclasses import replace
from pathlib import Path

import pytest

from fhir_handout.service.page.forms import fields_of
from fhir_handout.service.page.session import COOKIE
from functional.records import condition, patient, statement
from service.page.charts import HOSTILE, Chart
from service.page.opened import PUBLIC, Client, opened_page, page_service
from unit.readers import html

GETS = ("", "sheet", "sheet.pdf", "sheet.txt", "attached")
POSTS = ("work", "attach", "patient", "close")


@pytest.fixture
def nobody(tmp_path: Path) -> Client:
    """A page without a patient, of an EHR that is not there."""
    return opened_page(page_service(tmp_path, "http://127.0.0.1:9/fhir"), None)


@pytest.mark.parametrize("where", GETS)
@pytest.mark.parametrize("cookie", ["", f"{COOKIE}=wrong", f"{COOKIE}=", f"other={'x' * 43}"])
def test_a_page_needs_its_own_cookie(nobody: Client, where: str, cookie: str) -> None:
    answer = nobody.get(where, Cookie=cookie)
    assert answer.status_code == 401
    assert "lost-session" in answer.text


@pytest.mark.parametrize("where", POSTS)
def test_another_sessions_cookie_and_token_open_nothing(nobody: Client, where: str) -> None:
    other = opened_page(nobody.app.state.service, None)
    cookie = other.cookie
    assert nobody.post(where, other.form(), Cookie=cookie).status_code == 401
    assert nobody.post(where, other.form()).status_code == 403  # the other's token


@pytest.mark.parametrize("where", POSTS)
@pytest.mark.parametrize("csrf", ["", "x", "é"])
def test_a_form_needs_the_sessions_token(nobody: Client, where: str, csrf: str) -> None:
    answer = nobody.post(where, {**nobody.form(), "csrf": csrf})
    assert answer.status_code == 403
    assert "wrong-token" in answer.text


@pytest.mark.parametrize("where", POSTS)
@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "null"},
        {"Origin": "https://evil.example"},
        {"Origin": f"{PUBLIC}.evil.example"},
        {"Origin": PUBLIC.replace("https", "http")},
    ],
)
def test_a_form_comes_from_the_page_itself(
    nobody: Client, where: str, headers: dict[str, str]
) -> None:
    answer = nobody.post(where, nobody.form(), **headers)
    assert answer.status_code == 403
    assert "cross-site" in answer.text


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b"{}"),
        ("multipart/form-data; boundary=x", b"--x--"),
        ("application/x-www-form-urlencoded", "ä=1".encode()),
        ("application/x-www-form-urlencoded", b"a=%FF"),
        ("application/x-www-form-urlencoded", b"&".join([b"a=1"] * 1001)),
    ],
)
def test_what_is_no_form_is_refused(content_type: str, body: bytes, nobody: Client) -> None:
    headers = {"Cookie": nobody.cookie, "Content-Type": content_type}
    answer = nobody.http.post(f"{nobody.path}work", content=body, headers=headers)
    assert answer.status_code == 400
    assert "bad-form" in answer.text
    assert fields_of("application/x-www-form-urlencoded", b"a=%C3%A9") == {"a": "é"}


def test_a_session_is_never_taken_over_by_an_id_that_somebody_chose(nobody: Client) -> None:
    """Fixation: the server makes id and secret itself, and a begun one is no other's."""
    other = opened_page(nobody.app.state.service, None)
    assert other.id != nobody.id
    assert other.cookie != nobody.cookie
    assert nobody.http.get("/app/chosen/", headers={"Cookie": nobody.cookie}).status_code == 401


def test_the_cookie_is_for_its_page_alone(nobody: Client) -> None:
    from fhir_handout.service.page.session import begin, opening

    running = nobody.app.state.service
    answer = begin(running, running.tenants["riverside"], opening(None))
    path = answer.headers["location"].rstrip("/")
    name_and_secret, *flags = answer.headers["set-cookie"].split("; ")
    assert name_and_secret.startswith("__Secure-handout=")
    assert flags == [f"Path={path}", "HttpOnly", "Secure", "SameSite=None", "Partitioned"]


@pytest.mark.parametrize("ancestor", ["", "https://ehr.example"])
def test_only_the_sites_frames_hold_a_page(
    tmp_path: Path, ancestor: str, hapi_base_url: str
) -> None:
    chart = Chart(hapi_base_url).usual()
    table = f'frame_ancestors = ["{ancestor}"]' if ancestor else ""
    page = opened_page(page_service(tmp_path, chart.base, tenant=table), chart.patient)
    own = f"'self' {ancestor}".strip()
    for where in ("", "nowhere"):
        policy = policy_of(page, where)
        assert policy["frame-ancestors"] == own
        assert policy["default-src"] == policy["base-uri"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
    sheet = policy_of(page, "sheet")
    assert sheet["frame-ancestors"] == policy_of(page, "sheet.pdf")["frame-ancestors"] == own
    assert "sandbox" in sheet
    assert "script-src" not in sheet
    assert policy_of(page, "../../static/x/page.css")["frame-ancestors"] == "'none'"


def policy_of(page: Client, where: str) -> dict[str, str]:
    answer = page.get(where)
    said = answer.headers["content-security-policy"].split(";")
    return dict(each.strip().partition(" ")[::2] for each in said)


CODED = {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "N18.6", "display": HOSTILE}


def hostile_chart(base: str) -> Chart:
    """Every text that a chart can hold and the page can show is an attack."""
    chart = Chart(base)
    name = chart.patient
    text = {"text": HOSTILE}
    chart.put(
        patient(
            name,
            name=[{"text": HOSTILE}],
            identifier=[{"system": "urn:x", "value": HOSTILE}],
            communication=[{"language": {**text, "coding": [{"display": HOSTILE}]}}],
        ),
        {**condition("N18.6", name), "code": {"coding": [CODED], **text}},
        statement("4603", name, medicationCodeableConcept={"text": f"furosemide {HOSTILE}"}),
        {
            "resourceType": "Encounter",
            "id": f"e-{name}",
            "status": "in-progress",
            "class": {"code": "IMP", "display": HOSTILE},
            "subject": {"reference": f"Patient/{name}"},
        },
    )
    return chart


def assert_is_no_markup(text: str) -> None:
    """Nothing of an attack became an element or an attribute; html5lib reads it strictly."""
    for element in html(text).iter():
        assert not (element.tag == "img" and element.get("src") == "x")
        assert not any(name.startswith("on") for name in element.keys())  # noqa: SIM118
        if element.tag == "script":
            assert element.get("src", "").startswith("../")
            assert not element.text
        assert element.get("style") is None


def test_hostile_words_are_words(tmp_path: Path, hapi_base_url: str) -> None:
    chart = hostile_chart(hapi_base_url)
    page = opened_page(
        page_service(tmp_path, chart.base),
        chart.patient,
        encounter=f"e-{chart.patient}",
        user_name=HOSTILE,
    )
    key = "taken_out|kidney_failure|end_stage"
    page.post("work", page.form(note=HOSTILE, do=key, **{f"reason|{key}": HOSTILE}))
    shown = page.get().text
    assert "&lt;script&gt;" in shown
    assert "49" not in shown.partition("onerror")[2][:60]  # no template in a template
    assert_is_no_markup(shown)
    wrong = page.post("work", page.form(do="add", note=HOSTILE * 30, **{"reason|add": HOSTILE}))
    assert wrong.status_code == 422
    assert_is_no_markup(wrong.text)
    assert "<script" not in page.get("sheet").text.replace("&lt;script", "")


@pytest.mark.parametrize("reference", [HOSTILE, "javascript:alert(1)", "//evil.example", "../x"])
def test_what_is_no_plain_reference_is_no_link(reference: str) -> None:
    from fhir_handout.service.page.findings import link_to

    assert link_to("https://ehr.example/{reference}", reference) == ""
    assert link_to(None, "Condition/1") == ""
    assert link_to("https://ehr.example/{reference}", "Condition/1").endswith("/Condition/1")


def test_a_form_can_not_say_what_no_form_says(page: Client) -> None:
    for wrong in (
        {"language": "../../etc"},
        {"layout": "none"},
        {"paper": "a5"},
        {"do": "taken_out|no_such|x"},
        {"do": "taken_out|diabetes|<script>"},
        {"do": "add", "add": "nothing|x", "reason|add": "why"},
    ):
        answer = page.post("work", page.form(**wrong))
        assert answer.status_code == 400, wrong
        assert "bad-form" in answer.text
    assert page.open.work == replace(page.open.work, language=None, corrections=())


def test_nothing_of_a_patient_stands_in_an_address(page: Client, chart: Chart) -> None:
    text = page.get().text
    for element in html(text).iter():
        for name in ("href", "src", "action", "formaction"):
            value = element.get(name) or ""
            assert chart.patient not in value or value.startswith("https://ehr.example/")
    assert chart.patient not in page.path
