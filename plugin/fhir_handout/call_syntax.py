"""How ids, references and language tags are written in a call: of the command line, or REST.

In: text. Out: patterns that match the whole of it, and `reference_to` and `reference_of`, which
make one for given resource types.
"""

from __future__ import annotations

_ID = r"[A-Za-z0-9\-.]{1,64}"

TAG = r"^[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*$"
"""A language such as es or zh-Hant."""


def reference_to(resource_type: str) -> str:
    """The pattern of an id, or a relative reference to that type; its only group is the id."""
    return rf"^(?:{resource_type}/)?({_ID})$"


def reference_of(*resource_types: str) -> str:
    """The pattern of a relative or absolute reference to one of those types."""
    return rf"^(https?://[^\s?#]+/)?({'|'.join(resource_types)})/{_ID}$"


STANDS_FOR = {
    "signed_by": ("Practitioner", "PractitionerRole"),
    "author": ("Practitioner", "PractitionerRole", "Organization", "Device"),
    "organization": ("Organization",),
}
"""What kinds of resources may sign a document, be its author, and have it in their keeping."""
