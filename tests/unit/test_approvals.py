"""A site's approvals: of just one content, and every mistake in the file in one line."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from fhir_handout.approvals import (
    Approval,
    Content,
    approval_of,
    has_changed_since,
    load_approvals,
)
from fhir_handout.errors import UsageError

CONTENT = Content("muscle_cramps", "0.1.0", "0a" * 32, "en")
APPROVAL = Approval(CONTENT, "A. Example", date(2026, 11, 23))
GOOD = {
    "pack": "muscle_cramps",
    "version": "0.1.0",
    "hash": "0a" * 32,
    "language": "en",
    "by": "A. Example",
    "on": "2026-11-23",
}


def write(tmp_path: Path, content: Any) -> Path:
    file = tmp_path / "approvals.yaml"
    file.write_text(content if isinstance(content, str) else yaml.safe_dump(content), "utf-8")
    return file


def refused(file: Path) -> UsageError:
    with pytest.raises(UsageError) as caught:
        load_approvals(file)
    assert str(file) in caught.value.message
    assert "\n" not in caught.value.message
    return caught.value


def test_an_approval_says_what_who_and_when(tmp_path: Path) -> None:
    assert load_approvals(write(tmp_path, {"approvals": [GOOD]})) == (APPROVAL,)
    assert load_approvals(write(tmp_path, {"approvals": []})) == ()


def test_what_people_write_without_quotes_is_read_as_they_wrote_it(tmp_path: Path) -> None:
    """The key `on`, a version like a number, a language like a truth value: YAML traps."""
    file = write(
        tmp_path,
        "approvals:\n  - pack: small\n    version: 1.10\n    language: no\n"
        f"    hash: {'1' * 64}\n    by: A. Example\n    on: 2026-11-23\n",
    )
    content = Content("small", "1.10", "1" * 64, "no")
    assert load_approvals(file) == (Approval(content, "A. Example", date(2026, 11, 23)),)


OTHERS = [
    Content("other", "0.1.0", "0a" * 32, "en"),
    Content("muscle_cramps", "0.1.1", "0a" * 32, "en"),
    Content("muscle_cramps", "0.1.0", "0b" * 32, "en"),
    Content("muscle_cramps", "0.1.0", "0a" * 32, "es"),
]


def test_an_approval_is_of_just_that_content() -> None:
    assert approval_of(CONTENT, [APPROVAL]) == APPROVAL
    for other in OTHERS:
        assert approval_of(other, [APPROVAL]) is None
    assert approval_of(CONTENT, []) is None


def test_content_has_changed_where_another_state_of_it_was_approved() -> None:
    found = [has_changed_since(other, [APPROVAL]) for other in OTHERS]
    assert found == [False, True, True, False]


@pytest.mark.parametrize("missing", GOOD)
def test_every_key_is_needed(tmp_path: Path, missing: str) -> None:
    some = {name: value for name, value in GOOD.items() if name != missing}
    error = refused(write(tmp_path, {"approvals": [some]}))
    assert error.code == "bad-approvals"
    assert f"approval 1: {missing} is" in error.message


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("yes", "approval 1: is no mapping"),
        ({**GOOD, "hash": "0a" * 16}, "hash is no SHA-256"),
        ({**GOOD, "hash": "0A" * 32}, "hash is no SHA-256"),
        ({**GOOD, "hash": "0a" * 33}, "hash is no SHA-256"),
        ({**GOOD, "on": "2026-13-01"}, "on is no day"),
        ({**GOOD, "on": "23 November"}, "on is no day"),
        ({**GOOD, "by": " "}, "by is missing"),
        ({**GOOD, "language": ["en"]}, "language is missing"),
        ({**GOOD, "until": "2027-01-01"}, "unknown key until"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, entry: Any, said: str) -> None:
    error = refused(write(tmp_path, {"approvals": [entry]}))
    assert (error.code, error.exit_status) == ("bad-approvals", 2)
    assert said in error.message


def test_every_mistake_is_in_one_line(tmp_path: Path) -> None:
    wrong = [{**GOOD, "by": ""}, GOOD, {**GOOD, "by": "Another"}, {**GOOD, "on": 5, "odd": 1}]
    message = refused(write(tmp_path, {"approvals": wrong})).message
    for said in (
        "approval 1: by is missing",
        "approval 3: is there twice",
        "approval 4: unknown key odd",
        "approval 4: on is no day",
    ):
        assert said in message


@pytest.mark.parametrize(
    "content", ["", "- 1", "approvals: 5", "approvals: []\nothers: []", "approvals: [\n", "a: b: c"]
)
def test_a_file_of_another_shape_is_refused(tmp_path: Path, content: str) -> None:
    assert refused(write(tmp_path, content)).code == "bad-approvals"


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "approvals.yaml"
    file.write_bytes(b"approvals: \xff\xfe")
    assert refused(file).code == "bad-approvals"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert refused(tmp_path / "none.yaml").code == "no-approvals"
