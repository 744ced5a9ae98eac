"""Writes docs/openapi.json: what the service describes itself as.

`python tools/openapi.py` renews it; with `--check` it writes nothing and exits 1 when it is stale.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from cryptography.fernet import Fernet

from fhir_handout.service.app import create_app
from fhir_handout.service.running import start
from fhir_handout.service.settings import load_service_settings

_FILE = Path(__file__).parents[1] / "docs" / "openapi.json"
_SETTINGS = """
[service]
public_url = "https://handouts.example.org"
[tenants.riverside]
base_url = "https://ehr.example.org/fhir"
"""


def described() -> str:
    """The description of a service with any settings: it is the same with all."""
    with tempfile.TemporaryDirectory() as home:
        file = Path(home) / "service.toml"
        file.write_text(_SETTINGS, "utf-8")
        environ = {"FHIR_HANDOUT_SECRETS": Fernet.generate_key().decode(), "XDG_STATE_HOME": home}
        service = start(load_service_settings(environ, file))
        try:
            return json.dumps(create_app(service).openapi(), indent=1, ensure_ascii=False) + "\n"
        finally:
            service.store.close()


def main(arguments: list[str]) -> int:
    """Write it, or only compare."""
    if "--check" not in arguments:
        _FILE.write_text(described(), "utf-8")
        return 0
    is_current = _FILE.is_file() and _FILE.read_text("utf-8") == described()
    if not is_current:
        print(f"{_FILE.name} is stale: run python tools/openapi.py")
    return 0 if is_current else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
