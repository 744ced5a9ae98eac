"""The service's settings: all that is wrong in one message, and what tenants share."""

import re
from pathlib import Path

import pytest

from fhir_handout.errors import UsageError
from fhir_handout.service.running import start
from fhir_handout.service.settings import load_service_settings
from fhir_handout.service.tables import (
    ApiClient,
    CdsHooksTable,
    IssuerTable,
    ServiceTable,
    SmartTable,
    Table,
    TenantTable,
)
from fhir_handout.smart.own_keys import add_key
from service.running import SECRET, environ, service_settings, settings_file

LEAST = """
[service]
public_url = "https://handouts.example.org"
{service}
[tenants.riverside]
base_url = "https://ehr.example.org/fhir"
{tenant}
"""


def refused(folder: Path, text: str, **more: str) -> str:
    with pytest.raises(UsageError) as error:
        service_settings(folder, text, **more)
    assert error.value.code == "bad-settings"
    return error.value.message


# One wrong value for each key of each table, as TOML.
WRONG = {
    "service": {
        "public_url": '"http://handouts.example.org"',
        "host": "7",
        "port": "70000",
        "database": "7",
        "keys": "7",
        "clients": '[{name = "a", token_sha256 = "ABC"}]',
        "log_level": '"loud"',
        "max_body_bytes": "1",
        "max_entries": "0",
        "body_seconds": "0",
        "stop_seconds": "0",
        "session_minutes": "1",
        "launch_minutes": "0",
        "audit_days": "0",
        "feedback_days": "0",
    },
    "tenants.riverside": {
        "base_url": '"https://user@ehr.example.org/fhir"',
        "label": "7",
        "pack": "7",
        "time_zone": '"Mars/Base"',
        "frame_ancestors": '["https://ehr.example.org/path"]',
        "resource_link": '"https://ehr.example.org/chart"',
    },
    "tenants.riverside.smart": {
        "client_id": '""',
        "method": '"client_secret"',
        "scopes": '"patient/*.rs"',
        "issuers": '["ftp://ehr.example.org"]',
        "standalone": '"perhaps"',
    },
    "tenants.riverside.cds_hooks": {
        "issuers": '[{iss = "https://ehr.example.org"}]',
        "accept_unsigned": '"perhaps"',
        "cors_origins": '["ehr.example.org"]',
        "reasons": '["whim"]',
        "new_medicine_days": "0",
        "formats": '["docx"]',
        "not_kept": '["condition list"]',
    },
    "tenants.riverside.site": {"country": '"USA"', "phone": "7"},
    "tenants.riverside.ehr": {"read_timeout": "-1", "formats": '["docx"]'},
    "tenants.riverside.terminology": {"server": "7"},
    "tenants.riverside.content": {"approvals": "7"},
}


def test_every_wrong_key_is_named_in_one_message(tmp_path: Path):
    text = "".join(
        f"[{table}]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items())
        for table, keys in WRONG.items()
    )
    told = refused(tmp_path, text)
    for table, keys in WRONG.items():
        of_a_site = table.rpartition(".")[2] in ("site", "ehr", "terminology", "content")
        for key in keys:
            name = (
                f"tenants.riverside: {table.rpartition('.')[2]}.{key}"
                if of_a_site
                else f"{table}.{key}"
            )
            assert name in told, name
    assert "\n" not in told


def test_every_key_of_the_tables_has_a_wrong_value_above():
    models: dict[str, type[Table]] = {
        "service": ServiceTable,
        "tenants.riverside": TenantTable,
        "tenants.riverside.smart": SmartTable,
        "tenants.riverside.cds_hooks": CdsHooksTable,
    }
    nested = {"smart", "cds_hooks", "site", "ehr", "terminology", "content"}
    for table, model in models.items():
        assert set(WRONG[table]) == set(model.model_fields) - nested


def test_unknown_keys_and_tables_are_named(tmp_path: Path):
    text = LEAST.format(
        service="prot = 1", tenant='baseurl = ""\n[tenants.riverside.smrat]\n[serivce]'
    )
    told = refused(tmp_path, text)
    for name in (
        "service.prot",
        "tenants.riverside.baseurl",
        "tenants.riverside.smrat",
        "[serivce]",
    ):
        assert f"unknown key {name}" in told or f"unknown table {name}" in told


def client(name: str, token: str = "0", tenants: str = "") -> str:
    return f'{{name = "{name}", token_sha256 = "{token * 64}", tenants = [{tenants}]}}'


@pytest.mark.parametrize(
    ("clients", "said"),
    [
        ([client("a", tenants='"hillside"')], "a names no tenant hillside"),
        ([client("a"), client("a", "1")], "has a name twice"),
        ([client("a"), client("b")], "has a token twice"),
    ],
)
def test_clients_that_do_not_go_together_are_told(tmp_path: Path, clients: list[str], said: str):
    text = LEAST.format(service=f"clients = [{', '.join(clients)}]", tenant="")
    assert said in refused(tmp_path, text)


SMART = "[tenants.riverside.smart]\nclient_id = 'a'\n"
HOOKS = "[tenants.riverside.cds_hooks]\n"
TWO = "{iss = 'a', jwks = 'b', jwks_url = 'https://c.example.org'}"


