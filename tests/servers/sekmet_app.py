"""Runs sekmet-fhir on a free port of 127.0.0.1, in the current folder.

Run as a script by :mod:`running`, not imported. It is `sekmet serve` with three differences: the
socket is bound before the server's own address is settled (so that the addresses in its answers are
right and no port is guessed), its simulator is off (it would answer a prescription with a dispense
of its own), and it ends when its standard input does.
"""

import os
import socket
import sys
import threading

import uvicorn
from sekmet.config import (  # type: ignore[import-untyped]
    Settings,
    SimulatorSettings,
    set_settings,
)
from sekmet.main import create_app  # type: ignore[import-untyped]


def end_with_standard_input() -> None:
    """Wait for the end of standard input, then end this process: whoever started it is gone."""
    while sys.stdin.buffer.read(1024):
        pass
    os._exit(0)


def main() -> None:
    """Print `READY <address>` as soon as connections are taken, and serve."""
    threading.Thread(target=end_with_standard_input, daemon=True).start()
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    settings = Settings(
        base_url=f"http://127.0.0.1:{port}/fhir",
        host="127.0.0.1",
        port=port,
        simulator=SimulatorSettings(enabled=False),
    )
    set_settings(settings)
    server = uvicorn.Server(uvicorn.Config(create_app(settings), log_level="info"))
    sys.stdout.write(f"READY {settings.base_url}\n")
    sys.stdout.flush()
    server.run(sockets=[listener])


if __name__ == "__main__":
    main()
