"""What all pages of one process share: records just read, and what is done with their tokens.

In: the app. Out: a `Pages`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

from fastapi import Request

from fhir_handout.service.page.remembered import Remembered
from fhir_handout.service.page.session import Open
from fhir_handout.service.running import Ready, Service

Fresh = Callable[[Service, Ready, Open], Open]
GiveBack = Callable[[Service, Ready, Open], None]


@dataclass(frozen=True, slots=True)
class Pages:
    """One for each app.

    `fresh` gives a session's tokens anew where they are about to expire, `give_back` returns them.
    """

    remembered: Remembered = field(default_factory=lambda: Remembered(time.monotonic))
    fresh: Fresh = field(default=lambda _service, _ready, open_: open_)
    give_back: GiveBack = field(default=lambda _service, _ready, _open: None)


def pages_of(request: Request) -> Pages:
    """Those of the app."""
    return cast(Pages, request.app.state.pages)
