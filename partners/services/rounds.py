"""One round of a drain: what is read, how it is sent, and what is written down of it.

A lane (one person's events) that fails is held, and the cursor goes on with everybody else's.
When several lanes in a row fail and none gets through, the recipient itself is taken to be down:
the circuit opens, the cursor stays where it is, and one event at a time tries whether it is back.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import random

import structlog
from django.db import transaction
from django.db.models import Count, Q

from attestations import clock
from attestations.periods import Timeline
from attestations.services import persons
from partners.models import DeliveryAttempt, FeedEntry, HeldLane, Resend, Subscription
from partners.payloads import encode, encode_batch
from partners.retries import Outcome, is_exhausted, next_delay
from partners.routing import Matter
from partners.services import events
from partners.services.recipients import wish
from partners.signing import sign
from partners.transport import Answer, Session, post

log = structlog.get_logger(__name__)

# A round starts nothing after ROUND_SECONDS, and one attempt lasts at most 10 s: so the lease,
# renewed when the round is written down, outlives it. A killed drain is missed for that long.
LEASE = timedelta(seconds=25)
ROUND_SECONDS = 8.0
ROUND = 500
LANES_PER_ROUND = 200
EVENTS_PER_LANE = 20
LANES_AT_WORK = 16
# So many lanes failing in a row, with no success between them, are the recipient's own failure.
FAILURES_TO_OPEN = 5


@dataclass(eq=False)
class Item:
    """One event to send, and why: for the first time, from a held lane, or once again."""

    entry: FeedEntry
    body: bytes = b""
    lane: HeldLane | None = None
    resend: Resend | None = None
    answer: Answer | None = None

    @property
    def delivered(self) -> bool:
        return self.answer is not None and self.answer.outcome is Outcome.DELIVERED


@dataclass
class Round:
    """What a drain does at once. `read_to` is the feed's last position that was looked at."""

    items: list[Item]
    read_to: int
    now: datetime
    keys: list[str]
    started: float = field(default_factory=time.monotonic)

    @property
    def is_over(self) -> bool:
        """Whether it is time to write down what was reached, and leave the rest to the next."""
        return time.monotonic() - self.started > ROUND_SECONDS

    def instant(self) -> datetime:
        """The database's clock, carried on by ours since the round was read."""
        return self.now + timedelta(seconds=time.monotonic() - self.started)

    @property
    def lanes(self) -> list[list[Item]]:
        """The items by lane, in feed order; a resend is a lane of its own."""
        lanes: dict[tuple[int, int], list[Item]] = {}
        for item in self.items:
            key = (item.entry.person_id, item.resend.pk if item.resend else 0)
            lanes.setdefault(key, []).append(item)
        return list(lanes.values())


# --- Reading -----------------------------------------------------------------------------------


def read_round(subscription: Subscription) -> Round | None:
    """What to send now; None when there is nothing. Moves the cursor over what is not asked for."""
    now = clock.database_now()
    subscription.refresh_from_db(fields=["cursor", "failures", "status", "retry_at"])
    if subscription.status != Subscription.Status.ACTIVE or (
        subscription.retry_at is not None and subscription.retry_at > now
    ):
        return None
    items = _resends(subscription, now) + _due_lanes(subscription, now)
    fresh, read_to = _fresh(subscription)
    items += fresh
    if subscription.failures >= FAILURES_TO_OPEN:
        # The circuit is open and its time has come: one event tries.
        items = (fresh or items)[:1]
        read_to = items[0].entry.position if fresh else subscription.cursor
    if not items and read_to == subscription.cursor:
        return None
    _render(subscription, items)
    return Round(items, read_to, now, _keys(subscription, now))


def _entries(subscription: Subscription) -> Q:
    return Q(organisation=subscription.organisation_id, legal_context=subscription.legal_context)


def _asked_for(subscription: Subscription, entry: FeedEntry) -> bool:
    asked = wish(subscription)
    same_context = entry.legal_context == subscription.legal_context
    return same_context and asked.asks_for(Matter(entry.topic, entry.code, Timeline()))


def _resends(subscription: Subscription, now: datetime) -> list[Item]:
    rows = subscription.resends.filter(retry_at__lte=now).order_by("id")[:LANES_PER_ROUND]
    found = {row.entry_id: row for row in rows}
    entries = events.with_changes(FeedEntry.objects.filter(pk__in=found)).order_by("position")
    return [Item(entry, resend=found[entry.pk]) for entry in entries]


