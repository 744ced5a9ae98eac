"""The SMART configuration: what is taken, what is refused, when it is asked for."""

import pytest

from fhir_handout.errors import InvalidFhir, Refused
from fhir_handout.smart.configuration import Configurations, discovered, parsed
from fhir_handout.smart.limits import Limits
from servers.scripted import Reply, ScriptedServer, scripted_server

BASE = "https://ehr.example.org/fhir"
SAID = {
    "issuer": "https://ehr.example.org",
    "jwks_uri": "https://ehr.example.org/jwks",
    "authorization_endpoint": "https://auth.example.org/auth",
    "token_endpoint": "https://auth.example.org/token",
    "capabilities": ["launch-ehr", "client-public"],
    "code_challenge_methods_supported": ["S256"],
    "token_endpoint_auth_signing_alg_values_supported": ["RS384"],
    "scopes_supported": ["openid"],
}


@pytest.fixture
def server():
    with scripted_server() as running:
        yield running


def test_what_is_needed_is_taken_from_it():
    found = parsed(BASE, SAID)
    assert found.base == BASE
    assert found.token_endpoint == "https://auth.example.org/token"
    assert found.authorize_at() == "https://auth.example.org/auth"
    assert found.issuer == "https://ehr.example.org"
    assert found.signing_algorithms == {"RS384"}
    found.require("launch-ehr", "client-public")


@pytest.mark.parametrize("name", ["token_endpoint", "authorization_endpoint", "issuer", "jwks_uri"])
@pytest.mark.parametrize(
    "value",
    [
        "http://auth.example.org/x",
        "http://127.0.0.1/x",  # the base is not on this machine, so this is no business of its
        "https://user:pass@auth.example.org/x",
        "ftp://auth.example.org",
        "javascript:alert(1)",
        "file:///etc/passwd",
        5,
        ["https://auth.example.org"],
        "https://auth.example.org/\r\nx",
    ],
)
def test_an_address_that_is_not_https_is_refused(name, value):
    with pytest.raises(InvalidFhir) as caught:
        parsed(BASE, {**SAID, name: value})
    assert caught.value.code == "bad-smart-configuration"
    assert "example.org/" not in caught.value.message.replace("example.org:443", "")


def test_a_server_on_this_machine_may_name_others_on_it():
    local = {**SAID, "token_endpoint": "http://127.0.0.1:8080/token"}
    assert parsed("http://127.0.0.1:8080/fhir", local).token_endpoint.endswith("/token")


@pytest.mark.parametrize("base", [BASE, BASE + "/"])
def test_a_relative_address_is_of_the_base_url(base):
    assert parsed(base, {**SAID, "token_endpoint": "oauth/token"}).token_endpoint == (
        "https://ehr.example.org/fhir/oauth/token"
    )
    assert parsed(base, {**SAID, "token_endpoint": "/token"}).token_endpoint == (
        "https://ehr.example.org/token"
    )


def test_a_required_member_that_is_missing_is_an_error():
    without = {name: value for name, value in SAID.items() if name != "token_endpoint"}
    with pytest.raises(InvalidFhir, match="token_endpoint"):
        parsed(BASE, without)
    without = {name: value for name, value in SAID.items() if name != "authorization_endpoint"}
    with pytest.raises(InvalidFhir, match="authorization_endpoint"):
        parsed(BASE, without).authorize_at()


@pytest.mark.parametrize("methods", [[], ["plain"], ["s256"], None])
def test_without_s256_nothing_is_begun(methods):
    said = {name: value for name, value in SAID.items() if not name.startswith("code_")}
    if methods is not None:
        said["code_challenge_methods_supported"] = methods
    with pytest.raises(Refused) as caught:
        parsed(BASE, said).authorize_at()
    assert caught.value.code == "no-pkce"


@pytest.mark.parametrize("value", ["launch-ehr", [5], {"a": 1}, 5])
def test_capabilities_are_a_list_of_names(value):
    with pytest.raises(InvalidFhir):
        parsed(BASE, {**SAID, "capabilities": value})


def test_what_it_cannot_do_is_named():
    with pytest.raises(Refused, match="launch-standalone, permission-v2") as caught:
        parsed(BASE, SAID).require("launch-standalone", "launch-ehr", "permission-v2")
    assert caught.value.code == "not-capable"


# --- over HTTP ---


def local(server: ScriptedServer) -> Reply:
    return Reply(200, {**SAID, "token_endpoint": f"{server.root}/token"})


@pytest.mark.parametrize("slash", ["", "/"])
def test_it_is_asked_for_below_the_base_url_as_json(server, slash):
    server.on("GET", ".well-known/smart-configuration", local(server))
    assert discovered(server.base_url + slash, Limits()).token_endpoint == f"{server.root}/token"
    (asked,) = server.received
    assert asked.target == "/fhir/.well-known/smart-configuration"
    assert asked.headers["Accept"] == "application/json"
    assert "Authorization" not in asked.headers


def test_it_is_kept_for_a_while(server):
    server.on("GET", ".well-known/smart-configuration", local(server))
    now = [0.0]
    configurations = Configurations(Limits(), lambda: now[0], kept_seconds=100)
    for now[0] in (0.0, 99.0):
        configurations.of(server.base_url)
    assert len(server.received) == 1
    now[0] = 100.0
    configurations.of(server.base_url)
    assert len(server.received) == 2
    configurations.forget(server.base_url)
    configurations.of(server.base_url)
    assert len(server.received) == 3


def test_a_server_without_one_is_an_error_and_asked_again(server):
    configurations = Configurations(Limits())
    for _ in range(2):
        with pytest.raises(Refused) as caught:
            configurations.of(server.base_url)
        assert caught.value.code == "not-there"
    assert len(server.received) == 2
