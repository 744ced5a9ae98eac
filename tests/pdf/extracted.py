"""The words of a PDF as `pdftotext` finds them, to compare with the sheet as text.

Normalised away: spacing, presentation forms (NFKC), marks of direction, and what only one of the
two has by its nature: bullets and page numbers on paper; underlines, brackets and dotted lines in
text.
"""

import re
import subprocess
import unicodedata
from collections import Counter

from fhir_handout.model import Sheet
from pdf.poppler import program

_ONLY_TEXT = re.compile(r"^[=-]{2,}$|^- |^\.{3,}$|[\[\]|:;]", re.MULTILINE)
_ONLY_PAPER = re.compile(r"[•\[\]|:;]")
# Beside a number pdftotext may have it on the other side.
_COMMA = "،"
_VOWEL_MARKS = re.compile("[\u064b-\u0652]")


def of_pdf(made: Sheet, data: bytes) -> str:
    """The letters of a PDF without page numbers; right-to-left lines need pdftotext's own order.

    Other lines are read in the order of the file, as columns and captions would mix otherwise.
    """
    said = letters(data, made.direction == "rtl")
    for number in page_numbers(made, data):
        assert number in said, f"there is no {number}"
        said = said.replace(number, "", 1)
    return said


def page_numbers(made: Sheet, data: bytes) -> list[str]:
    """What stands on the foot of each page."""
    pages = str(_pdftotext(data).count("\f"))
    words = made.words["sheet-page"].replace("{pages}", pages)
    return [_of_paper(words.replace("{page}", str(at + 1))) for at in range(int(pages))]


def letters(data: bytes, is_rtl: bool) -> str:
    """The letters of a PDF, all of them."""
    return _of_paper(_pdftotext(data, *(() if is_rtl else ("-raw",))))


def of_text(text: str) -> str:
    """The letters of a sheet as text."""
    return plain(_ONLY_TEXT.sub("", text))


def _of_paper(text: str) -> str:
    return plain(_ONLY_PAPER.sub("", text))


def plain(text: str) -> str:
    """Letters, digits and punctuation alone."""
    normal = unicodedata.normalize("NFKC", text).replace(_COMMA, "")
    return "".join("".join(c for c in normal if unicodedata.category(c) != "Cf").split())


def without_vowel_marks(letters: str) -> tuple[str, Counter[str]]:
    """Arabic letters, and how many there are of each mark over them.

    pdftotext has such a mark before its letter or after it.
    """
    return _VOWEL_MARKS.sub("", letters), Counter(_VOWEL_MARKS.findall(letters))


def _pdftotext(data: bytes, *options: str) -> str:
    command = [program("pdftotext"), *options, "-", "-"]
    done = subprocess.run(command, input=data, capture_output=True, check=True)
    return done.stdout.decode()
