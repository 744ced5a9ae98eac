"""The fonts of a PDF: those of installed packages alone, never the system's.

In: a BCP 47 language tag. Out: the families to set it in, in the order of preference, and how much
larger and further apart its script wants to be than Latin. All of them are under the SIL Open Font
License (see NOTICE).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from fhir_handout.errors import BadContent

_NOTO, _DEVANAGARI, _AMIRI, _CJK = (
    "Noto Sans",
    "Noto Sans Devanagari",
    "Amiri",
    "Noto Sans CJK TC",
)
_FOLDERS = {
    "fontpkg_noto_sans": "files",
    "fontpkg_noto_sans_devanagari": "files",
    "fontpkg_amiri": "files",
    "cvttf_NotoSansCJK_Regular": "",
    "cvttf_NotoSansCJK_Bold": "",
}
"""Where packages have their font files; the Chinese, Japanese and Korean ones may be absent."""

_CJK_PACKAGES = ("cvttf_NotoSansCJK_Regular", "cvttf_NotoSansCJK_Bold")
_CJK_LANGUAGES = frozenset({"ja", "ko", "zh"})
_REGIONS = {"Hans": "CN", "Hant": "TW"}
"""Which region's shapes of characters a script means: typst asks for regions."""


@dataclass(frozen=True, slots=True)
class Setting:
    """How a language is set. `region` chooses among the shapes of Chinese characters.

    `scale` and `leading` are what its script needs beyond Latin's size and distance of lines.
    `features` switches OpenType features: where the font lifts a mark by a hair, typst parts its
    cluster, and the letters are found twice when the text is extracted.
    """

    lang: str
    region: str | None
    fonts: tuple[str, ...]
    scale: float = 1.0
    leading: float = 0.0
    features: Mapping[str, int] = field(default_factory=dict)


@cache
def setting(language: str) -> Setting:
    """How to set a language; `BadContent` where its fonts are not installed."""
    lang, *subtags = language.split("-")
    region = next((_REGIONS.get(s, s.upper() if len(s) == 2 else None) for s in subtags), None)
    east = (_CJK,) if has_cjk() else ()
    if lang in _CJK_LANGUAGES:
        if not east:
            raise missing_cjk(language)
        return Setting(lang, region, (*east, _NOTO, _DEVANAGARI, _AMIRI), leading=0.22)
    if lang in ("ar", "fa"):
        fonts = (_AMIRI, _NOTO, _DEVANAGARI, *east)
        return Setting(lang, region, fonts, scale=1.2, leading=0.3, features={"mark": 0})
    fonts = (_NOTO, _DEVANAGARI, _AMIRI, *east)
    if lang == "hi":
        return Setting(lang, region, fonts, leading=0.12, features={"abvm": 0})
    return Setting(lang, region, fonts)


def folders() -> list[Path]:
    """The folders of the font files that are installed."""
    found = ((_folder(package), inside) for package, inside in _FOLDERS.items())
    return [folder / inside for folder, inside in found if folder]


@cache
def has_cjk() -> bool:
    """Whether there are fonts for Chinese, Japanese and Korean."""
    return all(_folder(package) for package in _CJK_PACKAGES)


def missing_cjk(language: str) -> BadContent:
    """The error that says which package to install."""
    return BadContent(
        "missing-font",
        f"a PDF in {language}: no font for Chinese, Japanese and Korean is installed; "
        "pip install 'fhir-handout[cjk]'",
    )


def _folder(package: str) -> Path | None:
    """Where a package is; it is not imported."""
    spec = find_spec(package)
    return Path(spec.origin).parent if spec and spec.origin else None
