"""Runs a real PostgreSQL for the tests: on a Unix socket, in a scratch folder of its own.

Its programs are looked for on the PATH and where Debian keeps them. They refuse to be root, so then
they run as another user. Nothing listens on any network.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

_DEBIAN = Path("/usr/lib/postgresql")
_PROGRAMS = ("initdb", "pg_ctl", "postgres")
_OTHERS = ("postgres", "nobody")
_SECONDS = 60


def missing_programs() -> list[str]:
    """What PostgreSQL needs and is not there; empty when it can be run."""
    missing = [name for name in _PROGRAMS if _program(name) is None]
    if os.geteuid() == 0 and shutil.which("setpriv") is None:
        missing.append("setpriv")
    return missing


@contextmanager
def postgresql_server() -> Iterator[str]:
    """Run a server; yields the SQLAlchemy URL of its empty database."""
    with tempfile.TemporaryDirectory(prefix="pg-") as scratch:
        folder = Path(scratch)
        if os.geteuid() == 0:
            owner = _other()
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        data = folder / "data"
        _run("initdb", "-D", str(data), "-U", "handout", "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-c listen_addresses='' -c fsync=off -k {folder}"
        _run("pg_ctl", "-D", str(data), "-w", "-o", options, "-l", str(folder / "log"), "start")
        try:
            yield f"postgresql://handout@/postgres?host={quote(str(folder), safe='')}"
        finally:
            _run("pg_ctl", "-D", str(data), "-w", "-m", "immediate", "stop")


def _run(name: str, *args: str) -> None:
    program = _program(name)
    if program is None:
        raise RuntimeError(f"PostgreSQL's {name} is not there")
    done = subprocess.run(
        [*_as_another(), program, *args],
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{name} ended with status {done.returncode}: {done.stderr[-500:]}")


def _program(name: str) -> str | None:
    """Debian's own programs first: those on the PATH may be scripts that refuse to be anybody."""
    found = sorted(_DEBIAN.glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    return str(found[-1]) if found else shutil.which(name)


def _other() -> pwd.struct_passwd:
    known = {user.pw_name: user for user in pwd.getpwall()}
    return next(known[name] for name in _OTHERS if name in known)


def _as_another() -> Sequence[str]:
    if os.geteuid() != 0:
        return ()
    owner = _other()
    return ("setpriv", f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups")
