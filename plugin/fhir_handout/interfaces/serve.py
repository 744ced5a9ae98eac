"""The command `serve`: the service, until it is told to stop.

In: the environment and a settings file. Out: a process that answers HTTP and logs JSON lines. On
SIGTERM or SIGINT it takes nothing new, ends what it has begun, and exits.
"""

from __future__ import annotations

import argparse
import gc
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

from fhir_handout.errors import UsageError
from fhir_handout.interfaces.command import Commands, command_of


def serve_command(commands: Commands) -> None:
    """Add `serve`."""
    command = command_of(
        commands,
        "serve",
        "run the service: REST, CDS Hooks, SMART App Launch",
        "  fhir-handout serve --settings site.toml\n"
        "  fhir-handout serve --settings site.toml --port 8443",
    )
    command.add_argument(
        "--settings", type=Path, metavar="FILE", help="the settings, a TOML file (docs/service.md)"
    )
    command.add_argument("--host", help="the address to listen on (default: service.host)")
    command.add_argument("--port", type=int, help="the port (default: service.port)")


def run(args: argparse.Namespace, environ: Mapping[str, str]) -> None:
    """Serve until stopped."""
    try:
        import uvicorn

        from fhir_handout.service.app import create_app
        from fhir_handout.service.logs import set_up
        from fhir_handout.service.running import start
        from fhir_handout.service.settings import load_service_settings
        from fhir_handout.service.wire import served_with
    except ModuleNotFoundError as error:
        raise UsageError(
            "not-installed", f"`serve` needs {error.name}; install fhir-handout[service]"
        ) from None
    settings = load_service_settings(environ, args.settings)
    table = settings.table
    service = start(settings)
    set_up(table.log_level)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _ended)
    port = table.port if args.port is None else args.port
    options = served_with(args.host or table.host, port, table.stop_seconds)
    app = create_app(service)
    gc.freeze()  # what is there now stays, and need not be looked at again
    gc.enable()  # it is off for commands, whose processes end before it could pay
    uvicorn.run(app, **options)


def _ended(_number: int, _frame: FrameType | None) -> None:
    """Being told to stop is no failure; uvicorn raises the signal again when it has stopped."""
    sys.exit(0)
