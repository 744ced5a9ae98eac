"""What a CDS service may say, by the specification of CDS Hooks 2.0.

In: the JSON of a discovery or hook response. Out: everything in it that the specification does not
allow, each with the place. Nothing of our service is imported here.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import SplitResult, urlsplit

CONTEXT_TOKENS = {
    "patient-view": {"userId", "patientId", "encounterId"},
    "encounter-discharge": {"userId", "patientId", "encounterId"},
    "order-sign": {"userId", "patientId", "encounterId"},
}
"""The context fields that each hook's definition allows in prefetch tokens."""
USER_TOKENS = {
    "userPractitionerId",
    "userPractitionerRoleId",
    "userPatientId",
    "userRelatedPersonId",
}
SEARCHED = {"patient", "code", "date", "identifier", "_count", "_sort", "_include", "_id"}
TOKEN = re.compile(r"\{\{(.*?)\}\}")
Problems = Iterator[str]


def discovery_problems(found: Any) -> list[str]:
    return list(_discovery(found))


def response_problems(found: Any) -> list[str]:
    return [*_empty_or_null(found, ""), *_response(found)]


# --- discovery ------------------------------------------------------------------------------------


def _discovery(found: Any) -> Problems:
    if not isinstance(found, dict) or not isinstance(found.get("services"), list):
        yield "no object with an array of services"
        return
    yield from _empty_or_null(found, "")
    for number, service in enumerate(found["services"]):
        yield from (f"services[{number}]: {each}" for each in _service(service))
    pairs = [(s.get("id"), s.get("hook")) for s in found["services"] if isinstance(s, dict)]
    if len(set(pairs)) != len(pairs):
        yield "one service is there twice"


def _service(service: Any) -> Problems:
    if not isinstance(service, dict):
        yield "is no object"
        return
    for name in ("hook", "description", "id"):
        yield from _text(service, name, required=True)
    for name in ("title", "usageRequirements"):
        yield from _text(service, name)
    if re.search(r"[^A-Za-z0-9._~-]", str(service.get("id"))):
        yield "id: is no path segment"
    prefetch = service.get("prefetch", {})
    if not isinstance(prefetch, dict):
        yield "prefetch: is no object"
        return
    for key, template in prefetch.items():
        yield from (f"prefetch.{key}: {each}" for each in _template(template, service.get("hook")))


def _template(template: Any, hook: Any) -> Problems:
    if not isinstance(template, str):
        yield "is no string"
        return
    for token in TOKEN.findall(template):
        is_context = token.startswith("context.") and token[8:] in CONTEXT_TOKENS.get(hook, ())
        if not is_context and token not in USER_TOKENS:
            yield f"{token} is no token of this hook"
    bare = TOKEN.sub("x", template)
    if "{" in bare or "}" in bare:
        yield "has braces that are no token"
    yield from _relative(urlsplit(bare))


def _relative(url: SplitResult) -> Problems:
    """The subset of FHIR that prefetch templates keep to, and `_include`."""
    if url.scheme or url.netloc or url.path.startswith("/"):
        yield "is no relative URL"
    if not url.query and not re.fullmatch(r"[A-Z][A-Za-z]+/x", url.path):
        yield "is no read of an instance"
    for part in url.query.split("&") if url.query else ():
        name, _, value = part.partition("=")
        if name not in SEARCHED or not value:
            yield f"searches by {name or 'nothing'}"
        if name == "date" and not re.fullmatch(r"(eq|lt|gt|ge|le)\d{4}-\d\d-\d\d", value):
            yield "searches by a date that is none"


# --- responses ------------------------------------------------------------------------------------


def _response(found: Any) -> Problems:
    if not isinstance(found, dict) or not isinstance(found.get("cards"), list):
        yield "no object with an array of cards"
        return
    if found.keys() - {"cards", "systemActions", "extension"}:
        yield "has fields that are none"
    for number, card in enumerate(found["cards"]):
        yield from (f"cards[{number}].{each}" for each in _card(card))
    for number, action in enumerate(found.get("systemActions", ())):
        yield from (f"systemActions[{number}].{each}" for each in _action(action))
    ids = [card.get("uuid") for card in found["cards"] if isinstance(card, dict)]
    if len(set(ids)) != len(ids):
        yield "two cards have one uuid"


