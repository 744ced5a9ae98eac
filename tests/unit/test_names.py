"""The name that is printed: the one in use, as one line of plain text."""

from typing import Any

import pytest

from fhir_handout.elements import Damaged
from fhir_handout.names import plain, printed_name
from unit.builders import patient


def printed(*names: dict[str, Any]) -> str:
    return printed_name(patient(name=list(names) or ...))


USES = ["official", "usual", None, "nickname", "anonymous", "maiden", "temp", "old", "other"]


@pytest.mark.parametrize(("better", "worse"), list(zip(USES, USES[1:], strict=False)))
def test_the_name_in_use_comes_before_others(better: str | None, worse: str | None) -> None:
    def name(use: str | None) -> dict[str, Any]:
        return {"text": str(use), **({"use": use} if use else {})}

    assert printed(name(worse), name(better)) == printed(name(better), name(worse)) == str(better)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ((), ""),
        (({"family": "Testperson", "given": ["Quillon", "B."]},), "Quillon B. Testperson"),
        (({"family": "Testperson"},), "Testperson"),
        (({"given": ["Quillon"]},), "Quillon"),
        (({"given": [None, "Quillon"], "_given": [{"id": "x"}, None]},), "Quillon"),
        (({"text": "Dr. Q. Testperson", "family": "Other"},), "Dr. Q. Testperson"),
        (({"use": "official", "text": " \u202e\u0000"}, {"use": "old", "text": "Old"}), "Old"),
        (({"use": "official", "text": "\u200d"}, {"use": "old", "text": "Old"}), "Old"),
        (({"use": "official", "extension": [{"url": "x"}]}, {"text": "Said"}), "Said"),
    ],
)
def test_a_name_is_its_text_or_its_parts(names: tuple[Any, ...], expected: str) -> None:
    assert printed(*names) == expected


@pytest.mark.parametrize(
    "names",
    [
        "Quillon",
        {"text": "Quillon"},
        [],
        [None],
        ["Quillon"],
        [{}],
        [{"text": 5}],
        [{"text": None}],
        [{"family": ["Testperson"]}],
        [{"given": "Quillon"}],
        [{"given": [5]}],
        [{"given": [["Quillon"]]}],
        [{"use": 1, "text": "Quillon"}],
        None,
        5,
    ],
)
def test_a_name_that_is_not_fhir_is_damaged_and_not_told(names: Any) -> None:
    with pytest.raises(Damaged) as damaged:
        printed_name(patient(name=names))
    assert "Quillon" not in str(damaged.value)
    assert "Testperson" not in str(damaged.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Anne-Marie O’Neill", "Anne-Marie O’Neill"),
        ("<b>Ann</b> & Co.", "<b>Ann</b> & Co."),
        ("  two\t\n lines\u2028and\u2029more\x0b ", "two lines and more"),
        ("null\x00byte\x1b[31m", "null byte [31m"),
        ("\u202egnol\u202c \u2066name\u2069\u200e\u200f\u061c", "gnol name"),
        ("\ufeffBOM and soft\u00adhyphen", "BOM and softhyphen"),
        ("lone \ud800 surrogates\udfff", "lone surrogates"),
        ("private \ue000use", "private use"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("क्\u200dष", "क्\u200dष"),
        ("علي", "علي"),
        ("José Å", "José Å"),
        ("\u200c \u200d", ""),
        ("", ""),
    ],
)
def test_a_name_is_one_line_without_hidden_characters(text: str, expected: str) -> None:
    assert plain(text) == expected
