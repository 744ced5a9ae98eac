"""What the commands on packs print of a pack that is wrong."""

import argparse
from typing import Any

import pytest

from fhir_handout.errors import BadContent
from fhir_handout.interfaces import packs


def test_every_problem_is_printed_one_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def wrong(args: Any, environ: Any) -> None:
        raise BadContent("bad-content-pack", "two problems", ("a.yaml:1: x", "b.yaml:2: y"))

    monkeypatch.setitem(packs._ACTIONS, "new", wrong)
    with pytest.raises(BadContent, match="two problems"):
        packs.run(argparse.Namespace(action="new"), {})
    assert capsys.readouterr().err == "a.yaml:1: x\nb.yaml:2: y\n"
