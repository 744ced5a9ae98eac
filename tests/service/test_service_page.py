"""docs/service.md: its settings are valid and all there, its commands do what they say."""

import re
import subprocess
from pathlib import Path

import pytest
import requests

from fhir_handout.service.settings import load_service_settings
from fhir_handout.service.tables import CdsHooksTable, ServiceTable, SmartTable, TenantTable
from functional.records import condition, patient
from service.calling import ROOT, TOKEN, settings_text
from service.running import environ, free_port, served, service, settings_file

PAGE = (ROOT / "docs" / "service.md").read_text("utf-8")
(SETTINGS,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
CALLS = next(block for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) if "curl" in block)
FRESH = {"Cache-Control": "no-cache"}


def test_the_settings_on_the_page_are_valid(tmp_path: Path):
    found = load_service_settings(environ(tmp_path), settings_file(tmp_path, SETTINGS))
    assert found.table.clients[0].tenants == ("riverside",)
    assert found.tenants["riverside"].settings.site.name == "Riverside Clinic"


@pytest.mark.parametrize("table", [ServiceTable, TenantTable])
def test_every_key_is_told_of_with_what_it_is_without_it(table):
    for name, key in table.model_fields.items():
        (row,) = re.findall(rf"^\|[^|]*`{name}`[^|]*\|.*$", PAGE, re.MULTILINE)
        assert ("; needed | |" in row) is key.is_required()
        if isinstance(key.default, int) and not isinstance(key.default, bool):
            told = {5 * 1024 * 1024: "5 MiB"}.get(key.default, f"{key.default:,}")
            assert told in row or str(key.default) in row
    shown = {*re.findall(r"^(\w+) = ", SETTINGS, re.MULTILINE)}
    assert set(ServiceTable.model_fields) - {"clients"} <= shown


def test_the_settings_of_launches_and_hooks_are_valid_and_all_told_of(tmp_path: Path):
    """On the pages that docs/service.md leads to; together they make a settings file."""
    pages = [(ROOT / "docs" / name).read_text("utf-8") for name in ("smart.md", "cds-hooks.md")]
    tables = [
        block
        for block in re.findall(r"```toml\n(.*?)```", "".join(pages), re.DOTALL)
        if "[tenants." in block
    ]
    file = settings_file(tmp_path, SETTINGS + "\n".join(tables))
    tenant = load_service_settings(environ(tmp_path), file).tenants["riverside"].table
    assert tenant.smart
    assert tenant.cds_hooks
    for table, page in zip((SmartTable, CdsHooksTable), pages, strict=True):
        for name in table.model_fields:
            assert re.search(rf"`{name}[` ]|^{name} = ", page, re.MULTILINE), name


def test_the_calls_on_the_page_do_what_they_say(tmp_path: Path, sekmet_base_url: str):
    base = sekmet_base_url.rstrip("/")
    doctor = {"resourceType": "Practitioner", "id": "789", "name": [{"family": "Example"}]}
    for resource in (patient("123"), condition("N18.6", "123"), doctor):
        url = f"{base}/{resource['resourceType']}/{resource['id']}"
        assert requests.put(url, json=resource, headers=FRESH, timeout=60).ok
    with served(service(tmp_path, settings_text(base)), free_port()) as address:
        calls = CALLS.partition("\n")[2].replace("curl -sS", "curl -sS --fail-with-body -w '\\n'")
        done = subprocess.run(
            ["bash", "-euc", calls],
            cwd=tmp_path,
            env={"PATH": "/usr/bin:/bin:/usr/local/bin", "HANDOUTS": address, "TOKEN": TOKEN},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    assert (tmp_path / "handout.pdf").read_bytes()[:5] == b"%PDF-"
    for said in (
        '"done":"created","document":null',
        '"done":"created","document":"Doc',
        '"languages":[',
    ):
        assert said in done.stdout
