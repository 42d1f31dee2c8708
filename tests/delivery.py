"""Fixtures of tests that deliver: a recipient that is pushed to, and decisions to tell it of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from derived_rights.services.deriving import derive_pending
from partners.models import HeldLane, Subscription
from partners.services import settling, subscriptions
from partners.services.routing import route_pending
from tests.sink import Sink, open_sink

KEY = "whsec_" + "c2VjcmV0IG9mIHRoZSB0ZXN0cywgMzIgYnl0ZXMgbG9uZw=="


@pytest.fixture
def sink() -> Iterator[Sink]:
    with open_sink() as opened:
        yield opened


@pytest.fixture
def mutuality(recipient_for, sink: Sink):
    """A recipient whose subscription pushes to the sink."""
    recipient = recipient_for("mutualities", "bim", endpoint=sink.url)
    subscription = recipient.organisation.subscriptions.get()
    subscriptions._store_secret(subscription, KEY)
    recipient.subscription = subscription.pk
    return recipient


@pytest.fixture
def record(cpas, decision, new_ssin, mutuality) -> Callable[[int], list[str]]:
    """Record decisions on so many new persons and route what follows; returns their SSINs."""

    def make(persons: int) -> list[str]:
        ssins = [new_ssin() for _ in range(persons)]
        for ssin in ssins:
            mutuality.inscribe(ssin)
            assert cpas.post("/decisions", decision(ssin)).status_code == 201
        derive_pending()
        route_pending()
        return ssins

    return make


def make_due(subscription_id: int) -> None:
    """Let every wait be over."""
    past = timezone.now() - timedelta(seconds=1)
    Subscription.objects.filter(pk=subscription_id, retry_at__isnull=False).update(retry_at=past)
    HeldLane.objects.filter(parked_at=None).update(retry_at=past)


def positions(events: list[dict[str, Any]]) -> list[int]:
    return [event["position"] for event in events]


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of the failed attempts after which somebody waits: for an hour, here."""
    asked: list[int] = []

    def wait(attempt: int, **_options: object) -> timedelta:
        asked.append(attempt)
        return timedelta(hours=1)

    monkeypatch.setattr(settling, "next_delay", wait)
    return asked
