"""Writing a round down: attempts, lanes and cursor, in one transaction and only under the lease,
which is given back with them.

A lane (one person's events) that fails is held, and the cursor goes on with everybody else's, as
far as they were tried: what the round had no time for stays ahead of it. When nothing at all got
through, the circuit opens: the cursor stays where it is, and one event at a time tries whether the
recipient is back.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from random import random
from typing import NamedTuple

import structlog
from django.db import connection, transaction

from attestations.models import FactChange
from attestations.services import missing
from partners.models import HeldLane, Resend, Subscription
from partners.retries import Outcome, is_exhausted, next_delay
from partners.routing import MISSING
from partners.services.rounds import FAILURES_TO_OPEN, Item, Round

log = structlog.get_logger(__name__)


@transaction.atomic
def write_round(subscription: Subscription, round_: Round, failures: int) -> bool:
    """Attempts, lanes, cursor and lease in one transaction; False if the lease is not ours now."""
    now = round_.instant()
    tried = [item for item in round_.items if item.answer is not None]
    any_success = any(item.delivered for item in tried)
    is_up = failures < FAILURES_TO_OPEN
    goes_on = is_up or any_success
    state = _State(
        cursor=_new_cursor(subscription, round_) if goes_on else subscription.cursor,
        failures=failures,
        retry_at=None if is_up else now + _pause(tried, failures),
        suspended=any(item.answer and item.answer.outcome is Outcome.GONE for item in tried),
    )
    if not _note_attempts(subscription, tried, state, now):
        return False
    _log(subscription, tried, state)
    _note_told(subscription, [item for item in tried if item.delivered], now)
    if goes_on:
        _settle_lanes(subscription, round_, state.cursor, now)
    else:
        _settle_waiting([item for item in tried if item.lane or item.resend], now)
    if any_success and subscription.failures >= FAILURES_TO_OPEN:
        # Back again: what failed meanwhile need not wait for its own turn.
        subscription.held_lanes.filter(parked_at=None).update(retry_at=now)
    return True


class _State(NamedTuple):
    """How a round leaves its subscription."""

    cursor: int
    failures: int
    retry_at: datetime | None
    suspended: bool


def _log(subscription: Subscription, tried: list[Item], state: _State) -> None:
    for item in tried:
        if not item.delivered:
            log.info("delivery_failed", **_named(item), **_answered(item))
    name = str(subscription.public_id)
    if state.retry_at is not None:
        log.warning("circuit_open", subscription=name, failures=state.failures)
    if state.suspended:
        log.warning("subscription_suspended", subscription=name)


def _note_told(subscription: Subscription, delivered: list[Item], now: datetime) -> None:
    """A finding is `notified` once its own CPAS has taken the event."""
    entries = [item.entry for item in delivered if item.entry.topic == MISSING]
    told = [entry.fact_change_id for entry in entries if entry.fact_change_id is not None]
    if told and (cpas_id := subscription.organisation.cpas_id) is not None:
        findings = FactChange.objects.filter(pk__in=told).values_list("missing_id", flat=True)
        missing.note_told([pk for pk in findings if pk], cpas_id=cpas_id, now=now)


def _pause(tried: list[Item], failures: int) -> timedelta:
    """How long the open circuit stays open."""
    asked = [item.answer.retry_after for item in tried if item.answer and item.answer.retry_after]
    attempt = failures - FAILURES_TO_OPEN + 1
    return next_delay(attempt, retry_after=max(asked, default=None), random=random)


def _new_cursor(subscription: Subscription, round_: Round) -> int:
    """To the end of what was read; only to the last event tried, if others behind it were not."""
    fresh = [item for item in round_.items if not (item.lane or item.resend)]
    tried = (item.entry.position for item in fresh if item.answer is not None)
    last = max(tried, default=subscription.cursor)
    if any(item.answer is None and item.entry.position > last for item in fresh):
        return last
    return round_.read_to


def _settle_lanes(subscription: Subscription, round_: Round, cursor: int, now: datetime) -> None:
    """Hold the lanes that failed, or were left unsent behind the cursor; move those that got on."""
    _settle_waiting([item for item in round_.items if item.lane or item.resend], now)
    new: dict[int, HeldLane] = {}
    for item in round_.items:
        if item.delivered or item.lane or item.resend or item.entry.person_id in new:
            continue
        if item.entry.position > cursor:
            continue
        tried = item.answer is not None
        wait = timedelta()
        if item.answer is not None:
            wait = next_delay(1, retry_after=item.answer.retry_after, random=random)
        new[item.entry.person_id] = HeldLane(
            subscription=subscription,
            person_id=item.entry.person_id,
            position=item.entry.position,
            attempts=1 if tried else 0,
            since=now,
            retry_at=now + wait,
        )
    if new:
        HeldLane.objects.bulk_create(new.values())


def _settle_waiting(items: list[Item], now: datetime) -> None:
    """Move on, or put off, the held lanes and resends among the items."""
    moved: dict[int, HeldLane] = {}
    for item in items:
        if item.answer is None:
            continue
        if item.resend is not None:
            _settle_resend(item, item.resend, now)
        elif item.lane is not None:
            _settle_lane(item, item.lane, now)
            moved[item.lane.pk] = item.lane
    if moved:
        HeldLane.objects.bulk_update(
            moved.values(), ["position", "attempts", "since", "retry_at", "parked_at"]
        )


def _settle_resend(item: Item, resend: Resend, now: datetime) -> None:
    if item.delivered:
        resend.delete()
    elif is_exhausted(resend.since, now):
        log.error("resend_given_up", **_named(item))
        resend.delete()
    else:
        resend.attempts += 1
        resend.retry_at = now + next_delay(resend.attempts, random=random)
        resend.save(update_fields=["attempts", "retry_at"])


def _settle_lane(item: Item, lane: HeldLane, now: datetime) -> None:
    if item.delivered:
        lane.position, lane.attempts = item.entry.position + 1, 0
        lane.since = lane.retry_at = now
        return
    if lane.attempts == 0:
        lane.since = now
    lane.attempts += 1
    lane.position = item.entry.position
    answer = item.answer
    lane.retry_at = now + next_delay(
        lane.attempts, retry_after=answer.retry_after if answer else None, random=random
    )
    if is_exhausted(lane.since, now):
        lane.parked_at = now
        log.error("lane_parked", **_named(item))


def _answered(item: Item) -> dict[str, object]:
    answer = item.answer
    return {} if answer is None else {"status": answer.status, "error": answer.error or ""}


def _named(item: Item) -> dict[str, object]:
    """What a log line needs to lead to the event: never the person."""
    entry = item.entry
    return {
        "organisation": entry.organisation_id,
        "position": entry.position,
        "ticket": str(entry.ticket),
    }


def _note_attempts(
    subscription: Subscription, tried: list[Item], state: _State, now: datetime
) -> bool:
    """How the subscription is left, and a row for each event tried, numbered from 1 for this event
    and subscription; nothing of it, and False, if the lease is not ours now.

    In one statement, as this is done for every event of every recipient.
    """
    answered = [(item.entry, item.answer) for item in tried if item.answer is not None]
    with connection.cursor() as cursor:
        cursor.execute(
            _ATTEMPTS,
            state._asdict()
            | {
                "subscription": subscription.pk,
                "lease": subscription.lease,
                "now": now,
                "entries": _array(entry.pk for entry, _ in answered),
                "tickets": _array(entry.ticket for entry, _ in answered),
                "outcomes": _array(answer.outcome for _, answer in answered),
                "statuses": _array(answer.status for _, answer in answered),
                "errors": _array(answer.error or "" for _, answer in answered),
                "milliseconds": _array(answer.milliseconds for _, answer in answered),
            },
        )
        return cursor.fetchone() is not None


def _array(values: Iterable[int | str | None]) -> str:
    """Numbers, or words without a quote, as PostgreSQL writes an array.

    The driver takes ten times as long over a list.
    """
    return "{" + ",".join(["NULL" if value is None else f'"{value}"' for value in values]) + "}"


# The sum keeps a planner that knows too little of the table from counting by the index of the
# subscription, which holds everything that was ever sent to it.
_ATTEMPTS = """
WITH ours AS (
    UPDATE partners_subscription
    SET lease = NULL, leased_until = NULL, cursor = %(cursor)s, failures = %(failures)s,
        retry_at = %(retry_at)s,
        status = CASE WHEN %(suspended)s THEN 'suspended' ELSE status END
    WHERE id = %(subscription)s AND lease = %(lease)s
    RETURNING id
), noted AS (
    INSERT INTO partners_deliveryattempt
           (subscription_id, entry_id, number, outcome, status, error, milliseconds, ticket, at)
    SELECT ours.id, tried.entry,
           1 + (SELECT count(*) FROM partners_deliveryattempt before
                WHERE before.entry_id = tried.entry
                  AND before.subscription_id + 0 = %(subscription)s),
           tried.outcome, tried.status, tried.error, tried.milliseconds, tried.ticket, %(now)s
    FROM ours, unnest(%(entries)s::bigint[], %(outcomes)s::text[], %(statuses)s::smallint[],
                      %(errors)s::text[], %(milliseconds)s::int[], %(tickets)s::uuid[])
         AS tried (entry, outcome, status, error, milliseconds, ticket)
)
SELECT id FROM ours
"""
