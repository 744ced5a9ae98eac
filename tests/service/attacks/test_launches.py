"""Launches and sessions that somebody else began, and addresses that lead elsewhere."""

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
import requests

from service.attacks.conftest import World
from service.visiting import Visitor

COOKIE = "__Secure-handout"


def begun(world: World, visitor: Visitor) -> str:
    """The way back of a launch of this visitor, not gone yet."""
    url = f"{world.address}/launch?iss={world.riverside.base}&launch=x1"
    out = visitor.get(url, follow=False)
    return world.riverside.authorize(out.headers["Location"])


def opens_nothing(visitor: Visitor, answer: requests.Response, code: str) -> None:
    assert answer.status_code in (400, 401, 403, 404), answer.text[:300]
    assert code in answer.text
    assert not [name for (_, _, name) in visitor.cookies if name == COOKIE]


def test_nobody_ends_what_another_began(world: World):
    """Login CSRF: the victim is sent to the attacker's way back."""
    attacker, victim = Visitor(), Visitor()
    back = begun(world, attacker)
    opens_nothing(victim, victim.get(back), "launch-elsewhere")
    begun(world, victim)  # a launch of their own under way does not help
    opens_nothing(victim, victim.get(begun(world, attacker)), "launch-elsewhere")


def test_a_launch_that_was_tried_by_another_is_lost_for_both(world: World):
    attacker, victim = Visitor(), Visitor()
    back = begun(world, attacker)
    victim.get(back)
    opens_nothing(attacker, attacker.get(back), "launch-lost")


@pytest.mark.parametrize("value", ["", "x", "{others}", "{own}x", '"{own}"x'])
def test_a_cookie_that_is_not_the_launchs_opens_nothing(world: World, value: str):
    visitor, other = Visitor(), Visitor()
    back, _ = begun(world, visitor), begun(world, other)
    (key, own), (_, others) = *visitor.cookies.items(), *other.cookies.items()
    visitor.cookies[key] = value.format(own=own, others=others)
    opens_nothing(visitor, visitor.get(back), "launch-elsewhere")


def test_a_launch_ends_once_however_many_come_at_once(world: World):
    visitor = Visitor()
    back = begun(world, visitor)
    cookies = "; ".join(f"{k}={v}" for k, v in visitor.cookies_of(back).items())

    def end(_: int) -> int:
        headers = {"Cookie": cookies}
        return requests.get(back, headers=headers, timeout=30, allow_redirects=False).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(end, range(8))) == [303] + [403] * 7


CHANGED = {
    "no state": ("state", ""),
    "another state": ("state", "x" * 43),
    "a long state": ("state", "x" * 30_000),
    "a state of SQL": ("state", "' OR 1=1 --"),
    "another issuer": ("iss", "https://evil.example"),
    "an error": ("error", "<script>alert(1)</script>"),
    "a long code": ("code", "x" * 30_000),
    "no code": ("code", ""),
}


@pytest.mark.parametrize("what", CHANGED)
def test_a_way_back_that_was_changed_opens_nothing(world: World, what: str):
    visitor, (name, value) = Visitor(), CHANGED[what]
    answer = world.launch(visitor, **{name: value})
    assert answer.status_code in (400, 401, 403, 502), answer.text[:300]
    assert not [name for (_, _, name) in visitor.cookies if name == COOKIE]
    assert value[:40] not in answer.text or not value
    assert world.riverside.server.count("POST", "token") == 0


# --- sessions ---


def test_a_session_that_was_chosen_for_somebody_is_not_used(world: World):
    """Fixation: a cookie and an id from before the launch are none after it."""
    visitor, old = Visitor(), world.open()
    origin = world.address
    for path in ("/", "/app", "/callback", urlsplit(old.url).path.rstrip("/")):
        visitor.cookies[origin, path, COOKIE] = old.cookie.partition("=")[2]
    world.launch(visitor)
    page = visitor.went[-1]
    fresh = [value for value in visitor.cookies.values() if value not in old.cookie]
    assert page != old.url
    assert len(fresh) == 1
    assert visitor.get(old.url).status_code == 200  # theirs, and not where the launch led


