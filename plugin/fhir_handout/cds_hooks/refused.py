"""What a hook call is refused with: a stable code, one line, and the HTTP status.

400  what was sent is not as CDS Hooks 2.0 has it
401  the caller's token is missing or not to be trusted
404  there is no such service
412  the data that is needed was not sent and can't be fetched
"""

from __future__ import annotations

from fhir_handout.errors import HandoutError

BAD_REQUEST = 400
UNAUTHORIZED = 401
NOT_FOUND = 404
PRECONDITION_FAILED = 412


class HookRefused(HandoutError):
    """Why a call is not answered; the message holds nothing of the patient's."""

    exit_status = 2

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(code, message)
        self.status = status
