"""Which URLs are our server's."""

import pytest

from fhir_handout.ehr.address import BaseUrl, origin_text
from fhir_handout.errors import UsageError


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://ehr.example/fhir/", "https://ehr.example/fhir"),
        (" HTTPS://EHR.example/fhir ", "https://ehr.example/fhir"),
        ("https://user:secret@ehr.example/fhir", "https://ehr.example/fhir"),
        ("http://ehr.example:8080", "http://ehr.example:8080"),
    ],
)
def test_a_base_url_is_kept_without_what_is_not_part_of_it(typed: str, kept: str) -> None:
    base = BaseUrl.parse(typed)
    assert base.url == kept
    assert "secret" not in repr(base)


@pytest.mark.parametrize(
    "typed",
    ["", "ehr.example/fhir", "ftp://ehr.example", "https://", "http://[::1", "https://e/?a=b",
     "https://e/#x"],
)  # fmt: skip
def test_what_is_no_base_url_is_refused(typed: str) -> None:
    with pytest.raises(UsageError) as refused:
        BaseUrl.parse(typed)
    assert refused.value.code == "bad-base-url"


@pytest.mark.parametrize(
    ("url", "ours"),
    [
        ("https://ehr.example/other", True),
        ("https://EHR.EXAMPLE:443/fhir", True),
        ("https://ehr.example:8443/fhir", False),
        ("http://ehr.example/fhir", False),
        ("https://ehr.example.evil.example/fhir", False),
        ("https://ehr.example@evil.example/fhir", False),
        ("https://evil.example\\@ehr.example/fhir", False),
        ("//ehr.example/fhir", False),
        ("", False),
    ],
)
def test_only_the_same_scheme_host_and_port_are_the_same_server(url: str, ours: bool) -> None:
    assert BaseUrl.parse("https://ehr.example/fhir").is_same_server(url) is ours


def test_the_usual_port_need_not_be_named() -> None:
    assert BaseUrl.parse("http://ehr.example").is_same_server("http://ehr.example:80/fhir")
    assert not BaseUrl.parse("http://ehr.example").is_same_server("http://ehr.example:443/fhir")


def test_a_relative_url_lies_below_the_base() -> None:
    base = BaseUrl.parse("https://ehr.example/fhir")
    assert base.absolute("Patient/p1") == "https://ehr.example/fhir/Patient/p1"
    searched = "DocumentReference?identifier=http://s%7Cv"
    assert base.absolute(searched) == f"https://ehr.example/fhir/{searched}"


def test_an_address_is_shown_without_path_or_credentials() -> None:
    assert origin_text("https://user:secret@other.example/path?x") == "https://other.example:443"
    assert "no http" in origin_text("mailto:somebody")
