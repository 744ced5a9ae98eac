"""Each SHALL of CDS Hooks 2.0 on the shape of what a service says, held against all that ours says.

By the numbers of tests/requirements/cds_hooks.csv. What is said is every card of every example.
"""

import json
import re
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from fhir_handout.cds_hooks.discovery import discovery
from fhir_handout.patient_record import Resource
from fhir_handout.validation import problem
from unit.cds_hooks.calls import EXAMPLES, MOMENT, answered, tenant

Check = Callable[[Any], bool]


@pytest.fixture(scope="module")
def bodies(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Every answer to an example that has one, as it goes over the wire."""
    to = tenant(tmp_path_factory.mktemp("tenant"))
    cases = yaml.safe_load((EXAMPLES / "cases.yaml").read_text("utf-8"))["cases"]
    said = (name for name, case in cases.items() if case["status"] == 200)
    return [json.loads(json.dumps(answered(name, to).body)) for name in said]


@pytest.fixture
def services(tmp_path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = discovery(tenant(tmp_path), MOMENT.today)["services"]
    return found


def within(value: Any, path: str) -> Iterator[Any]:
    """Everything at a path; `*` is each item of an array. What is not there is passed over."""
    name, _, rest = path.partition(".")
    found = value if name == "*" else [value[name]] if name in value else []
    for inner in found:
        yield from within(inner, rest) if rest else [inner]


def is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def is_url(value: Any) -> bool:
    return is_text(value) and urlsplit(value).scheme == "https" and bool(urlsplit(value).netloc)


def is_list_of_objects(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, dict) for v in value)


def has_text(*names: str) -> Check:
    return lambda value: all(is_text(value.get(name)) for name in names)


def is_uuid(value: Any) -> bool:
    return str(uuid.UUID(value)) == value


def is_markdown(value: Any) -> bool:
    """One line a paragraph, with the bold words of ours for its only markup, and no HTML."""
    bare = re.sub(r"\*\*(New|Found):\*\*", "", re.sub(r"\\[^\w\s]", "", value))
    return not re.search(r"[<>`*_\[\]|#]", bare)


CARD = "cards.*"
SUGGESTION = f"{CARD}.suggestions.*"
ACTION = f"{SUGGESTION}.actions.*"
LINK = f"{CARD}.links.*"
REASON = f"{CARD}.overrideReasons.*"
SHAPES: dict[int, tuple[str, Check]] = {
    74: ("cards", lambda value: isinstance(value, list)),
    80: (f"{CARD}.uuid", is_uuid),
    83: (f"{CARD}.summary", lambda value: is_text(value) and len(value) < 140),
    85: (f"{CARD}.detail", is_markdown),
    87: (CARD, has_text("indicator")),
    88: (f"{CARD}.indicator", lambda value: value in ("info", "warning", "critical")),
    90: (CARD, lambda card: isinstance(card["source"], dict)),
    92: (f"{CARD}.suggestions", is_list_of_objects),
    93: (CARD, lambda card: "suggestions" not in card or "selectionBehavior" in card),
    95: (f"{CARD}.selectionBehavior", lambda value: value in ("at-most-one", "any")),
    96: (f"{CARD}.selectionBehavior", is_text),
    98: (f"{CARD}.overrideReasons", is_list_of_objects),
    100: (REASON, has_text("display")),
    103: (f"{CARD}.links", is_list_of_objects),
    105: (f"{CARD}.source", has_text("label")),
    107: (f"{CARD}.source.url", is_url),
    115: (f"{CARD}.source.topic", has_text("system", "code")),
    117: (SUGGESTION, has_text("label")),
    119: (f"{SUGGESTION}.uuid", is_uuid),
    124: (f"{SUGGESTION}.actions", is_list_of_objects),
    125: (f"{SUGGESTION}.actions", lambda actions: len(actions) == 1),
    127: (f"{ACTION}.type", lambda value: value == "create"),
    128: (ACTION, has_text("description")),
    130: (f"{ACTION}.resource", lambda resource: problem(resource) is None),
    131: (f"{ACTION}.resource", lambda resource: "id" not in resource),
    136: (REASON, has_text("display")),
    138: (LINK, has_text("label")),
    139: (f"{LINK}.url", is_url),
    141: (LINK, has_text("type")),
    142: (f"{LINK}.type", lambda value: value in ("absolute", "smart")),
    144: (f"{LINK}.appContext", is_text),
    147: (LINK, lambda link: link["type"] == "smart" or "appContext" not in link),
    216: (REASON, has_text("code")),
    217: (REASON, has_text("system")),
    218: (f"{CARD}.source.topic", has_text("code")),
    219: (REASON, has_text("display")),
    220: (f"{CARD}.source.topic", has_text("display")),
}


@pytest.mark.parametrize("number", SHAPES)
def test_what_is_said_has_its_shape(bodies, number):
    path, keeps = SHAPES[number]
    found = [value for body in bodies for value in within(body, path)]
    assert found, "nothing that is said shows it"
    assert all(map(keeps, found))


OFFERED: dict[int, Check] = {
    7: has_text("hook"),
    9: has_text("description"),
    10: lambda service: re.fullmatch(r"[a-z0-9-]+", service["id"]) is not None,
    29: lambda service: all(map(is_text, service["prefetch"].values())),
    36: lambda service: all(map(is_text, service["prefetch"])),
    55: lambda service: not re.search(r"(?<!\{)\{(?!\{)", "".join(service["prefetch"].values())),
    56: lambda service: tokens(service) <= {"context.patientId", "context.encounterId"},
    57: lambda service: not any("." in token[8:] for token in tokens(service)),
    59: lambda service: all(token.startswith("context.") for token in tokens(service)),
}


def tokens(service: Resource) -> set[str]:
    return set(re.findall(r"\{\{(.*?)\}\}", " ".join(service["prefetch"].values())))


@pytest.mark.parametrize("number", OFFERED)
def test_what_is_offered_has_its_shape(services, number):
    assert all(map(OFFERED[number], services))


def test_a_service_has_an_id_of_its_own(services):
    ids = [service["id"] for service in services]
    assert len(set(ids)) == len(ids)


def test_draft_orders_are_no_prefetch_token(services):
    named = set().union(*map(tokens, services))
    assert not named & {f"context.{name}" for name in ("draftOrders", "selections", "appointments")}


def test_nothing_acts_on_its_own(bodies):
    assert all(body.keys() == {"cards"} for body in bodies)


def test_nothing_is_null_or_empty_but_no_cards(bodies, services):
    def wrong(value: Any, where: str) -> Iterator[str]:
        if value in (None, "", [], {}) and where != ".cards":
            yield where
        items = value.items() if isinstance(value, dict) else ()
        for name, inner in (*items, *enumerate(value if isinstance(value, list) else ())):
            yield from wrong(inner, f"{where}.{name}")

    assert [each for body in (*bodies, *services) for each in wrong(body, "")] == []


def test_some_have_no_cards_and_some_have(bodies):
    assert {bool(body["cards"]) for body in bodies} == {True, False}
