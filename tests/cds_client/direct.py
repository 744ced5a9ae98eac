"""A transport without HTTP: the strict EHR before our functions, as a router has to call them."""

import json
import time
from collections.abc import Mapping
from typing import Any

from fhir_handout.cds_hooks.answer import answer
from fhir_handout.cds_hooks.discovery import discovery
from fhir_handout.cds_hooks.feedback import Feedback, feedback
from fhir_handout.cds_hooks.hooks import service
from fhir_handout.cds_hooks.policy import CdsTenant
from fhir_handout.cds_hooks.refused import HookRefused
from fhir_handout.cds_hooks.trust import Trust
from fhir_handout.model import Moment

BASE_URL = "https://handout.example.org/ehr/one"


class Direct:
    """What a router does, and what came of it."""

    def __init__(self, tenant: CdsTenant, moment: Moment) -> None:
        self.tenant, self.moment = tenant, moment
        self.seen: set[tuple[str, str]] = set()
        self.trust = Trust(tenant.policy, self._fetch, self._is_seen)
        self.feedback: list[Feedback] = []
        self.requests_sent: list[int] = []

    def __call__(
        self, method: str, url: str, headers: Mapping[str, str], body: Any
    ) -> tuple[int, Any]:
        assert url.startswith(f"{BASE_URL}/cds-services")
        try:
            self.trust.caller(headers.get("Authorization"), url, time.time())
            sent = json.loads(json.dumps(body))
            return 200, self._answer(method, url.removeprefix(f"{BASE_URL}/cds-services"), sent)
        except HookRefused as error:
            return error.status, {"code": error.code, "detail": error.message}

    def _answer(self, method: str, path: str, body: Any) -> Any:
        if method == "GET":
            return discovery(self.tenant, self.moment.today)
        name, _, rest = path.removeprefix("/").partition("/")
        if rest == "feedback":
            service(self.tenant, name)
            self.feedback += feedback(body)
            return {}
        found = answer(body, name, self.tenant, self.moment)
        self.requests_sent.append(found.requests_sent)
        return found.body

    def _is_seen(self, issuer: str, jti: str, until: float) -> bool:
        was_there = (issuer, jti) in self.seen
        self.seen.add((issuer, jti))
        return was_there

    def _fetch(self, url: str) -> Any:
        raise AssertionError(f"fetched {url}")
