"""A real HTTP server on 127.0.0.1 that answers what a test tells it to, however badly.

In: replies for each method and path. Out: an address, and the requests that came. A path is given
relative to the base URL, with its query or without; replies to it are given in order, and the last
one is given again and again. What was not foreseen is answered with 404.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from typing import Any
from urllib.parse import parse_qsl, urlsplit

BASE_PATH = "/fhir"
_REASONS = {200: "OK", 201: "Created", 400: "Bad Request", 404: "Not Found"}


@dataclass(frozen=True)
class Received:
    """A request that came; `path` is relative to the base URL."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    target: str = ""


@dataclass(frozen=True)
class Reply:
    """An answer, and what goes wrong with it.

    `body` is sent as it is if it is bytes, else as JSON. With `cut_after`, that many bytes of the
    whole answer are sent before the connection ends; 0 is no answer at all. With `drip`, it is sent
    a byte at a time, with that many seconds between them.
    """

    status: int = 200
    body: Any = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    cut_after: int | None = None
    drip: float = 0.0

    def as_bytes(self) -> bytes:
        """The answer as it goes over the wire."""
        is_bytes = isinstance(self.body, bytes)
        body = self.body if is_bytes else json.dumps(self.body).encode()
        headers = {
            "Content-Type": "text/html" if is_bytes else "application/fhir+json",
            "Content-Length": str(len(body)),
            **self.headers,
        }
        head = f"HTTP/1.1 {self.status} {_REASONS.get(self.status, 'Status')}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return head.encode() + b"\r\n" + body


Script = Reply | Callable[[Received], Reply]


class ScriptedServer:
    """The script, and what came of it."""

    def __init__(self, root: str) -> None:
        self.root, self.base_url = root, f"{root}{BASE_PATH}"
        self.received: list[Received] = []
        self.otherwise: Script = Reply(404)
        self._script: dict[tuple[str, str], list[Script]] = {}
        self._lock = threading.Lock()

    def on(self, method: str, path: str, *replies: Script) -> None:
        """Answer requests for `path` with these, in order; replaces what was said before."""
        self._script[method, path] = list(replies)

    def forget(self) -> None:
        """Answer nothing, and know of no request: as it was when it began."""
        self._script.clear()
        self.received.clear()

    def count(self, method: str, path: str | None = None) -> int:
        """How many requests of that method came, to that path or to any."""
        return len([r for r in self.received if r.method == method and path in (None, r.path)])

    def reply_to(self, received: Received) -> Reply:
        """What the script says, without writing down that it was asked."""
        query = "&".join(f"{name}={value}" for name, value in received.query.items())
        keys = [(received.method, f"{received.path}?{query}"), (received.method, received.path)]
        with self._lock:
            replies = next((self._script[key] for key in keys if key in self._script), None)
            if replies:
                script = replies.pop(0) if len(replies) > 1 else replies[0]
            else:
                script = self.otherwise
        return script if isinstance(script, Reply) else script(received)


@contextmanager
def scripted_server(tls: SSLContext | None = None) -> Iterator[ScriptedServer]:
    """Run a scripted server on a free port, with TLS if a context is given."""
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    if tls is not None:
        httpd.socket = tls.wrap_socket(httpd.socket, server_side=True)
    scheme = "https" if tls is not None else "http"
    server = ScriptedServer(f"{scheme}://127.0.0.1:{httpd.server_port}")
    httpd.RequestHandlerClass = type("_Bound", (_Handler,), {"scripted": server})
    thread = threading.Thread(target=httpd.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        httpd.shutdown()
        httpd.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    scripted: ScriptedServer

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except OSError:  # the client has gone; it had reason to
            self.close_connection = True

    def log_message(self, *args: Any) -> None:
        """Say nothing."""

    def _answer(self) -> None:
        received = self._received()
        self.scripted.received.append(received)
        reply = self.scripted.reply_to(received)
        time.sleep(reply.delay)
        answer = reply.as_bytes()[: reply.cut_after]
        # In one piece, or the pieces would wait for each other on the wire.
        pieces = [answer] if not reply.drip else [answer[i : i + 1] for i in range(len(answer))]
        for piece in pieces:
            self.wfile.write(piece)
            self.wfile.flush()
            time.sleep(reply.drip)
        self.close_connection = reply.cut_after is not None or "Content-Length" in reply.headers

    def _received(self) -> Received:
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        url = urlsplit(self.path)
        return Received(
            self.command,
            url.path.removeprefix(BASE_PATH).strip("/"),
            dict(parse_qsl(url.query)),
            dict(self.headers.items()),
            self._parsed(body) if body else None,
            self.path,
        )

    def _parsed(self, body: bytes) -> Any:
        if self.headers.get_content_type() == "application/x-www-form-urlencoded":
            return dict(parse_qsl(body.decode()))
        return json.loads(body)

    do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815
