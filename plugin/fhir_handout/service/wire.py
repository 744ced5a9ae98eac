"""How the service is served: uvicorn's options, and a limit that it has not.

In: an address and a time to stop in. Out: arguments for uvicorn. What a request has besides its
body (its first line, headers, chunk sizes, trailers) has an end too: over that it is refused with
400, and the connection is closed.
"""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LONGEST = 128 * 1024
_TOLD = "The request is too long."


class Http(HttpToolsProtocol):
    """HTTP/1.1 by httptools, which takes headers of any length; a URL's end at 64 KiB is its own.

    What came is counted against its body, piece by piece, as it comes from the network.
    """

    _besides = 0

    def data_received(self, data: bytes) -> None:
        self._besides += len(data)
        super().data_received(data)
        if self._besides > LONGEST and not self.transport.is_closing():
            self.send_400_response(_TOLD)

    def on_message_begin(self) -> None:
        self._besides = max(self._besides, 0)
        super().on_message_begin()

    def on_body(self, body: bytes) -> None:
        self._besides -= len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._besides = 0
        super().on_message_complete()


def served_with(host: str, port: int, stop_seconds: int) -> dict[str, Any]:
    """What uvicorn is told besides the app."""
    return {
        "host": host,
        "port": port,
        "http": Http,
        "ws": "none",  # we have none, and uvicorn logs their addresses
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,
        "timeout_graceful_shutdown": stop_seconds,
    }
