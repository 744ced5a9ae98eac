"""The table [ehr.backend]."""

import pytest

from fhir_handout.errors import UsageError
from fhir_handout.settings import load_settings

GOOD = {
    "url": '"https://ehr.example.org/fhir"',
    "client_id": '"handout"',
    "keys": '"keys.json"',
    "scope": '"system/Condition.rs system/DocumentReference.crus"',
}


def load(tmp_path, keys):
    file = tmp_path / "site.toml"
    lines = "\n".join(f"{name} = {value}" for name, value in keys.items())
    file.write_text(f"[ehr]\nread_timeout = 7\n[ehr.backend]\n{lines}\n")
    return load_settings({}, file)


def test_without_the_table_there_is_none(tmp_path):
    assert load_settings({}, None).backend is None


def test_all_of_it(tmp_path):
    settings = load(tmp_path, {**GOOD, "token_endpoint": '"https://auth.example.org/token"'})
    found = settings.backend
    assert found is not None
    assert (found.url, found.client_id) == ("https://ehr.example.org/fhir", "handout")
    assert found.keys == tmp_path / "keys.json"
    assert found.scopes == ("system/Condition.rs", "system/DocumentReference.crus")
    assert found.token_endpoint == "https://auth.example.org/token"
    assert settings.read_timeout == 7
    assert settings.limits().connect_timeout == settings.connect_timeout


@pytest.mark.parametrize(
    ("ehr", "is_it"),
    [
        ("https://ehr.example.org/fhir", True),
        ("https://ehr.example.org/fhir/", True),
        ("https://EHR.example.org/fhir", True),
        ("https://ehr.example.org/fhir2", False),
        ("https://ehr.example.org/", False),
        ("https://evil.example/fhir", False),
        ("http://ehr.example.org/fhir", False),
        ("folder", False),
    ],
)
def test_it_is_for_one_ehr(tmp_path, ehr, is_it):
    found = load(tmp_path, GOOD).backend
    assert found is not None
    assert found.is_for(ehr) is is_it


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        *(({name: None}, f"has no {name}") for name in GOOD),
        *(({name: "5"}, f"ehr.backend.{name} is no text") for name in GOOD),
        *(({name: '""'}, f"ehr.backend.{name} is no text") for name in GOOD),
        ({"odd": "1"}, "unknown key ehr.backend.odd"),
        ({"url": '"http://ehr.example.org"'}, "ehr.backend.url is no https address"),
        ({"token_endpoint": '"http://a.example"'}, "token_endpoint is no https address"),
        ({"scope": '"patient/Condition.rs"'}, "ehr.backend.scope holds"),
        ({"scope": '"system/Condition.rs openid"'}, "ehr.backend.scope holds"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, changed, said):
    keys = {n: v for n, v in {**GOOD, **changed}.items() if v is not None}
    with pytest.raises(UsageError, match=said) as caught:
        load(tmp_path, keys)
    assert caught.value.code == "bad-settings"


def test_it_is_a_table(tmp_path):
    file = tmp_path / "site.toml"
    file.write_text("[ehr]\nbackend = 5\n")
    with pytest.raises(UsageError, match=r"ehr\.backend is no table"):
        load_settings({}, file)
