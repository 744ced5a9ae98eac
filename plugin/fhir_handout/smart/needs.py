"""The scopes that reading a record and attaching a handout take.

In: whose scopes they are to be (`patient`, `user` or `system`). Out: the scopes of version 2.
docs/smart.md lists them for whoever registers this program.
"""

from __future__ import annotations

_NEEDED = {
    "Patient": "r",
    "Encounter": "r",
    "Condition": "rs",
    "Observation": "rs",
    "MedicationRequest": "rs",
    "MedicationStatement": "rs",
    "Medication": "rs",
    "DocumentReference": "crus",
    "Provenance": "cs",
}


def needed_scopes(level: str) -> tuple[str, ...]:
    """What the whole of it takes; with fewer, some of the record stays unknown, or all of it."""
    return tuple(f"{level}/{kind}.{verbs}" for kind, verbs in _NEEDED.items())