def _card(card: Any) -> Problems:
    if not isinstance(card, dict):
        yield "is no object"
        return
    yield from _only(card, CARD)
    yield from _text(card, "summary", required=True)
    if len(str(card.get("summary", ""))) >= 140 or "\n" in str(card.get("summary")):
        yield "summary: is no sentence of under 140 characters"
    yield from _text(card, "uuid")
    yield from _text(card, "detail")
    if card.get("indicator") not in ("info", "warning", "critical"):
        yield "indicator: is none"
    yield from (f"source.{each}" for each in _source(card.get("source")))
    yield from _each(card, "suggestions", _suggestion)
    yield from _selection(card)
    yield from _each(card, "overrideReasons", _displayed)
    yield from _each(card, "links", _link)


CARD = {
    "uuid",
    "summary",
    "detail",
    "indicator",
    "source",
    "suggestions",
    "selectionBehavior",
    "overrideReasons",
    "links",
    "extension",
}


def _selection(card: Any) -> Problems:
    behavior = card.get("selectionBehavior")
    if "suggestions" in card and behavior not in ("at-most-one", "any"):
        yield "selectionBehavior: is none"
    recommended = [s for s in card.get("suggestions", ()) if s.get("isRecommended")]
    if len(recommended) > 1 and behavior != "any":
        yield "suggestions: several are recommended and one can be chosen"


def _source(source: Any) -> Problems:
    if not isinstance(source, dict):
        yield "is no object"
        return
    yield from _only(source, {"label", "url", "icon", "topic", "extension"})
    yield from _text(source, "label", required=True)
    for name in ("url", "icon"):
        yield from _url(source, name)
    if "topic" in source:
        yield from (f"topic.{each}" for each in _coding(source["topic"]))


def _suggestion(suggestion: Any) -> Problems:
    yield from _only(suggestion, {"label", "uuid", "isRecommended", "actions", "extension"})
    yield from _text(suggestion, "label", required=True)
    yield from _text(suggestion, "uuid")
    if not isinstance(suggestion.get("isRecommended", True), bool):
        yield "isRecommended: is no boolean"
    yield from _each(suggestion, "actions", _action)


def _action(action: Any) -> Problems:
    yield from _only(action, {"type", "description", "resource", "resourceId", "extension"})
    yield from _text(action, "description", required=True)
    kind, resource = action.get("type"), action.get("resource")
    if kind not in ("create", "update", "delete"):
        yield "type: is none"
    if kind in ("create", "update") and not (
        isinstance(resource, dict) and isinstance(resource.get("resourceType"), str)
    ):
        yield "resource: is no FHIR resource"
    if kind == "create" and isinstance(resource, dict) and "id" in resource:
        yield "resource: is none to be created, it has an id"
    if kind == "delete" and "resource" in action:
        yield "resource: is there beside a delete"


def _link(link: Any) -> Problems:
    yield from _only(link, {"label", "url", "type", "appContext", "extension"})
    yield from _text(link, "label", required=True)
    yield from _url(link, "url", required=True)
    if link.get("type") not in ("absolute", "smart"):
        yield "type: is none"
    yield from _text(link, "appContext")
    if link.get("type") == "absolute" and "appContext" in link:
        yield "appContext: is there on an absolute link"


def _coding(coding: Any) -> Problems:
    if not isinstance(coding, dict):
        yield "is no object"
        return
    for name in ("code", "system"):
        yield from _text(coding, name, required=True)
    yield from _text(coding, "display")


def _displayed(coding: Any) -> Problems:
    yield from _coding(coding)
    yield from _text(coding, "display", required=True)


# --- kinds ----------------------------------------------------------------------------------------


def _each(parent: Any, name: str, check: Callable[[Any], Problems]) -> Problems:
    if name not in parent:
        return
    items = parent[name]
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        yield f"{name}: is no array of objects"
        return
    for number, item in enumerate(items):
        yield from (f"{name}[{number}].{each}" for each in check(item))


def _text(parent: Any, name: str, required: bool = False) -> Problems:
    if name not in parent:
        if required:
            yield f"{name}: is missing"
    elif not isinstance(parent[name], str) or not parent[name].strip():
        yield f"{name}: is no text"


def _url(parent: Any, name: str, required: bool = False) -> Problems:
    yield from _text(parent, name, required)
    url = urlsplit(str(parent.get(name, "https://x")))
    if url.scheme not in ("https", "http") or not url.netloc:
        yield f"{name}: is no absolute URL"


def _only(parent: Any, names: set[str]) -> Problems:
    yield from (f"{name}: is no field" for name in sorted(parent.keys() - names))


def _empty_or_null(value: Any, where: str) -> Problems:
    """JSON elements are never null or empty, but for no cards; FHIR has rules of its own."""
    if value in (None, "", [], {}) and where not in (".cards", ".services"):
        yield f"{where}: is null or empty"
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _empty_or_null(inner, f"{where}.{name}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _empty_or_null(inner, f"{where}[{number}]")
