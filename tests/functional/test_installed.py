"""The package as its users get it: the built wheel, in an environment that holds nothing else."""

import configparser
import json
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def call(*command: object, cwd: Path, **environ: str) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of what git tracks: a clean clone."""
    clone = tmp_path_factory.mktemp("clone") / "source"
    tracked = call("git", "ls-files", "-z", "-co", "--exclude-standard", cwd=ROOT).split("\0")
    for name in filter(None, tracked):
        if (ROOT / name).is_file():
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            (clone / name).write_bytes((ROOT / name).read_bytes())
    out = clone.parent / "dist"
    call(sys.executable, "-m", "build", "--wheel", "--outdir", out, clone, cwd=clone.parent)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command, installed from the wheel with the locked dependencies and nothing else."""
    folder = tmp_path_factory.mktemp("empty") / "environment"
    venv.create(folder, with_pip=True)
    pip = [folder / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "install", "-q"]
    call(*pip, "--require-hashes", "-r", ROOT / "requirements.lock", cwd=folder)
    call(*pip, "--no-deps", wheel, cwd=folder)
    call(folder / "bin" / "python", "-m", "pip", "check", cwd=folder)
    return folder / "bin" / "fhir-handout"


def test_the_wheel_carries_templates_and_examples_and_no_other_top_level_name(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    for folder in ("templates", "fhir_examples"):
        on_disk = {
            path.relative_to(ROOT / folder).as_posix()
            for path in (ROOT / folder).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
        prefix = f"fhir_handout/{folder}/"
        in_wheel = {name.removeprefix(prefix) for name in names if name.startswith(prefix)}
        assert in_wheel == on_disk
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"fhir_handout"}


def test_the_packages_listed_are_the_packages_there_are():
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    listed = set(setup["options"]["packages"].split())
    source = ROOT / "plugin"
    there = {
        ".".join(path.parent.relative_to(source).parts) for path in source.rglob("__init__.py")
    }
    assert listed == there | {"fhir_handout.templates", "fhir_handout.fhir_examples"}


def test_the_installed_command_attaches_an_example_from_any_folder(installed, tmp_path):
    examples = call(installed, "examples", "--path", cwd=tmp_path).strip()
    said = call(installed, "attach", "kidney-failure", "--ehr", examples, cwd=tmp_path)
    assert " created\n" in said
    (document,) = (tmp_path / "handouts").glob("DocumentReference-*.json")
    assert json.loads(document.read_text())["subject"] == {"reference": "Patient/kidney-failure"}


def test_every_example_that_is_listed_can_be_previewed(installed, tmp_path):
    listed = call(installed, "examples", cwd=tmp_path).splitlines()
    assert len(listed) >= 12
    folder = call(installed, "examples", "--path", cwd=tmp_path).strip()
    name = listed[0].split()[0]
    page = call(installed, "preview", name, "--ehr", folder, cwd=tmp_path)
    assert page.startswith("<!DOCTYPE html>")


@pytest.mark.parametrize(
    "command", ["preview", "explain", "attach", "retract", "examples", "terminology"]
)
def test_help_of_every_command_has_examples_that_name_it(installed, tmp_path, command):
    text = call(installed, command, "--help", cwd=tmp_path)
    assert f"fhir-handout {command}" in text.partition("examples:")[2]
    assert "exit status:" in text
