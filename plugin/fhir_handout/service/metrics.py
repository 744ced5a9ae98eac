"""Prometheus metrics of one running service.

In: what happened. Out: `exposition`, the text that Prometheus reads. Labels are names from the
program and the settings: routes as written, methods, statuses, tenants; never a value of a request.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

MEDIA_TYPE = CONTENT_TYPE_PLAIN_0_0_4
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """Counts and durations; each app has its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "fhir_handout_http_requests",
            "Requests answered",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self.seconds = Histogram(
            "fhir_handout_http_request_seconds",
            "How long requests took",
            ("method", "route"),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.deeds = Counter(
            "fhir_handout_deeds",
            "Handouts attached and retracted, cards shown, feedback taken",
            ("tenant", "deed", "outcome"),
            registry=self.registry,
        )

    def exposition(self) -> bytes:
        """All of them, as text."""
        return generate_latest(self.registry)