def _due_lanes(subscription: Subscription, now: datetime) -> list[Item]:
    """The waiting events of lanes that are due, in order; a lane with none left is released."""
    due = subscription.held_lanes.filter(parked_at=None, retry_at__lte=now)
    items: list[Item] = []
    for lane in due.order_by("retry_at")[:LANES_PER_ROUND]:
        waiting = events.with_changes(
            FeedEntry.objects.filter(
                _entries(subscription),
                person=lane.person_id,
                position__gte=lane.position,
                position__lte=subscription.cursor,
            )
        ).order_by("position")[:EVENTS_PER_LANE]
        asked = [entry for entry in waiting if _asked_for(subscription, entry)]
        if asked:
            items += [Item(entry, lane=lane) for entry in asked]
        elif len(waiting) < EVENTS_PER_LANE:
            HeldLane.objects.filter(pk=lane.pk, subscription__lease=subscription.lease).delete()
    return items


def _fresh(subscription: Subscription) -> tuple[list[Item], int]:
    """Entries beyond the cursor whose lane is not held, and the last position looked at."""
    window = list(
        FeedEntry.objects.filter(
            organisation=subscription.organisation_id, position__gt=subscription.cursor
        )
        .order_by("position")
        .values_list("pk", "position")[:ROUND]
    )
    if not window:
        return [], subscription.cursor
    held = set(subscription.held_lanes.values_list("person_id", flat=True))
    entries = events.with_changes(
        FeedEntry.objects.filter(_entries(subscription), pk__in=[pk for pk, _ in window])
    ).order_by("position")
    items = [
        Item(entry)
        for entry in entries
        if entry.person_id not in held and _asked_for(subscription, entry)
    ]
    return items, window[-1][1]


def _render(subscription: Subscription, items: Sequence[Item]) -> None:
    rendered = events.render([item.entry for item in items], thin=subscription.thin)
    for item, event in zip(items, rendered, strict=True):
        item.body = encode(event)


def _keys(subscription: Subscription, now: datetime) -> list[str]:
    """The signing keys in force, newest first."""
    live = Q(valid_until=None) | Q(valid_until__gt=now)
    return [
        persons.keyring().open(row.sealed)
        for row in subscription.secrets.filter(live).order_by("-id")
    ]


# --- Sending -----------------------------------------------------------------------------------


async def send_round(session: Session, subscription: Subscription, round_: Round) -> int:
    """Fill in the answers; returns how many lanes have now failed in a row.

    From FAILURES_TO_OPEN on the recipient seems down, and the rest was left unsent.
    """
    health = _Health(subscription.failures, asyncio.Semaphore(LANES_AT_WORK))
    if subscription.batch_size > 1:
        await _send_batches(session, subscription, round_, health)
    else:
        await asyncio.gather(
            *(_send_lane(session, subscription, round_, lane, health) for lane in round_.lanes)
        )
    return health.failures


@dataclass
class _Health:
    """Failures in a row of different lanes; a success of any forgets them.

    `at_work` bounds how many lanes are sent at a time, so that one that waits its turn sees
    whether the others got through.
    """

    failures: int
    at_work: asyncio.Semaphore

    @property
    def down(self) -> bool:
        return self.failures >= FAILURES_TO_OPEN

    def note(self, item: Item) -> None:
        if item.delivered:
            self.failures = 0
        elif item.lane is None and item.resend is None:
            self.failures += 1  # a held lane that fails again says nothing new


async def _send_lane(
    session: Session, subscription: Subscription, round_: Round, lane: list[Item], health: _Health
) -> None:
    """One event after the other, up to the first that fails."""
    probing = health.down
    for item in lane:
        async with health.at_work:
            if (health.down and not probing) or round_.is_over:
                return
            item.answer = await _post(session, subscription, round_, [item])
            health.note(item)
        if not item.delivered:
            return


async def _send_batches(
    session: Session, subscription: Subscription, round_: Round, health: _Health
) -> None:
    """Batches one after the other; the events of one that fails are tried lane by lane."""
    for start in range(0, len(round_.items), subscription.batch_size):
        batch = round_.items[start : start + subscription.batch_size]
        answer = await _post(session, subscription, round_, batch)
        if answer.outcome is Outcome.DELIVERED or len(batch) == 1:
            for item in batch:
                item.answer = answer
                health.note(item)
        else:
            part = Round(batch, round_.read_to, round_.now, round_.keys, round_.started)
            for lane in part.lanes:
                await _send_lane(session, subscription, round_, lane, health)
        if health.down or round_.is_over:
            return


