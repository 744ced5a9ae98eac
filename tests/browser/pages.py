"""Pages for a real browser: every language and layout, and one that is hard to lay out."""

from functools import cache

from playwright.sync_api import Page

from fhir_handout.model import Layout, Look, Site, SiteLink
from fhir_handout.render import render_all
from unit.handouts import handout, loaded
from unit.sheets import SITE, languages, rendered, worded

LAYOUTS = [layout.value for layout in Layout]
MADE = handout("kidney_failure.dialysis", "diuretic.loop")
LONG = "Łongname" * 38
HARD = Site(
    name=LONG,
    phone=LONG,
    country="US",
    appointment=SiteLink(LONG),
    find_doctor=SiteLink(LONG, f"https://clinic.example/{LONG}"),
    link=SiteLink(LONG, f"https://clinic.example/{LONG[:200]}"),
)

WORDS = """() => {
    const words = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node; node = walker.nextNode();) {
        const range = document.createRange();
        range.selectNodeContents(node);
        const seen = [...range.getClientRects()].some(box => box.width > 0 && box.height > 0);
        const style = getComputedStyle(node.parentElement);
        if (seen && style.visibility === "visible" && Number(style.opacity) > 0)
            words.push(node.data.trim());
    }
    return words.filter(Boolean);
}"""
"""The texts that take room on the page."""

OVERFLOWING = """() => {
    const wide = document.documentElement.clientWidth;
    const outside = [...document.querySelectorAll("body *")].filter(element => {
        const box = element.getBoundingClientRect();
        const clips = getComputedStyle(element).overflow !== "visible";
        const isCut = clips && element.scrollWidth > element.clientWidth + 1;
        const isOut = box.right > wide + 1 || box.left < -1;
        return box.width && !element.closest("svg") && (isOut || isCut);
    }).map(element => element.outerHTML.slice(0, 90));
    return document.documentElement.scrollWidth > wide ? ["scrolls", ...outside] : outside;
}"""
"""What is wider than the window, or cut off."""


@cache
def html(language: str = "en", layout: str = "standard", is_hard: bool = False) -> str:
    """A page with all that a site can print."""
    site, name = (HARD, LONG) if is_hard else (SITE, "Quillon Testperson")
    has_pair = layout == "bilingual" and language != "en"
    chosen = Layout(layout) if has_pair or layout != "bilingual" else Layout.STANDARD
    return rendered(worded(MADE, language, chosen, site, name), "html", layout)


@cache
def several(layout: str = "standard", is_hard: bool = False) -> str:
    """One page in every language."""
    site, name = (HARD, LONG) if is_hard else (SITE, "Quillon Testperson")
    sheets = [worded(MADE, language, Layout(layout), site, name) for language in languages()]
    return render_all(sheets, "html", loaded().figures, Look(Layout(layout))).decode()


def show(page: Page, content: str, width: int = 1280, height: int = 900) -> None:
    """Show a page in a window of that size, with nothing left of the last one."""
    if page.url != "about:blank":  # something was followed
        page.goto("about:blank")
    page.set_viewport_size({"width": width, "height": height})
    page.set_content(content)
