"""The page's templates, drawn; and its style and script as files with a name of their own.

In: a template's name and what it shows. Out: an HTML answer with its content security policy. All
words stand in the templates, and everything they are given is escaped. Nothing inline is run or
styled, and only the site's own frames may hold a page.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import yaml
from fastapi import APIRouter, Request
from jinja2 import Environment, FunctionLoader, StrictUndefined
from starlette.responses import Response

from fhir_handout.errors import NotFound
from fhir_handout.pack import templates

FOLDER = "service"
_FILES = {"page.css": "text/css; charset=utf-8", "page.js": "text/javascript; charset=utf-8"}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
)
_OF_A_SHEET = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; "
    "base-uri 'none'; sandbox; "
)
_OF_A_FILE = "form-action 'none'; base-uri 'none'; "

router = APIRouter(include_in_schema=False)


def drawn(
    request: Request,
    template: str,
    ancestors: Sequence[str],
    status: int = 200,
    **shown: Any,
) -> Response:
    """A page; `ancestors` are the sites that may frame it."""
    html = (
        _environment()
        .get_template(template)
        .render(up=_up(request), request_id=request.state.request_id, **shown)
    )
    return Response(html, status, page_headers(ancestors), "text/html; charset=utf-8")


def page_headers(ancestors: Sequence[str]) -> dict[str, str]:
    """The headers of a page. Without a referrer browsers send forms with the origin `null`."""
    return {
        "Content-Security-Policy": _POLICY + _framed(ancestors),
        "Referrer-Policy": "same-origin",
    }


def sheet_headers(ancestors: Sequence[str]) -> dict[str, str]:
    """The headers of a sheet inside a page: its style is inside it, and it runs nothing."""
    return {"Content-Security-Policy": _OF_A_SHEET + _framed(ancestors)}


def file_headers(ancestors: Sequence[str], name: str) -> dict[str, str]:
    """The headers of a file that browsers show in a viewer of their own."""
    return {
        "Content-Security-Policy": _OF_A_FILE + _framed(ancestors),
        "Content-Disposition": f'inline; filename="{name}"',
    }


@router.get("/static/{version}/{name}")
def static(version: str, name: str) -> Response:
    """A file of the page's; its version is in its address, so it may be kept for long."""
    if name not in _FILES or version != _asset(name)[0]:
        raise NotFound("no-such-file", "there is no such file; load the page again")
    return Response(
        _asset(name)[1],
        headers={"Cache-Control": "public, max-age=31536000, immutable"},
        media_type=_FILES[name],
    )


def texts(name: str) -> Mapping[str, Any]:
    """The words of a file beside the templates."""
    found: Mapping[str, Any] = yaml.safe_load(_source(name) or "")
    return found


def _framed(ancestors: Sequence[str]) -> str:
    return " ".join(("frame-ancestors 'self'", *ancestors))


def _up(request: Request) -> str:
    """The way from a page to the root, whatever the service is mounted under."""
    path: str = request.scope["path"]
    return "../" * (path.count("/") - 1)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(_source),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals["static"] = lambda name: f"static/{_asset(name)[0]}/{name}"
    environment.filters["anchor"] = _anchor
    return environment


def _anchor(name: str) -> str:
    """The name of a field as an id."""
    return name.replace("|", "--")


@cache
def _asset(name: str) -> tuple[str, str]:
    text = _source(name) or ""
    return hashlib.sha256(text.encode()).hexdigest()[:16], text


def _source(name: str) -> str | None:
    file = templates() / FOLDER / name
    return file.read_text("utf-8") if file.is_file() else None
