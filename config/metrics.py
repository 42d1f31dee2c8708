"""`/metrics` for Prometheus: how the work stands, read from the database at each scrape.

Nothing is counted in a process, so any of the web servers answers for all. Organisations stand
under their codes; there are no persons in it.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from ipaddress import ip_address

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from partners.services import workload

# What a proxy adds: behind one, everybody comes from this machine.
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Real-Ip")
PUSH = ("organisation", "subscription")


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The metrics, for whoever shows METRICS_TOKEN; without one set, for this machine only."""
    if not _may_read(request):
        raise Http404
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Workload())
    response = HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
    response["Cache-Control"] = "no-store"
    return response


def _may_read(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        shown = request.headers.get("Authorization", "").encode()
        return hmac.compare_digest(shown, f"Bearer {settings.METRICS_TOKEN}".encode())
    if any(name in request.headers for name in FORWARDED):
        return False
    address = request.META.get("REMOTE_ADDR") or "0.0.0.0"
    return ip_address(address).is_loopback


class Workload(Collector):
    """The metrics of one moment."""

    def collect(self) -> Iterator[Metric]:
        yield from _stages()
        yield from _pushes()
        yield _gauge(
            "feed_position", "Last position of a feed.", ("organisation",), workload.feeds().items()
        )
        attempts = GaugeMetricFamily(
            "registry_attempts_recent",
            "Delivery attempts of the last five minutes.",
            labels=("organisation", "outcome"),
        )
        for organisation, outcome, count in workload.recent_attempts():
            attempts.add_metric((organisation, outcome), count)
        yield attempts
        yield CounterMetricFamily(
            "registry_rings_lost", "Rings that did not reach Redis.", value=workload.rings_lost()
        )
        signs = workload.signs_of_life()
        yield _gauge(
            "sign_of_life_age_seconds",
            "Since a program was last at work.",
            ("program",),
            [(name, age) for name, (age, _) in signs.items()],
        )
        yield _gauge(
            "clock_ahead_seconds",
            "A program's clock less the database's.",
            ("program",),
            [(name, ahead) for name, (_, ahead) in signs.items()],
        )


def _stages() -> Iterator[Metric]:
    found = workload.stages()
    yield _gauge(
        "pending",
        "Rows that a stage has not claimed.",
        ("stage",),
        [(one.name, one.pending) for one in found],
    )
    yield _gauge(
        "pending_oldest_seconds",
        "Age of the oldest of them.",
        ("stage",),
        [(one.name, one.oldest) for one in found],
    )


def _pushes() -> Iterator[Metric]:
    found = workload.pushes()
    for name, text, value in (
        ("push_behind", "Entries of the feed beyond the cursor.", lambda one: one.behind),
        ("push_oldest_seconds", "Age of the event that waits longest.", lambda one: one.oldest),
        ("lanes_held", "Persons whose events wait for a retry.", lambda one: one.held),
        ("lanes_parked", "Persons whose events were given up.", lambda one: one.parked),
        ("resends_waiting", "Events to be sent once more.", lambda one: one.resends),
        ("circuit_open", "1 while a recipient seems down.", lambda one: int(one.is_open)),
    ):
        family = GaugeMetricFamily(f"registry_{name}", text, labels=PUSH)
        for one in found:
            family.add_metric((one.organisation, one.subscription), value(one))
        yield family
    states = GaugeMetricFamily(
        "registry_subscription_state", "1 for the state it is in.", labels=(*PUSH, "state")
    )
    for one in found:
        states.add_metric((one.organisation, one.subscription, one.status), 1)
    yield states


def _gauge(name: str, text: str, labels: tuple[str, ...], values: object) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"registry_{name}", text, labels=labels)
    for label, value in values:  # type: ignore[attr-defined]
        family.add_metric((label,), value)
    return family
