"""Starts real servers for the tests and ends them again.

:func:`hapi_server` is a HAPI FHIR JPA R4 server, :func:`sekmet_server` a second, different one.
Both yield a base URL and listen on 127.0.0.1 only.

HAPI is built on first use: Maven fetches its jars (some 290 MB) into a cache folder outside git,
`.cache/hapi` under the repository root or the folder named by FHIR_HANDOUT_TEST_CACHE, and `javac`
compiles `hapi/HapiServer.java`. Starting it takes some ten seconds, so the processes of one test
run share one server: see `shared` of :func:`hapi_server`.

**How a server ends.** Its standard input is a named pipe of which every user holds the writing end.
When the last user closes it, or dies, the server reads the end of the file and exits. The operating
system does the counting, so nothing is left running after a crash. This needs a POSIX system.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import requests
from filelock import FileLock

_HERE = Path(__file__).resolve().parent
_POM = _HERE / "hapi" / "pom.xml"
_JAVA_CLASS = _HERE / "hapi" / "HapiServer.java"
_SEKMET_APP = _HERE / "sekmet_app.py"

CACHE_VARIABLE = "FHIR_HANDOUT_TEST_CACHE"
_NEEDED_PROGRAMS = ("java", "javac", "mvn")

# Small, and quick to start rather than quick to run: no optimizing compiler, and no verification of
# the bytecode of some 250 jars that Maven has just checked (2 s of 12).
_JAVA_OPTIONS = (
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:+UnlockDiagnosticVMOptions",
    "-XX:-BytecodeVerificationRemote",
)

_BUILD_SECONDS = 900
_START_SECONDS = 120
_STOP_SECONDS = 20
_LOG_LINES_SHOWN = 40

# Servers that other processes may still be using when we are done with them. Kept so that Python
# does not warn about a child it has forgotten.
_left_to_others: list[subprocess.Popen[bytes]] = []


class ServerError(RuntimeError):
    """A server could not be built, or did not come up; ends with the tail of its log."""


def missing_programs() -> list[str]:
    """List the programs HAPI needs that are not on the PATH; empty when it can be run."""
    return [program for program in _NEEDED_PROGRAMS if shutil.which(program) is None]


@contextmanager
def hapi_server(shared: Path | None = None) -> Iterator[str]:
    """Run a HAPI FHIR JPA R4 server with an empty database in memory; yields its base URL.

    Without `shared` the server is the caller's own. With it, every process that names the same
    folder gets the same server: the first to come starts it, the last to leave ends it. Tests that
    share it keep apart by using identifiers and patients of their own.
    """
    with served(_hapi_command, shared) as base_url:
        yield base_url


@contextmanager
def sekmet_server(shared: Path | None = None) -> Iterator[str]:
    """Run a sekmet-fhir server with an empty database in a folder; yields its base URL.

    `shared` is as for :func:`hapi_server`; without it the folder is a scratch one.
    """
    with served(_sekmet_command, shared) as base_url:
        yield base_url


# --- building HAPI ---


def _hapi_command() -> list[str]:
    """Give the command that runs HAPI, built first if need be."""
    missing = missing_programs()
    if missing:
        raise ServerError(f"HAPI needs {', '.join(missing)} on the PATH (a Java 17 JDK and Maven)")
    cache = cache_folder()
    pom = _POM.read_bytes()
    jars = cache / f"jars-{digest(pom)}"
    classes = cache / f"classes-{digest(pom, _JAVA_CLASS.read_bytes())}"

    def fetch_jars(target: Path) -> None:
        run_step(
            "mvn", "-q", "-B", "-f", str(_POM),
            "dependency:copy-dependencies", f"-DoutputDirectory={target}",
        )  # fmt: skip

    def compile_class(target: Path) -> None:
        run_step(
            "javac", "-proc:none", "-cp", _class_path(jars), "-d", str(target), str(_JAVA_CLASS)
        )

    # Two processes may come here at once; the second waits for the first and finds everything done.
    with FileLock(cache / "build.lock", timeout=_BUILD_SECONDS):
        make_once(jars, fetch_jars)
        make_once(classes, compile_class)
    class_path = os.pathsep.join((_class_path(jars), str(classes)))
    return ["java", *_JAVA_OPTIONS, "-cp", class_path, "HapiServer"]


def cache_folder() -> Path:
    """Give the folder for jars and classes; it keeps itself out of git."""
    named = os.environ.get(CACHE_VARIABLE)
    cache = Path(named).resolve() if named else _HERE.parents[1] / ".cache" / "hapi"
    cache.mkdir(parents=True, exist_ok=True)
    ignore = cache / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")
    return cache


def digest(*parts: bytes) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def _class_path(jars: Path) -> str:
    """List all jars, in an order that is the same everywhere."""
    return os.pathsep.join(str(jar) for jar in sorted(jars.glob("*.jar")))


def make_once(folder: Path, make: Callable[[Path], None]) -> None:
    """Have `make` fill `folder` unless it is there; a folder that is there is complete."""
    if folder.exists():
        return
    unfinished = folder.with_name(folder.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    make(unfinished)
    unfinished.rename(folder)


def run_step(*command: str) -> None:
    """Run a build step; on failure say which and show the end of what it printed."""
    step = Path(command[0]).name
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=_BUILD_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        raise ServerError(f"building a server: {step} took over {_BUILD_SECONDS} s") from late
    if done.returncode != 0:
        raise ServerError(
            f"building a server: {step} ended with status {done.returncode}\n{tail(done.stdout)}"
        )


# --- running any of them ---


def _sekmet_command() -> list[str]:
    return [sys.executable, str(_SEKMET_APP)]


@contextmanager
def served(command: Callable[[], Sequence[str]], shared: Path | None) -> Iterator[str]:
    """Run a server in a scratch folder of its own, or join or start the one in `shared`."""
    if shared is None:
        with tempfile.TemporaryDirectory(prefix="fhir-server-") as scratch:
            base_url, writing_end, process = _join_or_start(command, Path(scratch))
            try:
                yield base_url
            finally:
                os.close(writing_end)
                if process is not None:
                    _wait_until_ended(process)
        return
    shared.mkdir(parents=True, exist_ok=True)
    base_url, writing_end, process = _join_or_start(command, shared)
    try:
        yield base_url
    finally:
        os.close(writing_end)
        if process is not None:
            _left_to_others.append(process)


def _join_or_start(
    command: Callable[[], Sequence[str]], folder: Path
) -> tuple[str, int, subprocess.Popen[bytes] | None]:
    """Join the server that runs in `folder`, or start it there.

    Gives its address, the end of the pipe that keeps it alive until closed, and its process if it
    is ours. The folder holds that pipe (`alive`), the log (`server.log`) and a lock.
    """
    pipe, log = folder / "alive", folder / "server.log"
    with FileLock(folder / "lock", timeout=_BUILD_SECONDS + _START_SECONDS):
        joined = _join(pipe)
        if joined is not None:
            running_at = _printed_address(log)
            if running_at is not None and _answers(running_at):
                return running_at, joined, None
            os.close(joined)  # it was just ending
        process, writing_end = _start(command(), pipe, log)
        try:
            return _wait_until_ready(process, log), writing_end, process
        except BaseException:
            os.close(writing_end)
            _wait_until_ended(process)
            raise


def _join(pipe: Path) -> int | None:
    """Open the writing end of a running server's pipe, or give None where no server reads it."""
    try:
        return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
    except OSError:  # no such pipe, or nobody at its reading end
        return None


