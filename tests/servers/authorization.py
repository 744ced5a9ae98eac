"""A strict SMART authorization server with FHIR servers behind it, and how tests set it up.

It is npm's `oidc-provider` with what SMART App Launch asks for besides (`smart/*.mjs`), installed
on first use into the cache folder of :mod:`running`. One server serves a whole test run, so tests
keep apart by an EHR and clients of their own.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from filelock import FileLock

from .running import ServerError, cache_folder, digest, make_once, run_step, served

_SOURCES = Path(__file__).resolve().parent / "smart"
_NEEDED_PROGRAMS = ("node", "npm")
_BUILD_SECONDS = 600
REDIRECT_URI = "http://127.0.0.1:9/callback"


def missing_programs() -> list[str]:
    """List the programs it needs that are not on the PATH; empty when it can be run."""
    return [program for program in _NEEDED_PROGRAMS if shutil.which(program) is None]


@contextmanager
def smart_server(shared: Path | None = None) -> Iterator["SmartServer"]:
    """Run the server; `shared` is as for `running.hapi_server`."""
    with served(_command, shared) as address:
        yield SmartServer(address)


def _command() -> list[str]:
    missing = missing_programs()
    if missing:
        raise ServerError(f"the authorization server needs {', '.join(missing)} on the PATH")
    files = sorted(path for path in _SOURCES.iterdir() if path.is_file())
    cache = cache_folder()
    folder = cache / f"smart-{digest(*(path.read_bytes() for path in files))}"

    def install(target: Path) -> None:
        for path in files:
            shutil.copy(path, target)
        run_step("npm", "ci", "--prefix", str(target), "--no-audit", "--no-fund")

    with FileLock(cache / "smart.lock", timeout=_BUILD_SECONDS):
        make_once(folder, install)
    return ["node", str(folder / "server.mjs")]


@dataclass(frozen=True)
class SmartServer:
    """The server at an address."""

    address: str

    def ehr(self, upstream: str, **configuration: Any) -> "SmartEhr":
        """An EHR in front of a FHIR server; `configuration` replaces what its page would say."""
        set_up = {"upstream": upstream, "configuration": configuration}
        return SmartEhr(self, self.admin("ehrs", set_up)["base"])

    def client(self, metadata: dict[str, Any] | None = None, **options: Any) -> str:
        """Register a client, a public one if nothing is said; its id."""
        usual = {"redirect_uris": [REDIRECT_URI], "token_endpoint_auth_method": "none"}
        client = {**usual, **(metadata or {})}
        return str(self.admin("clients", {"client": client, "options": options})["client_id"])

    def confidential(self, key_set: dict[str, Any] | str, **options: Any) -> str:
        """Register a client that signs, by its public keys or by where they are."""
        return self.client(_signs_with(key_set), **options)

    def backend(self, key_set: dict[str, Any] | str, **options: Any) -> str:
        """Register a client of Backend Services."""
        unattended = {
            "grant_types": ["client_credentials"],
            "response_types": [],
            "redirect_uris": [],
        }
        return self.client({**_signs_with(key_set), **unattended}, **options)

    def set_options(self, client_id: str, **options: Any) -> None:
        """Change what happens to a client's launches (smart/state.mjs lists them)."""
        self.admin("options", {"client_id": client_id, **options})

    def revoke(self, access_token: str) -> None:
        """End an access token, and with it all that was granted."""
        self.admin("revoke", {"token": access_token})

    def token_requests(self, client_id: str) -> list[dict[str, Any]]:
        """What came to the token endpoint from a client."""
        found: list[dict[str, Any]] = self.admin("requests", {})["requests"]
        return [each for each in found if each.get("clientId") == client_id]

    def admin(self, action: str, said: dict[str, Any]) -> Any:
        """Have the server do what `smart/admin.mjs` lists."""
        done = requests.post(f"{self.address}/admin/{action}", json=said, timeout=60)
        assert done.status_code == 200, done.text
        return done.json()


@dataclass(frozen=True)
class SmartEhr:
    """An EHR: a FHIR base URL, and launches from it."""

    server: SmartServer
    base: str

    def launch(self, **known: Any) -> str:
        """A launch by a user of the EHR: `user`, `patient`, `encounter`, `dropScopes`, `deny`, …"""
        return str(self.server.admin("launches", {"base": self.base, **known})["launch"])


def _signs_with(key_set: dict[str, Any] | str) -> dict[str, Any]:
    by = {"jwks_uri": key_set} if isinstance(key_set, str) else {"jwks": key_set}
    return {"token_endpoint_auth_method": "private_key_jwt", **by}


def followed(url: str, decision: str = "") -> dict[str, str]:
    """What a browser brings back to the redirect URI when it is sent to `url`.

    Where a page asks, it is told the `decision`: `allow` or `deny`.
    """
    with requests.Session() as browser:
        for _ in range(10):
            answer = browser.get(url, allow_redirects=False, timeout=60)
            _send_to_this_machine(browser)
            if answer.ok and not answer.is_redirect and decision:
                said = {"decision": decision}
                answer = browser.post(url, data=said, allow_redirects=False, timeout=60)
            assert answer.is_redirect, f"{answer.status_code}: {answer.text[:2000]}"
            url = answer.headers["Location"]
            if url.startswith("/"):
                url = f"{_origin(answer.url)}{url}"
            if url.startswith(REDIRECT_URI):
                return dict(parse_qsl(urlsplit(url).query))
    raise AssertionError("the redirects do not end")


def _send_to_this_machine(browser: requests.Session) -> None:
    """Take what is secure as browsers do, which send it here also without TLS."""
    for cookie in browser.cookies:
        cookie.secure = False


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
