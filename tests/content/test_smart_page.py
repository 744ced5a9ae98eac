"""docs/smart.md says what the program does."""

import re
import shlex
from pathlib import Path

import pytest

from fhir_handout.interfaces.arguments import parser
from fhir_handout.settings import load_settings
from fhir_handout.smart.needs import needed_scopes
from fhir_handout.smart.scopes import missing, split

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "smart.md").read_text("utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)


def test_what_a_site_registers_is_on_the_page():
    assert split(blocks("text")[0]) == needed_scopes("patient")
    for each in ("/launch`", "/callback`", "/.well-known/jwks.json`", "registered whole"):
        assert each in PAGE
    for algorithm in ("ES384", "RS384"):
        assert algorithm in PAGE


def test_its_settings_are_valid_and_give_what_is_needed(tmp_path):
    file = tmp_path / "site.toml"
    file.write_text(blocks("toml")[0])
    backend = load_settings({}, file).backend
    assert backend is not None
    assert backend.scopes == needed_scopes("system")
    assert missing(backend.scopes, needed_scopes("system")) == ()


@pytest.mark.parametrize("line", [x for block in blocks("sh") for x in block.splitlines()])
def test_its_commands_are_commands(line):
    program, *arguments = shlex.split(line.partition(" > ")[0])
    assert program == "fhir-handout"
    assert parser().parse_args(arguments).command == "keys"


def test_every_error_that_a_launch_can_raise_is_on_the_page():
    """The codes that the modules' docstrings list, but those of the network, told by themselves."""
    table = PAGE.partition("## Errors")[2]
    listed = set(re.findall(r"`([a-z][a-z-]+[a-z])`", table))
    source = "".join(
        (ROOT / "plugin" / "fhir_handout" / "smart" / f"{name}.py").read_text("utf-8")
        for name in ("configuration", "launch", "tokens", "identity", "backend")
    )
    kinds = "no|bad|not|scopes?|client|grant|state|wrong|access|launch|context"
    raised = set(re.findall(rf'"((?:{kinds})-[a-z-]+)"', source))
    assert raised
    assert raised - {"launch-ehr"} <= listed
