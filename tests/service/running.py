"""The service for tests: a site's settings, the app in process, or a real server."""

import itertools
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timezone
from pathlib import Path

import requests
import uvicorn
from cryptography.fernet import Fernet
from fastapi import FastAPI

from fhir_handout.service.app import create_app
from fhir_handout.service.running import Service, start
from fhir_handout.service.settings import ServiceSettings, load_service_settings
from fhir_handout.service.wire import served_with

SECRET = Fernet.generate_key().decode()
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=timezone.utc)
_PORTS, _TURN = 1_500, itertools.count()
PUBLIC_URL = "http://127.0.0.1:8080"
SANDBOX = """
[service]
public_url = "{public_url}"
[tenants.riverside]
base_url = "{base_url}"
[tenants.riverside.site]
name = "Riverside Clinic"
country = "US"
"""


def settings_file(folder: Path, text: str) -> Path:
    """Write a settings file into `folder`."""
    path = folder / "service.toml"
    path.write_text(text, "utf-8")
    return path


def environ(folder: Path, **more: str) -> dict[str, str]:
    """The environment of a service that keeps everything in `folder`."""
    kept = {"XDG_STATE_HOME": str(folder / "state"), "XDG_CACHE_HOME": str(folder / "cache")}
    return {"FHIR_HANDOUT_SECRETS": SECRET, **kept, **more}


def service_settings(folder: Path, text: str = "", **more: str) -> ServiceSettings:
    """The settings that `text` says; without, those of a sandbox without any EHR behind it."""
    said = text or SANDBOX.format(public_url=PUBLIC_URL, base_url="http://127.0.0.1:9/fhir")
    return load_service_settings(environ(folder, **more), settings_file(folder, said))


def service(folder: Path, text: str = "", now: datetime | None = NOW) -> Service:
    """A service whose clock stands at `now`, or runs where that is None."""
    return start(service_settings(folder, text), (lambda: now) if now else None)


def free_port() -> int:
    """A port of this machine that nobody listens on, and that nobody gets by chance.

    Those that the system gives away begin above 32,767; each worker of a run has a part of its own.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 8
    while True:
        port = 20_000 + worker * _PORTS + (os.getpid() + next(_TURN)) % _PORTS
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


def served(running: Service, port: int) -> AbstractContextManager[str]:
    """A real server of the service on `port`; yields its address."""
    return served_by(create_app(running), port)


@contextmanager
def served_by(app: FastAPI, port: int) -> Iterator[str]:
    """A real server of an app, served as `serve` does."""
    config = uvicorn.Config(app, **served_with("127.0.0.1", port, 5))
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until_live(address)
        yield address
    finally:
        server.should_exit = True
        thread.join(20)


def wait_until_live(address: str) -> None:
    """Wait for a server to answer."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            if requests.get(f"{address}/health/live", timeout=5).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.05)
    raise RuntimeError("the service did not come up")
