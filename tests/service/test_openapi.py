"""The service is as it describes itself: by its examples, and by what schemathesis makes up."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from fhir_handout.service.problems import MEDIA_TYPE
from service.calling import ROOT, TOKEN, Api, settings_text
from service.running import free_port, served, service

FILE = ROOT / "docs" / "openapi.json"
DESCRIBED = json.loads(FILE.read_text("utf-8"))
REST = {path: ops for path, ops in DESCRIBED["paths"].items() if path.startswith("/api/")}
OPERATIONS = [(path, method) for path, ops in REST.items() for method in ops]


def test_the_description_in_docs_is_current():
    command = [sys.executable, ROOT / "tools" / "openapi.py", "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def validate(body: Any, schema: dict[str, Any]) -> None:
    """A body against a schema of the description."""
    jsonschema.validate(body, {**schema, "components": DESCRIBED["components"]})


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_every_operation_has_a_token_examples_that_are_valid_and_its_problems(path, method):
    operation = DESCRIBED["paths"][path][method]
    assert operation["security"] == [{"client": []}]
    assert DESCRIBED["components"]["securitySchemes"]["client"]["scheme"] == "bearer"
    answer = operation["responses"]["200"]["content"]["application/json"]
    validate(answer["example"], answer["schema"])
    if method == "post":
        asked = operation["requestBody"]["content"]["application/json"]
        assert asked["examples"]
        for example in asked["examples"].values():
            validate(example["value"], asked["schema"])
    failures = {s: r for s, r in operation["responses"].items() if s != "200"}
    assert {"401", "500"} <= set(failures)
    for told in failures.values():
        assert told["content"][MEDIA_TYPE]["schema"] == {"$ref": "#/components/schemas/Problem"}


@pytest.mark.parametrize("path", ["/api/v1/preview", "/api/v1/explain"])
def test_an_example_that_is_sent_is_answered_as_its_example_says(rest: Api, path: str):
    operation = DESCRIBED["paths"][path]["post"]
    asked = operation["requestBody"]["content"]["application/json"]["examples"]
    answer = rest.post(path.rpartition("/")[2], **asked["a_record_that_is_sent"]["value"]).json()
    described = operation["responses"]["200"]["content"]["application/json"]
    validate(answer, described["schema"])
    assert cut(answer) == described["example"]


def cut(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: cut(item) for name, item in value.items()}
    return [cut(item) for item in value[:2]] if isinstance(value, list) else value


@pytest.mark.parametrize("token", [TOKEN, None])
def test_nothing_that_schemathesis_makes_up_is_answered_otherwise(
    tmp_path: Path, sekmet_base_url: str, token: str | None
):
    """Every check but one: what keeps each rule of a field may break one between fields."""
    text = settings_text(sekmet_base_url.rstrip("/"))
    with served(service(tmp_path, text), free_port()) as address:
        command = [
            str(Path(sys.executable).with_name("schemathesis")),
            *("run", f"{address}/openapi.json", "--checks", "all"),
            *("--exclude-checks", "positive_data_acceptance"),
            *("--include-path-regex", "^/(api|health)"),
            *("--max-examples", "5", "--seed", "1", "--no-color"),
        ]
        if token:
            command += ["-H", f"Authorization: Bearer {token}"]
        else:  # all that is asked is refused, and soon
            command += ["--phases", "examples,coverage"]
        done = subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False
        )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "Tested: 8" in done.stdout
