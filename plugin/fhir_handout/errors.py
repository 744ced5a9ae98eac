"""Every error a user can meet: a one-line message, a stable code and an exit status.

    HandoutError
    ├── UsageError          2  the call is wrong: a flag, a settings file
    ├── NotFound            3  no such patient, document, folder or encounter
    ├── Refused             4  the server answered, and said no
    ├── InvalidFhir         5  what was read is not FHIR R4, or not readable at all
    ├── Unreachable         6  no usable answer came back
    │   └── LostAnswer         a write was sent and its answer never arrived
    ├── Conflict            7  somebody else changed the same thing
    ├── NotAllowed          8  a safety rule of ours forbids it
    └── BadContent          9  the content pack, a value set or a layout is wrong

Messages say what, where and what to do, and never hold anything of the patient's but the
identifiers the caller gave.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self


class HandoutError(Exception):
    """What went wrong, in one line, with a code that does not change between versions.

    `about` is what of the call it is about, for whoever can leave just that out.
    """

    exit_status = 1
    about: tuple[Any, ...] = ()

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = " ".join(message.split())

    def of(self, about: Iterable[Any]) -> Self:
        """The same, about these."""
        self.about = tuple(about)
        return self


class UsageError(HandoutError):
    """The call is wrong."""

    exit_status = 2


class NotFound(HandoutError):
    """What was asked for is not there."""

    exit_status = 3


class Refused(HandoutError):
    """The server understood and declined.

    `status` is its HTTP status; `retry_after` the seconds after which it may be asked again, set
    only where it did nothing because it was busy. `outcome` is what its OperationOutcome finds
    fault with: FHIR's codes of issues, and the elements they are about.
    """

    exit_status = 4

    def __init__(
        self,
        code: str,
        message: str,
        status: int | None = None,
        retry_after: float | None = None,
        outcome: tuple[tuple[str, tuple[str, ...]], ...] = (),
    ) -> None:
        super().__init__(code, message)
        self.status = status
        self.retry_after = retry_after
        self.outcome = outcome


class InvalidFhir(HandoutError):
    """What was read is not FHIR R4, or can't be read at all."""

    exit_status = 5


class Unreachable(HandoutError):
    """No usable answer came back."""

    exit_status = 6


class LostAnswer(Unreachable):
    """A write was sent and its answer never arrived: it may or may not have happened."""


class Conflict(HandoutError):
    """Somebody else wrote the same thing at the same time."""

    exit_status = 7


class NotAllowed(HandoutError):
    """A safety rule forbids it."""

    exit_status = 8


class BadContent(HandoutError):
    """The content pack, a value set or a layout is wrong; `problems` lists every one."""

    exit_status = 9

    def __init__(self, code: str, message: str, problems: tuple[str, ...] = ()) -> None:
        super().__init__(code, message)
        self.problems = problems
