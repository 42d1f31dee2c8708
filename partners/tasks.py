"""Celery tasks of stage 3: thin, repeatable, safe to lose; they carry ids only."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import structlog
from celery import shared_task
from celery.signals import worker_process_shutdown
from django.conf import settings

from attestations import clock
from attestations.locks import session_lock
from attestations.rung import RungTask
from partners.services import (
    answering,
    delivering,
    leasing,
    manifests,
    probing,
    purging,
    recipient_rights,
    rehearsing,
    routing,
)

log = structlog.get_logger(__name__)

# An attempt lasts at most 10 s; an orderly end waits for those at work, and so repeats nothing.
SHUTDOWN_SECONDS = 12.0
# How long a worker answers questions before it lets other tasks pass, or goes on with rehearsals.
SECONDS_A_TURN = 1.0
REHEARSING_SECONDS = 5.0


@shared_task(base=RungTask, at_once=True)
def route_pending() -> None:
    """Bring a batch of changes of both ledgers into the feeds, and ring if there are more.

    So what entered the feeds is delivered before the next batch, however long changes keep coming.
    """
    if routing.route_batch() is not None and routing.anything_pending():
        route_pending.ring()
    recipient_rights.bring_level()


@shared_task(base=RungTask)
def rehearse_pending() -> None:
    """Go on with the rehearsals that are asked for, and ring again if one is not finished yet."""
    with session_lock("rehearse") as free:
        if free and rehearsing.work(seconds=REHEARSING_SECONDS):
            rehearse_pending.ring()


@shared_task(base=RungTask, at_once=True)
def deliver_due() -> None:
    """Wake a drain for each subscription that has something to deliver.

    The first begins here and now, the others wherever a process is free.
    """
    due = leasing.due_subscriptions()
    # First, as it needs no broker, and the others do.
    for subscription_id, _ in due[:1]:
        delivering.start(subscription_id, again=drain_subscription.delay)
    for subscription_id, is_backlog in due[1:]:
        (drain_backlog if is_backlog else drain_subscription).delay(subscription_id)
    for subscription_id, is_backlog in due[:1]:
        if is_backlog:
            delivering.linger(subscription_id)


@shared_task
def drain_subscription(subscription_id: int) -> None:
    """Begin to deliver to one subscription; a next wake-up goes on where this one ends."""
    delivering.start(subscription_id, again=drain_subscription.delay)


@shared_task
def drain_backlog(subscription_id: int) -> None:
    """The same, and keep this process from other tasks for a moment.

    So the next backlog begins in another process, which has a processor to itself.
    """
    delivering.start(subscription_id, again=drain_backlog.delay)
    delivering.linger(subscription_id)


@shared_task(base=RungTask)
def probe_endpoints() -> None:
    """Send the challenges and tests that are due, all at once: those that hang cost one wait."""
    probing.probe_due()


@shared_task(base=RungTask)
def answer_questions() -> None:
    """Answer parts of questions about many persons for a moment, then queue again."""
    until = time.monotonic() + SECONDS_A_TURN
    while answering.answer_part():
        if time.monotonic() > until:
            answer_questions.ring()
            return


@shared_task
def throw_answers_away() -> None:
    """Delete the answers that have been kept long enough."""
    answering.throw_away(now=clock.database_now())


@worker_process_shutdown.connect
def finish_deliveries(**_signal: Any) -> None:
    """What is being sent when a worker ends is written down first."""
    delivering.finish(SHUTDOWN_SECONDS)


@shared_task(time_limit=1800, soft_time_limit=1700)
def make_manifests() -> None:
    """Make the manifests of yesterday before anybody asks for them; again is harmless."""
    with session_lock("manifests") as alone:
        if alone:
            manifests.make_due(now=clock.database_now())


@shared_task(time_limit=1800, soft_time_limit=1700)
def purge() -> None:
    """Let go of delivery attempts, readings of feeds and sessions that were kept long enough."""
    now = clock.database_now()
    kept = timedelta(days=settings.DELIVERY_ATTEMPTS_KEPT_DAYS)
    log.info(
        "purged",
        attempts=purging.purge_attempts(now=now, kept=kept),
        feed_readings=purging.purge_feed_readings(
            now=now, kept=timedelta(days=settings.ACCESS_LOG_KEPT_DAYS)
        ),
        tokens=purging.purge_tokens(now=now),
    )