async def _post(
    session: Session, subscription: Subscription, round_: Round, items: Sequence[Item]
) -> Answer:
    ids = [str(item.entry.event_id) for item in items]
    if subscription.batch_size > 1:
        # The same events in a batch have the same id, whenever it is sent.
        message_id = ids[0] if len(ids) == 1 else str(uuid.uuid5(uuid.NAMESPACE_OID, " ".join(ids)))
        body = encode_batch(item.body for item in items)
    else:
        (message_id,), body = ids, items[0].body
    headers = sign(message_id=message_id, timestamp=round_.instant(), body=body, keys=round_.keys)
    if subscription.batch_size > 1:
        headers["Content-Type"] = "application/json"
    return await post(session, subscription.endpoint, body, headers)


# --- Writing down ------------------------------------------------------------------------------


@transaction.atomic
def write_round(subscription: Subscription, round_: Round, failures: int) -> bool:
    """Attempts, lanes and cursor in one transaction; False if the lease is no longer ours."""
    now = clock.database_now()
    ours = Subscription.objects.filter(pk=subscription.pk, lease=subscription.lease)
    if not ours.update(leased_until=now + LEASE):
        return False
    tried = [item for item in round_.items if item.answer is not None]
    _note_attempts(subscription, tried, now)
    any_success = any(item.delivered for item in tried)
    reached = failures < FAILURES_TO_OPEN
    changes: dict[str, object] = {"failures": failures, "retry_at": None}
    if not reached:
        changes["retry_at"] = now + _pause(tried, failures)
        log.warning("circuit_open", subscription=str(subscription.public_id), failures=failures)
    if reached or any_success:
        _settle_lanes(subscription, round_, now)
        changes["cursor"] = round_.read_to
    else:
        _settle_waiting([item for item in tried if item.lane or item.resend], now)
    if any_success and subscription.failures >= FAILURES_TO_OPEN:
        # Back again: what failed meanwhile need not wait for its own turn.
        subscription.held_lanes.filter(parked_at=None).update(retry_at=now)
    if any(item.answer and item.answer.outcome is Outcome.GONE for item in tried):
        log.warning("subscription_suspended", subscription=str(subscription.public_id))
        changes["status"] = Subscription.Status.SUSPENDED
    ours.update(**changes)
    return True


def _pause(tried: list[Item], failures: int) -> timedelta:
    """How long the open circuit stays open."""
    asked = [item.answer.retry_after for item in tried if item.answer and item.answer.retry_after]
    attempt = failures - FAILURES_TO_OPEN + 1
    return next_delay(attempt, retry_after=max(asked, default=None), random=random)


def _settle_lanes(subscription: Subscription, round_: Round, now: datetime) -> None:
    """Hold the lanes that failed or were left unsent, and move those that got on."""
    _settle_waiting([item for item in round_.items if item.lane or item.resend], now)
    new: dict[int, HeldLane] = {}
    for item in round_.items:
        if item.delivered or item.lane or item.resend or item.entry.person_id in new:
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
    HeldLane.objects.bulk_create(new.values())


def _settle_waiting(items: list[Item], now: datetime) -> None:
    """Move on, or put off, the held lanes and resends among the items."""
    for item in items:
        if item.answer is None:
            continue
        if item.resend is not None:
            _settle_resend(item, item.resend, now)
        elif item.lane is not None:
            _settle_lane(item, item.lane, now)


def _settle_resend(item: Item, resend: Resend, now: datetime) -> None:
    if item.delivered or is_exhausted(resend.since, now):
        resend.delete()
        return
    resend.attempts += 1
    resend.retry_at = now + next_delay(resend.attempts, random=random)
    resend.save(update_fields=["attempts", "retry_at"])


def _settle_lane(item: Item, lane: HeldLane, now: datetime) -> None:
    if item.delivered:
        lane.position, lane.attempts = item.entry.position + 1, 0
        lane.since = lane.retry_at = now
    else:
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
            log.error("lane_parked", subscription=lane.subscription_id, position=lane.position)
    lane.save(update_fields=["position", "attempts", "since", "retry_at", "parked_at"])


def _note_attempts(subscription: Subscription, tried: list[Item], now: datetime) -> None:
    """One row for each event tried, numbered from 1 for this event and subscription."""
    counted = dict(
        DeliveryAttempt.objects.filter(
            subscription=subscription, entry__in=[item.entry.pk for item in tried]
        )
        .values("entry")
        .annotate(n=Count("pk"))
        .values_list("entry", "n")
    )
    DeliveryAttempt.objects.bulk_create(
        DeliveryAttempt(
            subscription=subscription,
            entry=item.entry,
            number=counted.get(item.entry.pk, 0) + 1,
            outcome=item.answer.outcome.value,
            status=item.answer.status,
            error=item.answer.error.value if item.answer.error else "",
            milliseconds=round(item.answer.duration.total_seconds() * 1000),
            ticket=item.entry.ticket,
            at=now,
        )
        for item in tried
        if item.answer is not None
    )
