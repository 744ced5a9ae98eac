"""The cookie of a launch goes where the browser comes back, wherever the service is mounted."""

import pytest

from fhir_handout.service.launch.cookie import set_cookie


@pytest.mark.parametrize(
    ("redirect_uri", "path"),
    [
        ("https://handouts.example.org/callback", "/callback"),
        ("https://example.org/handouts/callback", "/handouts/callback"),
    ],
)
def test_it_is_sent_to_the_redirect_uri(redirect_uri: str, path: str) -> None:
    parts = set_cookie(redirect_uri, "state", "secret", 600).split("; ")
    assert f"Path={path}" in parts
