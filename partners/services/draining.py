"""Draining a subscription: its feed, from its cursor on, to its endpoint, in order per person.

1. Take the lease of the subscription, or leave it to whoever holds it.
2. Read a round: asked-for resends, held lanes that are due, then entries beyond the cursor whose
   lane is not held.
3. Send it, a bounded number at a time, each lane one event after the other.
4. Write down in one transaction, if the lease is still ours: attempts, lanes, cursor.
5. Again, until nothing is left or the time is up.

HTTP happens outside any transaction. A drain that slept past its lease can no longer write; what
it sent meanwhile is sent again with the same id.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from contextlib import AsyncExitStack

from django.conf import settings
from django.db import connection
from django.db.models import Q

from attestations import clock
from partners.addresses import parse_networks
from partners.models import Subscription
from partners.services.rounds import LEASE, ending, read_round
from partners.services.sending import LANES_AT_WORK, send_round
from partners.services.settling import write_round
from partners.services.standing import MAY_BE_PUSHED
from partners.transport import open_session

# A drain gives the worker back after this long; the next ring or sweep goes on.
TIME_LIMIT_SECONDS = 20.0


def drain(subscription_id: int) -> bool:
    """Deliver what can be delivered now; True if the time ran out with work left.

    Looking again after the lease is given up closes the gap in which an event came in while its
    announcer found the lease taken.
    """
    until = time.monotonic() + TIME_LIMIT_SECONDS
    while time.monotonic() < until and not ending.is_set():
        lease = uuid.uuid4()
        subscription = _take_lease(subscription_id, lease)
        if subscription is None:
            return False
        try:
            _drain(subscription, until)
        finally:
            Subscription.objects.filter(pk=subscription_id, lease=lease).update(
                lease=None, leased_until=None
            )
        if subscription_id not in due_subscriptions():
            return False
    return True


def due_subscriptions() -> list[int]:
    """Subscriptions with something to deliver now and no drain at work.

    One whose authorisation has ended has nothing to deliver until it is given anew.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT s.id
            FROM partners_subscription s
            LEFT JOIN partners_feedhead h ON h.organisation_id = s.organisation_id
            WHERE s.status = 'active' AND s.removed_at IS NULL AND s.endpoint <> ''
              AND (s.leased_until IS NULL OR s.leased_until < clock_timestamp())
              AND (s.retry_at IS NULL OR s.retry_at <= clock_timestamp())
              AND {MAY_BE_PUSHED}
              AND (coalesce(h.position, 0) > s.cursor
                   OR s.replay_after IS NOT NULL
                   OR EXISTS (SELECT FROM partners_heldlane l WHERE l.subscription_id = s.id
                              AND l.parked_at IS NULL AND l.retry_at <= clock_timestamp())
                   OR EXISTS (SELECT FROM partners_resend r WHERE r.subscription_id = s.id
                              AND r.retry_at <= clock_timestamp()))
            ORDER BY s.id
            """,
            {"on": clock.today()},
        )
        return [row[0] for row in cursor.fetchall()]


def _take_lease(subscription_id: int, lease: uuid.UUID) -> Subscription | None:
    now = clock.database_now()
    free = Q(leased_until=None) | Q(leased_until__lt=now)
    closed = Q(retry_at=None) | Q(retry_at__lte=now)
    taken = (
        Subscription.objects.filter(
            free,
            closed,
            pk=subscription_id,
            status=Subscription.Status.ACTIVE,
            removed_at=None,
            proved_at__isnull=False,
        )
        .exclude(endpoint="")
        .update(lease=lease, leased_until=now + LEASE)
    )
    return Subscription.objects.get(pk=subscription_id) if taken else None


def _drain(subscription: Subscription, until: float) -> None:
    """Rounds until nothing is left; only the sending runs in the event loop."""
    networks = parse_networks(settings.WEBHOOK_ALLOWED_NETWORKS)
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        session = runner.run(
            stack.enter_async_context(
                open_session(allowed_networks=networks, concurrency=LANES_AT_WORK)
            )
        )
        try:
            while time.monotonic() < until and not ending.is_set():
                found = read_round(subscription)
                if found is None:
                    return
                failures = runner.run(send_round(session, subscription, found))
                if not write_round(subscription, found, failures):
                    return
        finally:
            runner.run(stack.aclose())