@pytest.mark.parametrize(
    ("tenant", "said"),
    [
        (f"{SMART}method = 'private_key_jwt'", "needs service.keys"),
        ("[tenants.b]\nbase_url = 'https://ehr.example.org/fhir/'", "two tenants have the address"),
        ("[tenants.Big_Name]\nbase_url = 'https://other.example.org'", "small letters"),
        (HOOKS, "needs issuers, or accept_unsigned"),
        (f"{HOOKS}issuers = [{TWO}]", "needs either jwks_url or jwks"),
    ],
)
def test_tables_of_a_tenant_that_do_not_go_together_are_told(tmp_path: Path, tenant, said: str):
    assert said in refused(tmp_path, LEAST.format(service="", tenant=tenant))


def test_a_file_without_tenants_or_of_another_kind_is_told(tmp_path: Path):
    assert "no table [tenants.NAME]" in refused(
        tmp_path, '[service]\npublic_url = "https://a.example.org"'
    )
    assert "service" in refused(
        tmp_path, "service = 1\n[tenants.a]\nbase_url = 'https://a.example.org'"
    )
    assert "tenants.a" in refused(tmp_path, "[tenants]\na = 1")


def test_no_message_repeats_a_secret(tmp_path: Path):
    text = LEAST.format(
        service='database = "postgresql://a:Quillon@b/c"\ndatabse = "Quillon"', tenant=""
    )
    assert "Quillon" not in refused(tmp_path, text, FHIR_HANDOUT_SECRETS="Quillon")
    shown = repr(
        service_settings(
            tmp_path, LEAST.format(service='database = "sqlite:///Quillon"', tenant="")
        )
    )
    assert "Quillon" not in shown
    assert SECRET not in shown


def test_secrets_are_needed_and_come_from_a_variable_or_a_file(tmp_path: Path):
    text = LEAST.format(service="", tenant="")
    file = settings_file(tmp_path, text)
    bare = environ(tmp_path)
    del bare["FHIR_HANDOUT_SECRETS"]
    with pytest.raises(UsageError, match="FHIR_HANDOUT_SECRETS"):
        load_service_settings(bare, file)
    (tmp_path / "secrets").write_text(f"{SECRET}\n{SECRET}\n")
    found = load_service_settings(
        {**bare, "FHIR_HANDOUT_SECRETS_FILE": str(tmp_path / "secrets")}, file
    )
    assert found.secrets == (SECRET, SECRET)
    for wrong in ("short", f"{SECRET} short"):
        assert "never made" in refused(tmp_path, text, FHIR_HANDOUT_SECRETS=wrong)


def test_the_database_is_that_of_the_environment_then_of_the_file_then_a_file_of_its_own(
    tmp_path: Path,
):
    plain, named = (LEAST.format(service=s, tenant="") for s in ("", 'database = "sqlite:///b.db"'))
    assert (
        service_settings(tmp_path, plain).database_url
        == f"sqlite:///{tmp_path}/state/fhir-handout/service.db"
    )
    assert service_settings(tmp_path, named).database_url == "sqlite:///b.db"
    found = service_settings(tmp_path, named, FHIR_HANDOUT_DATABASE="sqlite:///c.db")
    assert found.database_url == "sqlite:///c.db"


def test_tenants_have_the_tables_of_the_file_unless_they_have_their_own(tmp_path: Path):
    text = """
    [service]
    public_url = "https://handouts.example.org/"
    [site]
    name = "All clinics"
    country = "US"
    [ehr]
    read_timeout = 7
    [tenants.riverside]
    base_url = "https://a.example.org/fhir/"
    [tenants.hill-side]
    base_url = "https://b.example.org/fhir"
    label = "The hill"
    [tenants.hill-side.site]
    name = "Hillside"
    """
    found = service_settings(
        tmp_path, text, FHIR_HANDOUT_TOKEN="shared", FHIR_HANDOUT_TOKEN_HILL_SIDE="theirs"
    )
    riverside, hillside = found.tenants["riverside"], found.tenants["hill-side"]
    assert (found.public_url, riverside.base_url) == (
        "https://handouts.example.org",
        "https://a.example.org/fhir",
    )
    assert (riverside.settings.site.name, hillside.settings.site.name) == (
        "All clinics",
        "Hillside",
    )
    assert (riverside.settings.site.country, hillside.settings.site.country) == ("US", "")
    assert riverside.settings.read_timeout == hillside.settings.read_timeout == 7
    assert (riverside.label, hillside.label) == ("All clinics", "The hill")
    # A token is one server's: what is set for all is sent to none of several.
    assert (riverside.settings.token, hillside.settings.token) == (None, "theirs")


def test_a_client_is_shown_without_its_token():
    client = ApiClient(name="a", token_sha256="0" * 64)
    assert "000" not in repr(client)


def test_an_issuer_names_one_source_of_keys():
    assert IssuerTable(iss="a", jwks=Path("b")).jwks_url is None
    assert re.search("https", str(IssuerTable(iss="a", jwks_url="https://a.example.org").jwks_url))


def test_keys_that_are_not_there_are_told_at_the_start(tmp_path: Path):
    """At a launch a clinician would be told, who can't mend it."""
    settings = service_settings(tmp_path, LEAST.format(service="keys = 'keys.json'", tenant=""))
    with pytest.raises(UsageError, match="service.keys: can't read the keys") as error:
        start(settings)
    assert error.value.code == "bad-settings"
    add_key(tmp_path / "keys.json", "ES384")
    start(settings).store.close()
