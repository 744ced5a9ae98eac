"""What the care team writes to a patient in its own words: plain text, in lines.

In: what somebody typed. Out: the note as it is printed: its line breaks, and in each line one plain
text; an empty string where nothing is left to read. `UsageError` where it is too long. It is never
markup: every format escapes it.
"""

from __future__ import annotations

import re

from fhir_handout.errors import UsageError
from fhir_handout.names import plain

LONGEST = 1000
"""How many characters a note has at most; a line break is one."""

_BREAK = re.compile("\r\n|[\n\v\f\r\x85\u2028\u2029]")
_EMPTY_LINES = re.compile("\n{3,}")


def printed_note(typed: str) -> str:
    """The note to print: no line of it can act on what stands around it, nor hide anything."""
    text = _BREAK.sub("\n", typed)
    if len(text) > LONGEST:
        raise UsageError(
            "note-too-long",
            f"the note to the patient has {len(text)} characters; {LONGEST} are the most",
        )
    lines = "\n".join(map(plain, text.split("\n")))
    return _EMPTY_LINES.sub("\n\n", lines).strip("\n")
