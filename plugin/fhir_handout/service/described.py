"""What OpenAPI says of every endpoint: problems, and the models that no endpoint has as its own.

In: statuses and models. Out: entries for `responses=` of a route, and `App`, whose description has
the schemas they point to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field

from fhir_handout.explain_schema import explain_schema
from fhir_handout.service.problems import MEDIA_TYPE

_JSON = "application/json"
_SCHEMAS = "#/components/schemas/"

Responses = dict[int | str, dict[str, Any]]


class Problem(BaseModel):
    """Why a request was not done (RFC 9457)."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(pattern="^urn:fhir-handout:problem:")
    title: str = Field(description="What the status says")
    status: int
    detail: str = Field(description="What is wrong and what to do, in one line")
    code: str = Field(description="Stable between versions; that of the command line")
    instance: str = Field(description="The reference under which the log has it")


def problems(*statuses: int) -> Responses:
    """These statuses with problem details."""
    content = {MEDIA_TYPE: {"schema": {"$ref": f"{_SCHEMAS}Problem"}}}
    return {each: {"description": HTTPStatus(each).phrase, "content": content} for each in statuses}


def answered(model: type[BaseModel]) -> Responses:
    """Status 200 with JSON as `model` says."""
    return {200: {"description": "Done", "model": model}}


def explanation_of() -> Responses:
    """Status 200 with an explanation."""
    told = {"schema": {"$ref": f"{_SCHEMAS}Explanation"}}
    return {200: {"description": "Done", "content": {_JSON: told}}}


def rendering_or(model: type[BaseModel]) -> Responses:
    """Status 200 with a rendering of any format, or JSON as `model` says."""
    content: dict[str, Any] = {}
    found: Responses = {200: {"description": "Done", "model": model, "content": content}}
    for name in ("text/html", "text/plain", "application/xhtml+xml", "application/rtf"):
        content[name] = {"schema": {"type": "string"}}
    content["application/pdf"] = {"schema": {"type": "string", "format": "binary"}}
    found[200]["headers"] = {
        "Handout-Gaps": {
            "description": "Parts of the record that could not be read; of renderings only",
            "schema": {"type": "integer"},
        }
    }
    return found


Examples = Callable[[], Mapping[str, Any]]


class App(FastAPI):
    """An app whose description has problems, explanations, and an example of every answer.

    `examples` gives those by path, when somebody first asks for the description.
    """

    def __init__(self, examples: Examples, **settings: Any) -> None:
        super().__init__(**settings)
        self._examples = examples

    def openapi(self) -> dict[str, Any]:
        if not self.openapi_schema:
            found = super().openapi()
            _add_schemas(found.setdefault("components", {}).setdefault("schemas", {}))
            for path, example in self._examples().items():
                for operation in found["paths"].get(path, {}).values():
                    operation["responses"]["200"]["content"][_JSON]["example"] = example
        return self.openapi_schema or {}


def _add_schemas(schemas: dict[str, Any]) -> None:
    general = explain_schema()
    del general["$schema"]
    told = {"description": "docs/explain-schema.md; docs/explain.schema.json lists the ids"}
    schemas["Explanation"] = general | told
    schemas["Problem"] = Problem.model_json_schema()
