"""Looking through what we write for anything that a chart's text has become.

In: an output, and the same output of a chart without an attempt. Out: what is in the one that may
not be there, as a list; empty where all is well.
"""

import io
import re
import unicodedata
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

from markdown_it import MarkdownIt
from pypdf import PdfReader

from service.attacks.chart import MARK

_LINKS = ("href", "src", "action", "formaction", "data", "srcset", "poster", "xlink:href", "style")
_SHOWN = ("value", "title", "aria-label", "alt", "content")
_SAFE_LINK = re.compile(
    r"(\.{0,2}/|[\w./-]*$|sheet[.\w]*\?shown=[0-9a-f]{64}$|#|data:(image/|font/|,)|https://|tel:[\d-]+$)"
)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))


def elements_of(html: str) -> list[tuple[str, dict[str, str]]]:
    page = _Page()
    page.feed(html)
    return page.elements


def shape(html: str) -> set[tuple[str, str]]:
    """Every element's name with every attribute's that it has somewhere."""
    found = elements_of(html)
    return {(tag, name) for tag, attributes in found for name in (*attributes, "")}


def wrong_in_html(html: str, allowed: set[tuple[str, str]]) -> list[str]:
    """Elements and attributes that are not in `allowed`, links that lead out, marks in names."""
    wrong = [f"element {each}" for each in shape(html) - allowed]
    for tag, attributes in elements_of(html):
        for name, value in attributes.items():
            if name.startswith("on"):
                wrong.append(f"handler {tag} {name}")
            is_ours = value.startswith("https://ehr.example/open?")
            is_bad = any(each in value for each in (MARK, "evil", "script:"))
            if name in _LINKS and is_bad and not is_ours:
                wrong.append(f"link {tag} {name}={value[:80]}")
            if name in _LINKS and name != "style" and not _SAFE_LINK.match(value):
                wrong.append(f"leads to {value[:80]}")
            if MARK in value and name not in (*_LINKS, *_SHOWN):
                wrong.append(f"mark in {tag} {name}")
    return wrong


def wrong_in_xhtml(text: str, allowed: set[tuple[str, str]]) -> list[str]:
    ElementTree.fromstring(text)  # or it is not well formed
    return wrong_in_html(text, allowed)


_ISOLATES = "\u2066\u2067\u2068\u2069"
_OURS = "\n\u200c\u200d\u00ad\u200b" + _ISOLATES


def wrong_in_text(text: str) -> list[str]:
    """Control and direction characters; isolates are ours, and end in their line."""
    wrong = [
        f"character {character!r}"
        for character in sorted(set(text))
        if unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp") and character not in _OURS
    ]
    wrong += [
        "an isolate that does not end in its line"
        for line in text.splitlines()
        if sum(map(line.count, _ISOLATES[:3])) != line.count(_ISOLATES[3])
    ]
    return wrong


def words_of_rtf(text: str) -> set[str]:
    """The control words; escaped characters are none."""
    bare = re.sub(r"\\[\\{}]", "", text)
    return {re.sub(r"-?\d+$", "", each) for each in re.findall(r"\\([a-z]+-?\d*|\*)", bare)}


def depth_of_rtf(text: str) -> int:
    """How deep its groups go; -1 where they do not close."""
    depth = deepest = 0
    for brace in re.findall(r"[{}]", re.sub(r"\\[\\{}]", "", text)):
        depth += 1 if brace == "{" else -1
        deepest = max(deepest, depth)
        if depth < 0:
            return -1
    return -1 if depth else deepest


def wrong_in_rtf(text: str, usual: str) -> list[str]:
    wrong = [f"control word {each}" for each in words_of_rtf(text) - words_of_rtf(usual)]
    if depth_of_rtf(text) != depth_of_rtf(usual):
        wrong.append(f"groups {depth_of_rtf(text)} deep")
    return wrong


_ACTIONS = ("/JavaScript", "/JS", "/Launch", "/OpenAction", "/AA", "/EmbeddedFiles", "/SubmitForm")


def wrong_in_pdf(data: bytes) -> list[str]:
    """Anything that acts, and any link."""
    reader = PdfReader(io.BytesIO(data))
    wrong = []
    for number in range(1, len(reader.xref_objStm) + max(reader.xref.get(0, {0: 0})) + 1):
        found = str(reader.get_object(number))
        wrong += [f"{each} in object {number}" for each in _ACTIONS if f"'{each}'" in found]
        wrong += [f"a link in object {number}"] if "'/URI'" in found else []
    return wrong


def told_by(data: bytes) -> str:
    """The text of a PDF."""
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)


def strings_of(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from strings_of(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings_of(item)
    elif isinstance(value, str):
        yield value


_MARKDOWN = MarkdownIt("commonmark").enable("table").enable("strikethrough")


def wrong_in_cards(cards: list[dict[str, Any]], usual: list[dict[str, Any]]) -> list[str]:
    """Markup that the usual cards have not, links that are not ours, and words on several lines."""
    wrong: list[str] = []
    allowed = {tag for card in usual for tag, _ in shape(_MARKDOWN.render(card.get("detail", "")))}
    for card in cards:
        drawn = _MARKDOWN.render(card.get("detail", ""))
        wrong += [f"markup {tag}" for tag, _ in shape(drawn) if tag not in allowed]
        links = [a.get("href", a.get("src", "")) for _, a in elements_of(drawn)]
        wrong += [f"link {each}" for each in links if MARK in each or "evil" in each]
        for text in (card["summary"], card.get("detail", ""), *strings_of(card.get("source"))):
            wrong += wrong_in_text(text)
            wrong += ["what some viewers make a link of"] if "evil.example" in text else []
        wrong += ["a summary of several lines"] if "\n" in card["summary"] else []
    return wrong
