"""All that is ever sent to a terminology server.

In: the canonical URL of a value set, and a code in the normal form of its system. Out: a FHIR URL
relative to the server's base. Nothing else leaves, and what has not the form of a code of its
system does not either, because people write all sorts of things where a code belongs.
Source: FHIR R4, ValueSet operations $expand and $validate-code.
"""

from __future__ import annotations

import re

from fhir_handout.ehr.question import query
from fhir_handout.systems import ATC, ICD_10_CM, NDC, RXNORM, SNOMED_CT

Key = tuple[str, str]
"""A code system and a code in it, both in normal form."""

PAGE_SIZE = 1000
FORMS = {
    SNOMED_CT: re.compile("[1-9][0-9]{5,17}"),
    RXNORM: re.compile("[0-9]{1,8}"),
    ICD_10_CM: re.compile(r"[A-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4})?"),
    ATC: re.compile("[A-Z]([0-9]{2}([A-Z]([A-Z]([0-9]{2})?)?)?)?"),
    NDC: re.compile("[0-9]{10,11}|[0-9]{4,5}-[0-9]{3,4}(-[0-9]{1,2})?"),
}


def is_code(key: Key) -> bool:
    """Whether this can be a code of its system."""
    form = FORMS.get(key[0])
    return form is not None and form.fullmatch(key[1]) is not None


def expansion_url(canonical: str, offset: int) -> str:
    """Asks for the members of a value set from the one at `offset` on."""
    asked = (("url", canonical), ("count", str(PAGE_SIZE)), ("offset", str(offset)))
    return f"ValueSet/$expand?{query(asked)}"


def membership_url(canonical: str, key: Key) -> str:
    """Asks whether a value set has this code."""
    system, code = key
    asked = (("url", canonical), ("system", system), ("code", code))
    return f"ValueSet/$validate-code?{query(asked)}"
