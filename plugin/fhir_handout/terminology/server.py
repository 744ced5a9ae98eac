"""Asking a site's terminology server about codes that the content pack's tables lack.

In: `TerminologySettings` and codes. Out: `LookedUp`. A value set is asked for whole, and the codes
are looked for in it here; only where the server does not list it is each code sent. Nothing is
raised but `UsageError` bad-token, no-ca-bundle and bad-base-url, when the server is set up: what
can't be found out is unchecked, with why.

The server has two seconds for each answer and ten for all of them. After the first that does not
come it is left alone, so make one of these for each run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from fhir_handout.ehr import outcome
from fhir_handout.ehr.address import BaseUrl
from fhir_handout.ehr.answer import NO_ANSWER, Answer
from fhir_handout.ehr.deadline import within
from fhir_handout.ehr.http import FhirClient
from fhir_handout.ehr.rest_settings import RestSettings
from fhir_handout.errors import HandoutError, InvalidFhir, Refused
from fhir_handout.patient_record import Coding, LookedUp
from fhir_handout.systems import normal_key
from fhir_handout.terminology.cache import Cache, Expansion
from fhir_handout.terminology.expansion import expanded
from fhir_handout.terminology.membership import (
    COULD_NOT_TELL,
    UNKNOWN_SYSTEM,
    Verdict,
    verdict,
)
from fhir_handout.terminology.question import Key, expansion_url, is_code, membership_url
from fhir_handout.terminology.site_settings import TerminologySettings

_SECONDS_EACH = 2.0
_SECONDS_IN_ALL = 10.0
_LARGEST_ANSWER = 16 * 1024 * 1024
_REFUSED_TO_US = (401, 403, 429, 503)

NO_FORM = "it has not the form of a code of its system"
SILENT = "the terminology server did not answer"
SLOW = "the terminology server took too long for all of them"
ELSEWHERE = "the terminology server sends us to another one"


class _LeftAlone(Exception):
    """The server is not to be asked anything more."""


class TerminologyServer:
    """A terminology server, for one run."""

    def __init__(
        self,
        site: TerminologySettings,
        rest: RestSettings,
        clock: Callable[[], float] = time.time,
    ) -> None:
        limited = replace(
            rest,
            token=site.token,
            connect_timeout=_SECONDS_EACH,
            read_timeout=_SECONDS_EACH,
            max_answer_bytes=_LARGEST_ANSWER,
            retries=0,
        )
        self._client = FhirClient(BaseUrl.parse(site.server), limited)
        self._canonical = site.canonical
        self._cache = Cache(rest.cache_dir, self._client.base.url, clock)
        self._seconds_left = _SECONDS_IN_ALL
        self._left_alone = ""
        self._unable: dict[tuple[str, str], str] = {}

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def look_up(self, codings: Iterable[Coding]) -> LookedUp:
        """The value sets each code is in, and why it could not be checked against them all."""
        keys = list(dict.fromkeys(map(_key, codings)))
        value_sets: dict[Key, tuple[str, ...]] = {}
        unchecked: dict[Key, str] = {}
        for name, canonical in self._canonical.items() if keys else ():
            for key, said in self._verdicts(name, canonical, keys).items():
                if isinstance(said, str):
                    unchecked.setdefault(key, said)
                elif said:
                    value_sets[key] = (*value_sets.get(key, ()), name)
        self._cache.keep_answers()
        return LookedUp(value_sets, unchecked)

    def _verdicts(self, name: str, canonical: str, keys: list[Key]) -> Mapping[Key, Verdict]:
        try:
            members = self._members(canonical)
        except _LeftAlone as why:
            return dict.fromkeys(keys, str(why))
        if members is None:
            return {key: self._verdict(canonical, key) for key in keys}
        if not members:
            return dict.fromkeys(keys, f"value set {name} is empty on the terminology server")
        return {key: key in members for key in keys}

    def _members(self, canonical: str) -> frozenset[Key] | None:
        """All members of a value set, None where the server does not list them."""
        known = self._cache.expansion(canonical)
        if known is None:
            flawed: list[Answer] = []
            known = Expansion(expanded(lambda offset: self._page(canonical, offset, flawed)))
            if known.members or (known.members is None and all(map(_is_too_costly, flawed))):
                self._cache.keep_expansion(canonical, known)  # else it may do better next time
        return known.members

    def _page(self, canonical: str, offset: int, flawed: list[Answer]) -> Mapping[str, Any] | None:
        answer = self._ask(expansion_url(canonical, offset))
        if answer.ok and answer.type == "ValueSet":
            return answer.resource
        flawed.append(answer)
        return None

    def _verdict(self, canonical: str, key: Key) -> Verdict:
        """Whether a value set has a code, asked of the server if need be."""
        known = self._cache.is_member(canonical, key)
        if known is not None:
            return known
        if not is_code(key):
            return NO_FORM
        group = canonical, key[0]
        if group in self._unable:
            return self._unable[group]
        try:
            answer = self._ask(membership_url(canonical, key))
        except _LeftAlone as why:
            return str(why)
        said = _said(answer)
        if isinstance(said, bool):
            self._cache.note(canonical, key, said)
        elif said == UNKNOWN_SYSTEM or answer.status >= 500:
            self._unable[group] = said  # other codes of the system would fare no better
        return said

    def _ask(self, url: str) -> Answer:
        """One answer of any status; `_LeftAlone` where the server is not to be asked any more."""
        if self._left_alone:
            raise _LeftAlone(self._left_alone)
        if self._seconds_left <= 0:
            raise self._leave_alone(SLOW)
        began, limit = time.monotonic(), min(_SECONDS_EACH, self._seconds_left)
        try:
            answer = within(limit, lambda: self._client.get(url))
        except InvalidFhir:
            return Answer(NO_ANSWER, flaw="too large")
        except Refused:
            raise self._leave_alone(ELSEWHERE) from None
        except (HandoutError, TimeoutError):
            raise self._leave_alone(SILENT if limit == _SECONDS_EACH else SLOW) from None
        finally:
            self._seconds_left -= time.monotonic() - began
        if answer.status in _REFUSED_TO_US:
            raise self._leave_alone(_answered(answer))
        return answer

    def _leave_alone(self, why: str) -> _LeftAlone:
        self._left_alone = why
        return _LeftAlone(why)


def _key(coding: Coding) -> Key:
    return normal_key(coding.system, coding.code)


def _said(answer: Answer) -> Verdict:
    if not answer.ok:
        return _answered(answer)
    if answer.type != "Parameters" or answer.resource is None:
        return COULD_NOT_TELL
    return verdict(answer.resource)


def _answered(answer: Answer) -> str:
    said = f"answered {answer.status}" if answer.status != NO_ANSWER else "answered too much"
    return f"the terminology server {said}"


def _is_too_costly(answer: Answer) -> bool:
    return any(issue.code == "too-costly" for issue in outcome.issues(answer.resource))
