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


def test_what_a_report_has_told_is_not_told_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def wrong(args: Any, environ: Any) -> None:
        raise BadContent("broken-rules", "one problem", ("a.yaml:1: x",))

    monkeypatch.setitem(packs._ACTIONS, "check", wrong)
    with pytest.raises(BadContent) as error:
        packs.run(argparse.Namespace(action="check"), {})
    assert error.value.problems == ("a.yaml:1: x",)
    assert capsys.readouterr().err == ""
