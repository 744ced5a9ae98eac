"""Our client against the strict authorization server, as the service would use it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import requests

from fhir_handout.smart.client import Client, KeyFile
from fhir_handout.smart.configuration import Configuration, Configurations
from fhir_handout.smart.exchange import redeemed
from fhir_handout.smart.identity import Identities, Identity
from fhir_handout.smart.launch import Started, code_of, start
from fhir_handout.smart.limits import Limits
from fhir_handout.smart.tokens import Tokens
from servers.authorization import REDIRECT_URI, SmartEhr, followed

SCOPES = ("openid", "fhirUser", "offline_access", "patient/Condition.rs", "patient/Patient.r")
LIMITS = Limits()


@dataclass
class App:
    """Our app, as one EHR knows it."""

    ehr: SmartEhr
    client: Client
    scopes: tuple[str, ...] = SCOPES
    configurations: Configurations = field(default_factory=lambda: Configurations(LIMITS))
    identities: Identities = field(default_factory=lambda: Identities(LIMITS))

    @property
    def configuration(self) -> Configuration:
        return self.configurations.of(self.ehr.base)

    def began(self, launch: str | None = None) -> tuple[str, Started]:
        """The URL for the browser, and what is kept meanwhile."""
        return start(self.configuration, self.client.client_id, REDIRECT_URI, self.scopes, launch)

    def came_back(self, launch: str | None = None) -> tuple[Started, str]:
        """The code that a browser brings back."""
        url, started = self.began(launch)
        return started, code_of(started, self.configuration, followed(url))

    def redeem(self, started: Started, code: str) -> Tokens:
        return redeemed(self.client, self.configuration, started, code, LIMITS, time.time())

    def launched(self, launch: str | None = None) -> tuple[Started, Tokens]:
        """A whole launch."""
        started, code = self.came_back(launch)
        return started, self.redeem(started, code)

    def user(self, started: Started, tokens: Tokens) -> Identity:
        assert tokens.id_token is not None
        return self.identities.identity(
            tokens.id_token, self.configuration, self.client.client_id, started.nonce, time.time()
        )

    def reads(self, tokens: Tokens, path: str) -> int:
        """The status of a request to the FHIR server with the access token."""
        bearer = {"Authorization": f"Bearer {tokens.access_token}"}
        return requests.get(f"{self.ehr.base}/{path}", headers=bearer, timeout=60).status_code


MakeKeys = Callable[[str], Path]


def confidential(ehr: SmartEhr, file: Path, **options: object) -> App:
    """Our app, registered by the public keys of a file."""
    keys = KeyFile(file)
    client_id = ehr.server.confidential(keys.current().public(), **options)
    return App(ehr, Client(client_id, keys))
