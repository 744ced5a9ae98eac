"""A whole EHR that a test owns: records, an authorization server, and every lie it is told to tell.

In: resources and changes to its answers. Out: a FHIR server that answers batches, searches and
transactions, and a SMART authorization server whose tokens are as the test wants them. It keeps
what is written, so that a test can count documents.
"""

import itertools
import threading
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from servers.scripted import Received, Reply, ScriptedServer
from unit.ehr.fhir import capability, searchset
from unit.smart.tokens import jwk, key_set, signed

USER = "Practitioner/dr-1"
CLIENT = "handout"
SCOPES = "launch openid fhirUser patient/*.cruds"


@dataclass
class ScriptedEhr:
    """An EHR over a scripted server; `token` changes its token answers, `claims` its id_tokens."""

    server: ScriptedServer
    now: float
    resources: list[dict[str, Any]] = field(default_factory=list)
    token: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    id_token: str = ""
    written: list[dict[str, Any]] = field(default_factory=list)
    nonces: dict[str, str] = field(default_factory=dict)
    patient: str | None = "p1"
    names: str = "w"
    numbers: Any = field(default_factory=lambda: itertools.count(1))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.server.otherwise = self._reply
        self.server.on("GET", "metadata", Reply(200, capability(("transaction", "batch"))))
        self.server.on("POST", "", self._bundle)
        self.server.on("POST", "token", self._tokens)
        smart, oidc = self._configuration(), {"issuer": self.issuer, "jwks_uri": self.jwks_uri}
        self.server.on("GET", ".well-known/smart-configuration", Reply(200, smart))
        self.server.on("GET", "auth/.well-known/openid-configuration", Reply(200, oidc))
        keys = key_set(jwk("rsa"), jwk("P-384"))
        self.server.on("GET", "auth/jwks", Reply(200, keys))

    @property
    def base(self) -> str:
        return self.server.base_url

    @property
    def issuer(self) -> str:
        return f"{self.server.root}/auth"

    @property
    def jwks_uri(self) -> str:
        return f"{self.issuer}/jwks"

    @property
    def documents(self) -> list[dict[str, Any]]:
        """The handouts that were written."""
        return [each for each in self.written if each["resourceType"] == "DocumentReference"]

    def authorize(self, url: str, **changed: str) -> str:
        """What the authorization server makes of the browser that comes: the way back."""
        said = dict(parse_qsl(urlsplit(url).query))
        code = f"secret-code-{next(self.numbers)}"
        self.nonces[code] = said["nonce"]
        back = {"code": code, "state": said["state"], **changed}
        return f"{said['redirect_uri']}?{urlencode({k: v for k, v in back.items() if v})}"

    # --- the authorization server ---

    def _configuration(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "jwks_uri": self.jwks_uri,
            "authorization_endpoint": f"{self.server.root}/authorize",
            "token_endpoint": f"{self.server.root}/token",
            "capabilities": ["launch-ehr", "launch-standalone", "client-public"],
            "code_challenge_methods_supported": ["S256"],
        }

    def _tokens(self, received: Received) -> Reply:
        nonce = self.nonces.get(received.body.get("code", ""), "")
        return Reply(200, self._answer(nonce), {"Content-Type": "application/json"})

    def _answer(self, nonce: str) -> dict[str, Any]:
        usual = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "dr-1",
            "nonce": nonce,
            "iat": self.now - 5,
            "exp": self.now + 240,
            "fhirUser": USER,
        }
        said = {
            "access_token": f"secret-access-{next(self.numbers)}",
            "refresh_token": f"secret-refresh-{next(self.numbers)}",
            "token_type": "Bearer",
            "expires_in": 3600,
            "scope": SCOPES,
            "patient": self.patient,
            "id_token": self.id_token or signed("rsa", **{**usual, **self.claims}),
            **self.token,
        }
        return {name: value for name, value in said.items() if value is not None}

    # --- the FHIR server ---

    def _reply(self, received: Received) -> Reply:
        if received.method != "GET":
            return Reply(404)
        kind, _, own = received.path.partition("/")
        mine = [each for each in self.all if each["resourceType"] == kind]
        if own:
            found = next((each for each in mine if each.get("id") == own), None)
            return Reply(200, found) if found else Reply(404)
        return Reply(200, searchset(*(each for each in mine if _fits(each, received.query))))

    @property
    def all(self) -> list[dict[str, Any]]:
        """Everything it has now."""
        return [*self.resources, *self.written]

    def _bundle(self, received: Received) -> Reply:
        with self.lock:
            entries = [self._entry(each) for each in received.body["entry"]]
        kind = f"{received.body['type']}-response"
        return Reply(200, {"resourceType": "Bundle", "type": kind, "entry": entries})

    def _entry(self, entry: dict[str, Any]) -> dict[str, Any]:
        asked = entry["request"]
        if asked["method"] == "GET":
            parts = urlsplit(asked["url"])
            said = Received("GET", parts.path, dict(parse_qsl(parts.query)), target=asked["url"])
            reply = self.server.reply_to(said)
            ok = reply.status < 400
            found = {"resource": reply.body} if ok or isinstance(reply.body, dict) else {}
            return {"response": {"status": f"{reply.status} Status"}, **found}
        return {"response": self._written(entry["resource"], asked)}

    def _written(self, resource: dict[str, Any], asked: dict[str, Any]) -> dict[str, str]:
        if asked["method"] == "PUT":
            self.written = [
                e for e in self.written if f"{e['resourceType']}/{e['id']}" != asked["url"]
            ]
            self.written.append(resource)
            return {"status": "200 OK", "location": asked["url"]}
        wanted = dict(parse_qsl(asked.get("ifNoneExist", "")))
        kind = resource["resourceType"]
        same = [
            e for e in self.written if e["resourceType"] == kind and wanted and _fits(e, wanted)
        ]
        if not same:
            same = [{**resource, "id": f"{self.names}{next(self.numbers)}"}]
            self.written += same
            return {"status": "201 Created", "location": f"{kind}/{same[0]['id']}/_history/1"}
        return {"status": "200 OK", "location": f"{kind}/{same[0]['id']}/_history/1"}


def _fits(resource: dict[str, Any], query: dict[str, str]) -> bool:
    """Whether a search finds it, as far as we search: by identifier, tag and target."""
    wanted = query.get("identifier", "").replace("\\", "")
    listed = [*resource.get("identifier", []), resource.get("masterIdentifier") or {}]
    if wanted and wanted not in {f"{i.get('system')}|{i.get('value')}" for i in listed}:
        return False
    tags = resource.get("meta", {}).get("tag", [])
    tagged = {f"{t.get('system')}|{t.get('code')}" for t in tags}
    return query.get("_tag", "").replace("\\", "") in {*tagged, ""}
