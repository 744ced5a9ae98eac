"""What all pages of one process share: records just read, work to be taken over, fresh tokens.

In: the app. Out: a `Pages`. Work is kept where the EHR no longer takes a page's token, for the next
launch of the same user for the same patient; in memory alone, and not for long.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import cast

from fastapi import Request

from fhir_handout.service.page.remembered import Remembered
from fhir_handout.service.page.session import Open
from fhir_handout.service.page.work import Work
from fhir_handout.service.running import Ready, Service

_MOST = 500
_SECONDS = 60 * 60
_LOCKS = 256
Key = tuple[str, str, str, str]
Fresh = Callable[[Service, Ready, Open], Open]


class KeptWork:
    """The work of pages whose launch no longer counts."""

    def __init__(self, clock: Callable[[], float], seconds: float = _SECONDS) -> None:
        self._clock, self._seconds = clock, seconds
        self._kept: OrderedDict[Key, tuple[float, Work]] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, tenant: str, launched: Open) -> None:
        """Keep the work of this user for this patient; of a user nobody knows there is none."""
        key = _key(tenant, launched.user, launched.patient, launched.encounter)
        if key is not None:
            with self._lock:
                self._kept.pop(key, None)
                # What was attached belongs to the forms of that page, whose revisions begin anew.
                self._kept[key] = (self._clock(), replace(launched.work, attached=None))
                self._forget_old()

    def take(
        self, tenant: str, user: str | None, patient: str | None, encounter: str | None
    ) -> Work | None:
        """The work that was kept, once."""
        key = _key(tenant, user, patient, encounter)
        with self._lock:
            at, work = self._kept.pop(key, (0.0, None)) if key else (0.0, None)
        return work if work and at > self._clock() - self._seconds else None

    def _forget_old(self) -> None:
        limit = self._clock() - self._seconds
        old = [key for key, (at, _) in self._kept.items() if at <= limit]
        for key in old or [*self._kept][:-_MOST]:
            del self._kept[key]


class Locks:
    """A lock for each page, by a few: pages of one EHR that hangs hold up few of others."""

    def __init__(self) -> None:
        self._locks = tuple(threading.Lock() for _ in range(_LOCKS))

    def of(self, page_id: str) -> threading.Lock:
        """The lock of a page."""
        return self._locks[hash(page_id) % _LOCKS]


@dataclass(frozen=True, slots=True)
class Pages:
    """One for each app; `fresh` gives a session's tokens anew where they are about to expire."""

    remembered: Remembered = field(default_factory=lambda: Remembered(time.monotonic))
    kept: KeptWork = field(default_factory=lambda: KeptWork(time.monotonic))
    fresh: Fresh = field(default=lambda _service, _ready, open_: open_)
    refreshing: Locks = field(default_factory=Locks)


def pages_of(request: Request) -> Pages:
    """Those of the app."""
    return cast(Pages, request.app.state.pages)


def _key(tenant: str, user: str | None, patient: str | None, encounter: str | None) -> Key | None:
    return (tenant, user, patient, encounter or "") if user and patient else None
