"""Holds PDFs against PDF/UA-1 by veraPDF: one JVM for a folder of them.

veraPDF is fetched by Maven on first use (10 MB) into `.cache/verapdf` under the root of the
repository or the folder named by FHIR_HANDOUT_TEST_CACHE; `javac` compiles `verapdf/Validate.java`.
"""

import hashlib
import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

_HERE = Path(__file__).resolve().parent
_POM = _HERE / "verapdf" / "pom.xml"
_JAVA_CLASS = _HERE / "verapdf" / "Validate.java"
_CACHE_VARIABLE = "FHIR_HANDOUT_TEST_CACHE"
_NEEDED_PROGRAMS = ("java", "javac", "mvn")
_SECONDS = 900


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many checks were made of a PDF, and the rules that it breaks."""

    checks: int
    broken: tuple[str, ...]


def missing_programs() -> list[str]:
    """The programs that are needed and not on the PATH."""
    return [program for program in _NEEDED_PROGRAMS if shutil.which(program) is None]


def validated(folder: Path) -> dict[str, Verdict]:
    """The verdict on each PDF of a folder, by file name."""
    out = _run("java", *_JAVA_OPTIONS, "-cp", _class_path(), "Validate", str(folder))
    lines = (json.loads(line) for line in out.splitlines())
    return {line["file"]: Verdict(line["checks"], tuple(line["broken"])) for line in lines}


# Many small files and a short life: the optimizing compiler would not pay.
_JAVA_OPTIONS = ("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")


def _class_path() -> str:
    """The jars and the compiled class, made first if need be."""
    cache = _cache_folder()
    jars = cache / f"jars-{_digest(_POM)}"
    classes = cache / f"classes-{_digest(_POM, _JAVA_CLASS)}"
    with FileLock(cache / "build.lock", timeout=_SECONDS):
        if not jars.exists():
            unfinished = _emptied(jars)
            _run(
                "mvn", "-q", "-B", "-f", str(_POM),
                "dependency:copy-dependencies", f"-DoutputDirectory={unfinished}",
            )  # fmt: skip
            unfinished.rename(jars)
        found = os.pathsep.join(str(jar) for jar in sorted(jars.glob("*.jar")))
        if not classes.exists():
            unfinished = _emptied(classes)
            _run("javac", "-proc:none", "-cp", found, "-d", str(unfinished), str(_JAVA_CLASS))
            unfinished.rename(classes)
    return os.pathsep.join((found, str(classes)))


def _emptied(folder: Path) -> Path:
    """A folder to fill in place of `folder`: one that has its name is complete."""
    unfinished = folder.with_name(folder.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    return unfinished


def _cache_folder() -> Path:
    """The folder for jars and classes; it keeps itself out of git."""
    named = os.environ.get(_CACHE_VARIABLE)
    cache = (Path(named).resolve() if named else _HERE.parents[1] / ".cache") / "verapdf"
    cache.mkdir(parents=True, exist_ok=True)
    (cache / ".gitignore").write_text("*\n", encoding="utf-8")
    return cache


def _digest(*files: Path) -> str:
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()[:16]


def _run(*command: str) -> str:
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS, check=False
    )
    if done.returncode != 0:
        said = (done.stdout + done.stderr).decode("utf-8", "replace")
        raise AssertionError(
            f"{Path(command[0]).name} ended with {done.returncode}\n{said[-3000:]}"
        )
    return done.stdout.decode()
