"""The page of a sheet as nothing but a Jinja2 template makes it.

No escaping, nothing isolated, no choice of language or layout: every value is markup that is ready
to be printed. It is what a page has to be measured against, and its bytes are the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import Environment

from fhir_handout.model import Sheet
from fhir_handout.render.blocks import Document, Drawing, Items, Link, Links, Paragraph, Part, Table
from fhir_handout.render.html import said

_FIGURE = re.compile(r"<svg width.*?</svg>", re.DOTALL)
_BODY = """<body class="standard">
<main>
<header>
{% for line in above %}
<p class="clinic">{{ line }}</p>
{% endfor %}
<h1>{{ title }}</h1>
<p class="purpose">{{ purpose }}</p>
<div class="made">
{% for role, line in made %}
<p class="{{ role }}">{{ line }}</p>
{% endfor %}
</div>
<p class="pointer"><a href="#{{ pointer.to }}">{{ pointer.line }}</a></p>
</header>
{% for part in parts %}
<section class="{{ part.role }}" aria-labelledby="{{ part.id }}">
<h2 id="{{ part.id }}">{{ part.heading }}</h2>
{% if part.figures %}
<div class="figures">
{% for figure in part.figures %}
<figure>
<figcaption>
<p>{{ figure.caption }}</p>
</figcaption>
{{ figure.svg }}
</figure>
{% endfor %}
</div>
{% endif %}
{% for block in part.blocks %}
{% if block.line %}
<p class="{{ block.role }}"{% if block.id %} id="{{ block.id }}"{% endif %}>{{ block.line }}</p>
{% elif block.list %}
<ul>
{% for item in block.list %}
<li class="{{ item.kind }}" id="{{ item.id }}">{{ item.line }}</li>
{% endfor %}
</ul>
{% elif block.links %}
<ul class="links">
{% for link in block.links %}
<li>
<p>{{ link }}</p>
</li>
{% endfor %}
</ul>
{% else %}
<table aria-labelledby="{{ part.id }}">
<thead>
<tr>
{% for column in block.columns %}
<th scope="col">{{ column }}</th>
{% endfor %}
</tr>
</thead>
<tbody>
{% for _ in range(block.lines) %}
<tr>{% for column in block.columns %}<td></td>{% endfor %}</tr>
{% endfor %}
</tbody>
</table>
{% endif %}
{% endfor %}
</section>
{% if loop.index == last %}
<footer>
<p>{{ footer }}</p>
</footer>
{% endif %}
{% endfor %}
</main>
</body>
</html>
"""


def bare_page(sheet: Sheet, document: Document, page: str) -> Callable[[], str]:
    """What makes `page` of a sheet by a template alone."""
    head = page[: page.index("<body")]
    environment = Environment(
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    template = environment.from_string("{% raw %}" + head + "{% endraw %}" + _BODY)
    values = _values(document, _FIGURE.findall(page))
    return lambda: template.render(values)


def _values(document: Document, figures: list[str]) -> Mapping[str, Any]:
    header = {line.role: line for line in document.header}
    parts = (*document.parts, document.diary) if document.diary else document.parts
    drawn = iter(figures)
    return {
        "above": [str(said(header["clinic"].words.said))] if "clinic" in header else [],
        "title": str(said(document.title.said)),
        "purpose": str(said(header["purpose"].words.said)),
        "made": [(r, str(said(header[r].words.said))) for r in ("for", "date") if r in header],
        "pointer": {
            "to": header["pointer"].leads_to,
            "line": str(said(header["pointer"].words.said)),
        },
        "parts": [_part(part, drawn) for part in parts],
        "last": len(document.parts),
        "footer": str(said(document.footer[0].words.said)),
    }


def _part(part: Part, drawn: Any) -> Mapping[str, Any]:
    figures = [
        {"caption": str(said(block.caption.said)), "svg": next(drawn)}
        for block in part.blocks
        if isinstance(block, Drawing)
    ]
    blocks = [_block(block) for block in part.blocks if not isinstance(block, Drawing)]
    return {
        "id": part.id,
        "role": part.role,
        "heading": str(said(part.heading.said)),
        "figures": figures,
        "blocks": blocks,
    }


def _block(block: Paragraph | Items | Links | Table) -> Mapping[str, Any]:
    match block:
        case Paragraph():
            return {"role": block.role, "id": block.id, "line": str(said(block.words.said))}
        case Items():
            items = (
                {"id": item.id, "kind": item.kind, "line": str(said(item.sentences[0].said))}
                for item in block.items
            )
            return {"list": list(items)}
        case Links():
            return {"links": [_link(link) for link in block.links]}
        case Table():
            columns = [str(said(column.said)) for column in block.columns]
            return {"columns": columns, "lines": block.lines}


def _link(link: Link) -> str:
    text = f": <bdi>{link.text}</bdi>" if link.text else ""
    url = f' (<a href="{link.url}"><bdi>{link.url}</bdi></a>)' if link.url else ""
    return f"{said(link.label.said)}{text}{url}"
