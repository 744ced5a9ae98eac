"""The service as people run it: `fhir-handout serve`, a process of its own with its logs in files.

In: a folder, settings, and Python to run in it before, for faults that no input makes. Out: a
`Process`; it is ended by SIGTERM, and must then end by itself.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from service.running import environ, settings_file, wait_until_live

_RUN = "from fhir_handout.__main__ import run; run()"
_SECONDS = 40


@dataclass(frozen=True)
class Process:
    """A running service; `logs` is all that it wrote to standard output and error."""

    address: str
    folder: Path
    name: str
    running: "subprocess.Popen[bytes]"

    @property
    def logs(self) -> str:
        return "".join(
            (self.folder / f"{self.name}.{end}").read_text("utf-8") for end in ("out", "err")
        )

    def kill(self) -> None:
        """End it as a crash does."""
        self.running.kill()
        self.running.wait()


@contextmanager
def process(
    folder: Path, text: str, port: int, name: str = "serve", before: str = "", **more: str
) -> Iterator[Process]:
    """Run it; everything that it keeps, temporary files too, is in `folder`."""
    (folder / "tmp").mkdir(exist_ok=True)
    said = {**os.environ, **environ(folder, **more), "TMPDIR": str(folder / "tmp")}
    command = [sys.executable, "-X", "dev", "-W", "default", "-c", f"{before}\n{_RUN}", "serve"]
    command += ["--settings", str(settings_file(folder, text)), "--port", str(port)]
    with (folder / f"{name}.out").open("ab") as out, (folder / f"{name}.err").open("ab") as err:
        running = subprocess.Popen(command, env=said, cwd=folder, stdout=out, stderr=err)
        found = Process(f"http://127.0.0.1:{port}", folder, name, running)
        try:
            wait_until_live(found.address)
            yield found
        finally:
            running.send_signal(signal.SIGTERM)
            try:
                running.wait(_SECONDS)
            except subprocess.TimeoutExpired:
                running.kill()
                running.wait()
                raise