def test_the_secret_of_one_session_opens_no_other(world: World):
    mine, theirs = world.open(), world.open()
    for where in ("", "sheet", "sheet.pdf", "sheet.txt", "attached"):
        answer = theirs.get(where, Cookie=mine.cookie)
        assert answer.status_code == 401
        assert "Quillon" not in answer.text
    assert theirs.get().status_code == 200


COOKIES = ["", "x", "=", ";", "\x80", "a" * 10_000, "{own}x", "{id}", "{hash}", "' OR ''='"]


@pytest.mark.parametrize("value", COOKIES)
def test_a_cookie_that_is_none_opens_nothing(world: World, value: str):
    page = world.open()
    name, _, own = page.cookie.partition("=")
    hashed = world.running.store.sessions  # what a copy of the database would show
    with hashed._engine.connect() as connection:
        (kept,) = connection.exec_driver_sql(
            "SELECT secret_hash FROM sessions WHERE id = ?", (page.path.split("/")[2],)
        ).one()
    said = value.format(own=own, id=page.path.split("/")[2], hash=kept)
    assert page.get(Cookie=f"{name}={said}".encode("latin-1")).status_code == 401


def test_an_address_alone_opens_nothing(world: World):
    assert requests.get(world.open().url, timeout=20).status_code == 401


def test_a_closed_page_stays_closed(world: World):
    page = world.open()
    assert page.post("close", page.form()).status_code == 200
    assert page.get().status_code == 401


# --- where browsers are sent ---

HOSTS = ["evil.example", "evil.example:80", "127.0.0.1@evil.example", "", "[::1]", "evil.example/x"]
ASKED = [
    "/launch?iss={iss}&launch=x",
    "/launch/?iss={iss}&launch=x",
    "/callback/?state=x",
    "/app/x",
    "/app/x/sheet/",
    "/health/live/",
    "/ehr/riverside/open",
    "/ehr/riverside/open/",
    "//evil.example/..",
    "//evil.example/launch",
    "/\\evil.example",
    "/api/v1/preview/",
    "/nothing",
    "/openapi.json",
    "/.well-known/jwks.json",
    "/ehr/riverside/cds-services",
]
FORWARDED = ("X-Forwarded-Host", "X-Forwarded-Server", "X-Host", "X-Original-URL", "X-Rewrite-URL")


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("path", ASKED)
def test_no_answer_is_built_from_what_a_request_calls_us(world: World, path: str, host: str):
    url = f"{world.address}{path.format(iss=world.riverside.base)}"
    headers = {"Host": host, "Forwarded": "host=evil.example;proto=http"}
    headers |= dict.fromkeys(FORWARDED, "evil.example")
    prepared = requests.Request("GET", "http://x", headers=headers).prepare()
    prepared.url = url
    with requests.Session() as session:
        answer = session.send(prepared, allow_redirects=False, timeout=20)
    told = answer.text + str(answer.headers)
    assert "evil.example" not in told
    where = answer.headers.get("Location", "")
    assert where == "" or where.startswith((f"{world.riverside.server.root}/authorize?", "/app/"))


LEADING = ["redirect_uri", "redirect", "next", "return", "url", "aud", "client_id", "scope"]


@pytest.mark.parametrize("name", LEADING)
def test_no_parameter_says_where_to_go(world: World, name: str):
    url = f"{world.address}/launch"
    said = {"iss": world.riverside.base, "launch": "x", name: "https://evil.example/"}
    answer = requests.get(url, params=said, allow_redirects=False, timeout=20)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(f"{world.riverside.server.root}/authorize?")
    assert "evil.example" not in answer.headers["Location"]


def test_what_an_ehr_hands_over_stays_in_its_parameter(world: World):
    """A handle can neither add a parameter nor a header."""
    url = f"{world.address}/launch"
    handle = "x&redirect_uri=https://evil.example\r\nSet-Cookie: a=b#"
    said = {"iss": world.riverside.base, "launch": handle}
    answer = requests.get(url, params=said, allow_redirects=False, timeout=20)
    where = answer.headers["Location"]
    assert "redirect_uri=https://evil" not in where
    assert where.count("redirect_uri=") == 1
    assert "a=b" not in answer.headers["Set-Cookie"]
