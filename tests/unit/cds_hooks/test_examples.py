"""Every example call, positive and negative, comes to what cases.yaml says."""

from typing import Any

import pytest
import yaml

from fhir_handout.cds_hooks.refused import HookRefused
from unit.cds_hooks.calls import EXAMPLES, answered, example, tenant

TABLE = yaml.safe_load((EXAMPLES / "cases.yaml").read_text("utf-8"))
CASES: dict[str, dict[str, Any]] = TABLE["cases"]


@pytest.mark.parametrize("name", CASES)
def test_an_example_is_answered_as_it_must_be(name, tmp_path):
    expected, hook = CASES[name], name.partition("/")[0]
    to = tenant(tmp_path)
    if expected["status"] == 200:
        found = answered(name, to, hook)
        assert [card["indicator"] for card in found.cards] == expected["cards"]
        assert found.requests_sent == 0
        return
    with pytest.raises(HookRefused) as error:
        answered(name, to, hook)
    assert (error.value.status, error.value.code) == (expected["status"], expected["code"])
    assert "hook-example" not in error.value.message


def test_the_table_names_every_file_and_every_hook_has_both_kinds():
    files = {
        p.relative_to(EXAMPLES).with_suffix("").as_posix() for p in EXAMPLES.rglob("*.request")
    }
    assert files == set(CASES)
    for hook in ("patient-view", "encounter-discharge", "order-sign"):
        kinds = {bool(c.get("cards")) for n, c in CASES.items() if n.startswith(f"{hook}/")}
        assert kinds == {True, False}


@pytest.mark.parametrize("name", CASES)
def test_every_resource_is_labelled_as_test_data(name):
    def resources(value: Any) -> Any:
        if isinstance(value, dict):
            if value.get("resourceType") not in (None, "Bundle", "OperationOutcome"):
                yield value
                return
            value = list(value.values())
        for inner in value if isinstance(value, list) else ():
            yield from resources(inner)

    found = list(resources(example(name)))
    assert found
    for resource in found:
        assert resource["meta"]["security"][0]["code"] == "HTEST", resource["id"]