def _start(command: Sequence[str], pipe: Path, log: Path) -> tuple[subprocess.Popen[bytes], int]:
    """Start a server on a new pipe; gives its process and the writing end."""
    pipe.unlink(missing_ok=True)
    os.mkfifo(pipe, 0o600)
    # Opened without blocking, or opening would wait for a writer; then set back to blocking, or the
    # server would take an empty pipe for an error.
    reading_end = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        writing_end = os.open(pipe, os.O_WRONLY)
        os.set_blocking(reading_end, True)
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=pipe.parent,
                stdin=reading_end,
                stdout=output,
                stderr=subprocess.STDOUT,
                # A Ctrl-C is for the tests, not for the server they are still talking to.
                start_new_session=True,
            )
    finally:
        os.close(reading_end)
    return process, writing_end


def _wait_until_ready(process: subprocess.Popen[bytes], log: Path) -> str:
    """Wait until the server has printed its address and answers there; gives the address."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        base_url = _printed_address(log)
        if base_url is not None and _answers(base_url):
            return base_url
        if process.poll() is not None:
            raise ServerError(
                f"the server ended with status {process.returncode} before it was ready\n"
                f"{tail(_read(log))}"
            )
        time.sleep(0.1)
    raise ServerError(f"the server was not ready after {_START_SECONDS} s\n{tail(_read(log))}")


def _printed_address(log: Path) -> str | None:
    """Find the address in the server's READY line, once the whole line is there."""
    found = re.search(r"^READY (\S+)\n", _read(log), re.MULTILINE)
    return found[1] if found else None


def _read(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")


def _answers(base_url: str) -> bool:
    try:
        return requests.get(f"{base_url}/metadata", timeout=30).status_code == 200
    except requests.RequestException:
        return False


def _wait_until_ended(process: subprocess.Popen[bytes]) -> None:
    """Wait for a server whose pipe is closed; one that does not notice is killed."""
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def tail(text: str) -> str:
    lines = text.rstrip().splitlines()
    if not lines:
        return "(its log is empty)"
    return "\n".join(["the end of its log:", *lines[-_LOG_LINES_SHOWN:]])
