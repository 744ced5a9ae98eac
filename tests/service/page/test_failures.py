"""Every failure that a clinician can meet is a page: what happened, what to do, a reference."""

import asyncio
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import Response

from fhir_handout.errors import HandoutError, Refused, Unreachable
from fhir_handout.service.app import told
from fhir_handout.service.page.failing import known_codes, outcomes_of, text_of
from service.page.opened import opened_page, page_service
from unit.readers import html

SOURCE = Path(__file__).resolve().parents[3] / "plugin" / "fhir_handout"
CODE = re.compile(
    r'"([a-z][a-z0-9]*(?:-[a-z0-9]+)+|unreachable|unauthorized|forbidden|gone|busy|rejected|redirected)"'
)
RAISES = re.compile(
    r"\b(?:HandoutError|UsageError|NotFound|Refused|InvalidFhir|Unreachable|LostAnswer|Conflict"
    r"|NotAllowed|BadContent|NeverSent|Unauthorized|_said|lost_answer)\("
)
ONLY_OF_COMMANDS = ("interfaces", "proof", "terminology")


def raised_codes() -> set[str]:
    """Every code that stands in a call that makes an error, or in a table of codes."""
    found = set()
    for module in SOURCE.rglob("*.py"):
        if module.relative_to(SOURCE).parts[0] in ONLY_OF_COMMANDS:
            continue
        text = module.read_text("utf-8")
        for made in RAISES.finditer(text):
            found |= set(CODE.findall(text[made.end() : made.end() + 160]))
        if module.name in ("refusal.py", "tokens.py"):
            found |= set(CODE.findall(text))
    return found


Told = Callable[[Exception, str], Response]


@pytest.fixture
def answered(tmp_path: Path) -> Told:
    """What is answered where a request to a path ends with an error."""
    app = opened_page(page_service(tmp_path, "http://127.0.0.1:9/fhir"), None).app

    def answer(error: Exception, path: str) -> Response:
        state = {"request_id": "the-reference"}
        scope = {"type": "http", "path": path, "headers": [], "app": app, "state": state}
        with ThreadPoolExecutor(1) as apart:  # a browser of other tests has this thread's loop
            return apart.submit(lambda: asyncio.run(told(Request(scope), error))).result()

    return answer


def said(answer: Response) -> str:
    return bytes(answer.body).decode()


def test_there_are_codes_to_look_at() -> None:
    assert {"lost-session", "unreachable", "changed-since-shown", "no-such-ehr"} <= raised_codes()
    assert len(raised_codes()) > 60


@pytest.mark.parametrize("path", ["/launch", "/callback", "/app/x/", "/ehr/x/open"])
def test_every_code_is_a_page(answered: Told, path: str) -> None:
    for code in sorted(raised_codes() | known_codes()):
        text = said(answered(HandoutError(code, "a line for the help desk"), path))
        root = html(text)
        assert [e for e in root.iter() if e.tag == "h1" and "".join(e.itertext()).strip()]
        assert "the-reference" in text
        assert code in text
        assert "What to do" in text


def test_what_a_clinician_meets_has_words_of_its_own() -> None:
    """The cases that the issue names, by their codes."""
    met = {
        "launch without iss": "launch-without-iss",
        "unknown EHR": "unknown-ehr",
        "denied": "access-denied",
        "launch expired": "launch-lost",
        "sign-in expired": "unauthorized",
        "too few scopes": "scopes-too-few",
        "patient not found": "no-such-patient",
        "EHR down": "unreachable",
        "EHR down mid-way": "lost-answer",
        "lost session": "lost-session",
        "refused": "rejected",
        "changed since shown": "changed-since-shown",
        "two windows": "session-changed",
    }
    assert set(met.values()) <= known_codes()
    assert set(met.values()) <= raised_codes()


def test_every_text_is_whole() -> None:
    for code in known_codes():
        text = text_of(code)
        assert all(part.strip().endswith(".") for part in (text.happened, text.do)), code
        assert text.title
        assert not text.title.endswith(".")


def test_what_nobody_foresaw_says_nothing_of_itself(answered: Told) -> None:
    text = said(answered(RuntimeError("Quillon Testperson"), "/callback"))
    assert "Quillon" not in text
    assert "internal-error" in text


def test_programs_get_problem_details(answered: Told) -> None:
    answer = answered(Unreachable("unreachable", "no"), "/api/v1/handouts")
    assert answer.media_type == "application/problem+json"


def test_an_operation_outcome_is_told_in_plain_words() -> None:
    error = Refused("rejected", "no", 422, outcome=(("required", ("Patient.name",)), ("?", ())))
    (first, paths), (other, _) = outcomes_of(error)
    assert "required" not in first
    assert paths == ("Patient.name",)
    assert other


@pytest.mark.parametrize(
    ("path", "is_page"),
    [
        ("/launch", True),
        ("/callback", True),
        ("/app/x/sheet", True),
        ("/ehr/riverside/open", True),
        ("/ehr/riverside/cds-services", False),
        ("/ehr/riverside/cds-services/open", False),
        ("/api/v1/preview", False),
        ("/launches", False),
    ],
)
def test_people_are_answered_with_a_page_and_programs_with_a_problem(
    answered: Told, path: str, is_page: bool
) -> None:
    answer = answered(Unreachable("unreachable", "it can't be reached"), path)
    assert answer.headers["Content-Type"].startswith("text/html") is is_page
