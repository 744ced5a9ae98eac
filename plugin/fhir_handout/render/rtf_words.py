r"""Words in Rich Text Format: what can't act as markup, in its language and direction.

In: runs of words. Out: groups of RTF, all ASCII. A character that has a meaning in RTF, or is not
ASCII, is written by its number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from fhir_handout.languages import own_direction
from fhir_handout.model import Direction
from fhir_handout.render.blocks import Run

_LANGUAGE_IDS: Mapping[str, int] = {
    "ar": 1025,
    "bn": 1093,
    "de": 1031,
    "en": 1033,
    "es": 21514,
    "fa": 1065,
    "fr": 1036,
    "he": 1037,
    "hi": 1081,
    "it": 1040,
    "ja": 1041,
    "ko": 1042,
    "pl": 1045,
    "pt": 2070,
    "pt-BR": 1046,
    "ru": 1049,
    "so": 1143,
    "th": 1054,
    "tl": 1124,
    "uk": 1058,
    "ur": 1056,
    "vi": 1066,
    "zh": 2052,
    "zh-Hans": 2052,
    "zh-Hant": 1028,
}
"""Windows language ids (MS-LCID); Spanish as in the United States."""

_NO_LANGUAGE = 1024


class _Escapes(dict[str, str]):
    """Each character as it is written."""

    def __missing__(self, character: str) -> str:
        self[character] = found = _escaped(character)
        return found


_ESCAPES = _Escapes()


def escaped(text: str) -> str:
    r"""Text that is text in RTF: what could be more is a number, \u with `?` for old readers."""
    return "".join(map(_ESCAPES.__getitem__, text))


def _escaped(character: str) -> str:
    if character.isascii() and character.isprintable():
        return f"\\'{ord(character):02x}" if character in "\\{}" else character
    units = character.encode("utf-16-le", "replace")
    pairs = (units[at : at + 2] for at in range(0, len(units), 2))
    return "".join(f"\\u{int.from_bytes(pair, 'little', signed=True)}?" for pair in pairs)


@cache
def _language_id(language: str) -> int:
    known = _LANGUAGE_IDS
    return known.get(language) or known.get(language.partition("-")[0], _NO_LANGUAGE)


@dataclass(frozen=True, slots=True)
class Voice:
    """A language on the sheet."""

    language: str
    direction: Direction

    def paragraph(self, leading: int, hanging: int = 0) -> str:
        """How a paragraph of it stands: so far in, and its first line so much further out."""
        out = f"\\fi-{hanging}" if hanging else ""
        if self.direction == "rtl":
            return f"\\pard\\plain\\rtlpar\\qr{out}\\li0\\ri{leading}\\lin{leading}\\rin0"
        return f"\\pard\\plain\\ltrpar\\ql{out}\\li{leading}\\ri0\\lin{leading}\\rin0"

    def runs(self, runs: Iterable[Run], format_: str) -> str:
        """Words of it, those that are isolated in a direction of their own."""
        return "".join(
            self._run(
                run.text,
                own_direction(run.text, self.direction) if run.is_isolated else self.direction,
                format_,
            )
            for run in runs
        )

    def _run(self, text: str, way: Direction, format_: str) -> str:
        number = _language_id(self.language)
        start = "\\rtlch" if way == "rtl" else "\\ltrch"
        spoken = f"\\lang{number}\\langfe{number}\\alang{number}"
        return f"{{{start}{format_}{spoken} {escaped(text)}}}"
