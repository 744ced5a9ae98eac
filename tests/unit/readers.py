"""What a reader gets of a rendering, by readers of others: html5lib, ElementTree and striprtf."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree as ET

import html5lib
from pypdf import PdfReader
from striprtf.striprtf import rtf_to_text

_UNTOLD = frozenset({"head", "style", "title", "desc"})
_INLINE = frozenset({"a", "bdi", "span"})
_ISOLATES = re.compile("[\u2066-\u2069]")
_RULES = re.compile(r"^(?:-+|=+|\.+)$", re.MULTILINE)
_WORDS = re.compile(r"[\w’]+")
_TOKEN = re.compile(
    r"\\(?P<word>[a-z]+)(?P<number>-?\d+)? ?|\\'(?P<hex>[0-9a-f]{2})|\\(?P<symbol>[^a-z'])"
    r"|(?P<open>\{)|(?P<close>\})|(?P<text>[^\\{}]+)"
)


def everything_in(data: bytes) -> str:
    """What a rendering holds: of a PDF the text of its pages, and all that it says of itself."""
    if data.startswith(b"{\\rtf"):
        return rtf_to_text(data.decode())
    if not data.startswith(b"%PDF-"):
        return data.decode()
    paper = PdfReader(io.BytesIO(data))
    told = [page.extract_text() for page in paper.pages]
    objects = (paper.get_object(number) for number in range(1, paper.trailer["/Size"]))
    return "\n".join([*told, *map(str, objects)])


def html(source: str) -> ET.Element:
    """The tree of a page; html5lib refuses any mistake in it."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    root: ET.Element = parser.parse(source)
    return root


def xml(source: str) -> ET.Element:
    """The tree of a page as XML, which has to be well-formed, in the names that HTML has."""
    root = ET.fromstring(source)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


def spoken(element: ET.Element) -> str:
    """The text of a page, without what only describes a drawing."""
    return " ".join("".join(_text(element)).split())


def _text(element: ET.Element) -> Iterator[str]:
    tag = element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
    if not tag or tag in _UNTOLD:  # a comment has no tag
        return
    yield element.text or ""
    for child in element:
        yield from _text(child)
        yield child.tail or ""
    if tag not in _INLINE:
        yield " "


def of_rtf(source: str) -> str:
    """The text of an RTF file; striprtf leaves the halves of a pair apart."""
    text: str = rtf_to_text(source)
    return text.encode("utf-16", "surrogatepass").decode("utf-16")


def words(text: str) -> str:
    """The words of a text in a row: letters alone, for a line can break inside a word."""
    return "".join(_WORDS.findall(_RULES.sub("", _ISOLATES.sub("", text))))


def words_of(format_name: str, source: str) -> str:
    """The words of a rendering."""
    readers = {
        "html": lambda: spoken(html(source)),
        "xhtml": lambda: spoken(xml(source)),
        "rtf": lambda: of_rtf(source),
        "text": lambda: source,
    }
    return words(readers[format_name]())


@dataclass(frozen=True)
class Token:
    """A piece of an RTF file: a control word or symbol, a brace, or text; and how deep it lies."""

    kind: str
    value: str
    depth: int


def tokens(source: str) -> list[Token]:
    """All of an RTF file in tokens, by the grammar of RTF 1.9; a mistake in it is an error."""
    found: list[Token] = []
    at = depth = 0
    assert source.isascii()
    while at < len(source):
        match = _TOKEN.match(source, at)
        assert match, f"no RTF: {source[at : at + 20]!r}"
        kind = match.lastgroup or ""
        kind = "word" if match["word"] else kind
        depth += (kind == "open") - (kind == "close")
        assert depth >= 0, f"a brace too many at {at}"
        assert depth > 0 or match.end() >= len(source.rstrip()), f"ends early at {at}"
        found.append(Token(kind, match["word"] or match[kind], depth))
        at = match.end()
    assert depth == 0, "a brace too few"
    return found
