"""Posts that another page sends with the clinician's cookie (CSRF), and methods that do not fit."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from fhir_handout.service.app import PAGE
from service.attacks.conftest import Session, World, value_of

NOTHING: dict[str, Any] = {"Origin": None, "Sec-Fetch-Site": None}
FORGED: dict[str, dict[str, Any]] = {
    "from another site": {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    "from another origin": {"Origin": "https://evil.example", "Sec-Fetch-Site": None},
    "from a sandbox": {"Origin": "null", "Sec-Fetch-Site": None},
    "from a sandbox of another site": {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    "from a neighbour": {"Origin": None, "Sec-Fetch-Site": "same-site"},
    "from an old browser's neighbour": {"Origin": "{address}.evil.example", "Sec-Fetch-Site": None},
    "from another port": {"Origin": "{address}1", "Sec-Fetch-Site": None},
    "from https of ours": {"Origin": "https_{address}", "Sec-Fetch-Site": None},
    "typed": {"Origin": None, "Sec-Fetch-Site": "none"},
    "of nonsense": {"Origin": "{address}", "Sec-Fetch-Site": "same-origin, cross-site"},
}
TOKENS = ["missing", "empty", "another session's", "in capitals", "cut", "twice"]


def posts() -> Iterator[str]:
    """Every POST of the page that the app has."""
    for router in PAGE:
        for route in router.routes:
            if "POST" in getattr(route, "methods", ()):
                yield getattr(route, "path", "").rpartition("/")[2]


POSTS = list(posts())


def test_these_are_all_posts_of_the_page():
    assert sorted(POSTS) == ["attach", "close", "patient", "work"]


def page_for(world: World, where: str) -> Session:
    return world.open(None if where == "patient" else "p1")


def fields(page: Session, where: str) -> dict[str, str]:
    shown = page.get().text
    doing = {
        "attach": {
            "as": "preliminary",
            "shown_preliminary": value_of(shown, "shown_preliminary"),
        },
        "close": {},
        "patient": {"patient": "p1"},
        "work": {"note": "forged"},
    }[where]
    return page.form(**doing)


def nothing_was_done(world: World, page: Session, answer: requests.Response) -> None:
    assert answer.status_code in (400, 403), answer.text[:300]
    assert world.riverside.documents == []
    again = page.get()
    assert again.status_code == 200  # not closed
    assert "forged" not in again.text
    assert ("Quillon" in again.text) == (page.patient_was is not None)


@pytest.mark.parametrize("where", POSTS)
@pytest.mark.parametrize("what", FORGED)
def test_what_another_page_sends_is_not_done(world: World, where: str, what: str):
    page = page_for(world, where)
    said = {
        name: value and value.replace("{address}", world.address).replace("https_http", "https")
        for name, value in FORGED[what].items()
    }
    nothing_was_done(world, page, page.post(where, fields(page, where), **said))


@pytest.mark.parametrize("where", POSTS)
@pytest.mark.parametrize("what", TOKENS)
@pytest.mark.parametrize("headers", [{}, NOTHING], ids=["told", "untold"])
def test_without_the_sessions_token_nothing_is_done(
    world: World, where: str, what: str, headers: dict[str, Any]
):
    page = page_for(world, where)
    form = fields(page, where)
    own, other = form["csrf"], world.open().form()["csrf"]
    form["csrf"] = {
        "missing": "",
        "empty": "",
        "another session's": other,
        "in capitals": own.upper(),
        "cut": own[:-1],
        "twice": own + own,
    }[what]
    if what == "missing":
        del form["csrf"]
    nothing_was_done(world, page, page.post(where, form, **headers))


@pytest.mark.parametrize("where", POSTS)
@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data", "application/json", ""])
def test_only_a_form_is_one(world: World, where: str, kind: str):
    """What other pages can send without being asked first, and what they can't."""
    page = page_for(world, where)
    form = fields(page, where)
    nothing_was_done(world, page, page.post(where, form, **{"Content-Type": kind}))


@pytest.mark.parametrize("where", POSTS)
def test_what_is_in_order_is_done(world: World, where: str):
    """Or the tests above could not fail."""
    page = page_for(world, where)
    answer = page.post(where, fields(page, where))
    assert answer.status_code == (200 if where == "close" else 303), answer.text[:500]


@pytest.mark.parametrize("where", POSTS)
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"])
def test_another_method_does_nothing(world: World, where: str, method: str):
    page = page_for(world, where)
    form, headers = fields(page, where), {"Cookie": page.cookie, "X-HTTP-Method-Override": "POST"}
    answer = requests.request(
        method, page.url + where, params=form, headers=headers, timeout=20, allow_redirects=False
    )
    assert answer.status_code in (404, 405)
    assert world.riverside.documents == []
    assert page.get().status_code == 200


def test_no_get_changes_anything(world: World):
    """Every GET there is, with all that a page may link to."""
    page = world.open()
    before = page.form()["revision"]
    for where in ("", "sheet", "sheet.pdf", "sheet.txt", "attached", "?do=undo-all&note=x"):
        assert page.get(where).status_code in (200, 303)
    assert page.form()["revision"] == before
    assert world.riverside.documents == []


def test_a_page_lets_no_other_take_its_session(world: World):
    """No cross-origin reader: neither a page nor REST says that anybody else may read it."""
    page = world.open()
    for url in (page.url, f"{page.url}sheet", f"{world.address}/api/v1/handouts"):
        for method in ("GET", "OPTIONS"):
            headers = {
                "Origin": "https://ehr.example",
                "Cookie": page.cookie,
                "Access-Control-Request-Method": "POST",
            }
            answer = requests.request(method, url, headers=headers, timeout=20)
            assert not [
                name for name in answer.headers if name.lower().startswith("access-control")
            ]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://ehr.example.evil"])
def test_hooks_are_read_by_no_other_origin(world: World, origin: str):
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    for method in ("GET", "OPTIONS", "POST"):
        answer = requests.request(method, world.hook_url(), headers=headers, timeout=20)
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert "Access-Control-Allow-Credentials" not in answer.headers


def test_tokens_of_forms_are_long_and_of_one_session(world: World):
    found = {world.open().form()["csrf"] for _ in range(5)}
    assert len(found) == 5
    assert all(re.fullmatch(r"[\w-]{32,}", each) for each in found)
