"""PDF/UA-1, by veraPDF: every language in every layout, on both papers."""

import os
from pathlib import Path

import pytest
import typst

from pdf.papers import every, pdf
from pdf.verapdf import Verdict, missing_programs, validated

PLANTED = {
    "figure-without-alternative": b"""
#let lines = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'><path d='M0 0L9 9'/></svg>"
#set document(title: "Planted")
= Planted
#figure(image(bytes(lines)))
""",
    "untitled": b"= Planted",
    "second-heading-first": b"""
#set document(title: "Planted")
== Planted
""",
}


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Verdict]:
    """veraPDF on all sheets, and on PDFs that are wrong on purpose.

    Where Java or Maven is missing the test is skipped, except where CI is set: there it fails.
    """
    missing = missing_programs()
    if missing:
        reason = f"veraPDF needs {', '.join(missing)} (a Java 17 JDK and Maven)"
        if os.environ.get("CI"):
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("papers")
    for name, made, look in every():
        (folder / f"{name}.pdf").write_bytes(pdf(made, look))
    for name, layout in PLANTED.items():
        _wrong(layout, folder / f"planted-{name}.pdf")
    return validated(folder)


def _wrong(layout: bytes, file: Path) -> None:
    """A tagged PDF that is not held to the standard: typst itself would refuse it."""
    file.write_bytes(typst.compile(layout, format="pdf"))


def test_every_language_and_layout_keeps_pdf_ua(verdicts: dict[str, Verdict]) -> None:
    ours = {name: found for name, found in verdicts.items() if not name.startswith("planted-")}
    assert len(ours) == sum(1 for _ in every())
    assert {name: found.broken for name, found in ours.items() if found.broken} == {}
    assert min(found.checks for found in ours.values()) > 1000


@pytest.mark.parametrize("name", PLANTED)
def test_what_is_wrong_on_purpose_is_found(verdicts: dict[str, Verdict], name: str) -> None:
    assert verdicts[f"planted-{name}.pdf"].broken
