"""The service as an app of an EHR: HAPI behind a strict authorization server."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from fhir_handout.service.running import Service
from fhir_handout.smart.own_keys import add_key
from servers.authorization import SmartEhr, SmartServer
from service.running import free_port, served, service
from service.visiting import Visitor

METHODS = ("none", "private_key_jwt")
_NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class OpenApp:
    """The service at an address, and the EHR that opens it."""

    address: str
    ehr: SmartEhr
    client_id: str
    running: Service
    upstream: str

    def launched(self, visitor: Visitor, **known: object) -> requests.Response:
        """What a browser sees that comes from the EHR."""
        return visitor.get(self.launch_url(**known))

    def launch_url(self, **known: object) -> str:
        """The address that the EHR opens."""
        launch = self.ehr.launch(**{"user": "Practitioner/dr-1", **known})
        return f"{self.address}/launch?iss={self.ehr.base}&launch={launch}"

    def options(self, **options: object) -> None:
        """What happens to launches from now on."""
        self.ehr.server.set_options(self.client_id, **options)


def settings(address: str, ehr: str, client_id: str, method: str, more: str = "") -> str:
    """A settings file of a site with this EHR."""
    return f"""
[service]
public_url = "{address}"
keys = "keys.json"
[tenants.riverside]
base_url = "{ehr}"
{more}
[tenants.riverside.smart]
client_id = "{client_id}"
method = "{method}"
[tenants.riverside.site]
name = "Riverside Clinic"
country = "US"
"""


def opened(
    smart_server: SmartServer,
    upstream: str,
    folder: Path,
    method: str = "none",
    more: str = "",
    **configuration: object,
) -> Iterator[OpenApp]:
    """The app in front of a FHIR server; `method` is how it signs in.

    `configuration` replaces what the EHR says of itself.
    """
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    ehr = smart_server.ehr(upstream, **configuration)
    key = add_key(folder / "keys.json", "ES384")
    metadata = {"redirect_uris": [f"{address}/callback"], "token_endpoint_auth_method": method}
    if method == "private_key_jwt":
        metadata["jwks"] = {"keys": [key.public]}
    client_id = smart_server.client(metadata)
    running = service(folder, settings(address, ehr.base, client_id, method, more), now=None)
    with served(running, port):
        yield OpenApp(address, ehr, client_id, running, upstream)


@pytest.fixture(scope="module")
def apps(
    smart_server: SmartServer, hapi_base_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, OpenApp]]:
    """The app, as a public and as a confidential client."""
    upstream, folder = hapi_base_url.rstrip("/"), tmp_path_factory.mktemp
    public, confidential = (
        contextmanager(opened)(smart_server, upstream, folder(method), method) for method in METHODS
    )
    with public as one, confidential as other:
        yield dict(zip(METHODS, (one, other), strict=True))


@pytest.fixture(params=METHODS)
def app(request: pytest.FixtureRequest, apps: dict[str, OpenApp]) -> OpenApp:
    """Each of both."""
    return apps[request.param]


@pytest.fixture
def public_app(apps: dict[str, OpenApp]) -> OpenApp:
    """The app as a public client; outside of the EHR no patient is chosen."""
    public = apps["none"]
    public.options(standalone={})
    return public


@pytest.fixture
def patient(hapi_base_url: str) -> str:
    """A synthetic patient at HAPI: kidney disease of the last stage, and a diuretic."""
    return put_patient(hapi_base_url.rstrip("/"))


def put_patient(base: str) -> str:
    """Put a synthetic patient into a FHIR server; its id."""
    name = f"launch-{next(_NUMBERS)}-{free_port()}"
    subject = {"reference": f"Patient/{name}"}
    resources = [
        {
            "resourceType": "Patient",
            "id": name,
            "name": [{"family": "Testperson", "given": ["Quillon"]}],
            "birthDate": "1961-03-04",
            "gender": "female",
        },
        {
            "resourceType": "Condition",
            "id": f"{name}-c",
            "subject": subject,
            "clinicalStatus": {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/condition-clinical",
                        "code": "active",
                    }
                ]
            },
            "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "N18.6"}]},
        },
        {
            "resourceType": "Practitioner",
            "id": "dr-1",
            "name": [{"prefix": ["Dr"], "given": ["Ada"], "family": "Testclinician"}],
        },
    ]
    for each in resources:
        where = f"{base}/{each['resourceType']}/{each['id']}"
        requests.put(where, json=each, timeout=60).raise_for_status()
    return name
