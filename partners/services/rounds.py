"""One round of a drain: the events that are sent at once, and how they are chosen.

Resends that were asked for, then held lanes whose time has come, then what lies beyond the cursor
and whose lane is not held.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog
from django.db import connection, transaction
from django.db.models import Q

from attestations import clock
from attestations.periods import Timeline
from partners.models import FeedEntry, HeldLane, Resend, Subscription
from partners.payloads import encode
from partners.retries import Outcome
from partners.routing import Matter
from partners.services import events, feed_rows
from partners.services.feed_rows import Entry
from partners.services.leasing import Leased
from partners.services.recipients import wish
from partners.services.signing_keys import LIVE_KEYS, opened
from partners.services.standing import Standing, standing_of
from partners.signing import Signer
from partners.transport import Answer, Failure

log = structlog.get_logger(__name__)

# Set when the process is about to end: rounds then write down what they reached, and nothing more
# is begun, so that an orderly end repeats nothing.
ending = threading.Event()

# A round starts nothing after this long. What is sent and not yet written down would be sent again:
# so rounds are short, and end before their lease.
ROUND_SECONDS = 2.0
ROUND = 500
LANES_PER_ROUND = 200
EVENTS_PER_LANE = 20
# So many lanes failing in a row, with no success between them, are the recipient's own failure.
FAILURES_TO_OPEN = 5


@dataclass(eq=False)
class Item:
    """One event to send, and why: for the first time, from a held lane, or once again."""

    entry: Entry
    body: bytes = b""
    lane: HeldLane | None = None
    resend: Resend | None = None
    answer: Answer | None = None

    @property
    def lane_key(self) -> tuple[int, int]:
        """Equal for the events of one lane: those of a person; a resend is a lane of its own."""
        return self.entry.person_id, self.resend.pk if self.resend else 0

    @property
    def delivered(self) -> bool:
        return self.answer is not None and self.answer.outcome is Outcome.DELIVERED


@dataclass
class Round:
    """What a drain does at once. `read_to` is the feed's last position that was looked at."""

    items: list[Item]
    read_to: int
    now: datetime
    signer: Signer
    started: float = field(default_factory=time.monotonic)

    @property
    def is_over(self) -> bool:
        """Whether it is time to write down what was reached, and leave the rest to the next."""
        return ending.is_set() or time.monotonic() - self.started > ROUND_SECONDS

    def instant(self) -> datetime:
        """The database's clock, carried on by ours since the round was read."""
        return self.now + timedelta(seconds=time.monotonic() - self.started)

    @property
    def lanes(self) -> list[list[Item]]:
        """The items by lane, in feed order."""
        return lanes_of(self.items)


def lanes_of(items: Iterable[Item]) -> list[list[Item]]:
    """Items by lane, each in the order given."""
    lanes: dict[tuple[int, int], list[Item]] = {}
    for item in items:
        lanes.setdefault(item.lane_key, []).append(item)
    return list(lanes.values())


def read_round(leased: Leased) -> Round | None:
    """What to send now; None when there is nothing. Moves the cursor over what is not asked for."""
    subscription, now = leased
    if subscription.replay_after is not None:
        _rewind(subscription, now)
    standing = standing_of(subscription.organisation_id, on=clock.today())
    if not standing.has(subscription.legal_context):
        return None  # the authorisation has ended: nothing goes out, and the cursor stays
    asked, beside = Asked(subscription, standing), _beside(subscription, now)
    items: list[Item] = []
    if beside.resends:
        items += _resends(subscription, standing, now)
    if beside.due_lanes:
        items += _due_lanes(subscription, asked, now)
    fresh, read_to = _fresh(subscription, asked, lanes_held=beside.held_lanes)
    items += fresh
    if not items and read_to == subscription.cursor:
        return None
    _render(subscription, items, standing)
    return Round(items, read_to, now, Signer(opened(beside.keys)))


class _Beside(NamedTuple):
    """What there is for a round beside the feed; mostly no resends and no lanes."""

    resends: bool
    due_lanes: bool
    held_lanes: bool
    keys: list[bytes]


def _beside(subscription: Subscription, now: datetime) -> _Beside:
    with connection.cursor() as cursor:
        cursor.execute(_BESIDE, {"subscription": subscription.pk, "now": now})
        return _Beside(*cursor.fetchone())


_BESIDE = f"""
SELECT EXISTS (SELECT FROM partners_resend r
               WHERE r.subscription_id = s.id AND r.retry_at <= %(now)s),
       EXISTS (SELECT FROM partners_heldlane l WHERE l.subscription_id = s.id
               AND l.parked_at IS NULL AND l.retry_at <= %(now)s),
       EXISTS (SELECT FROM partners_heldlane l WHERE l.subscription_id = s.id),
       {LIVE_KEYS}
FROM partners_subscription s WHERE s.id = %(subscription)s
"""


@transaction.atomic
def _rewind(subscription: Subscription, now: datetime) -> None:
    """Take the cursor back to where a replay begins; lanes that were held beyond go along."""
    after = subscription.replay_after
    cursor = min(subscription.cursor, after if after is not None else subscription.cursor)
    ours = Subscription.objects.filter(
        pk=subscription.pk, lease=subscription.lease, replay_after=after
    )
    if not ours.update(cursor=cursor, replay_after=None):
        return  # somebody asked for more meanwhile: the next round sees to it
    subscription.cursor = cursor
    subscription.held_lanes.filter(position__gt=cursor).update(
        position=cursor + 1, attempts=0, since=now, retry_at=now, parked_at=None
    )


def _entries(subscription: Subscription) -> Q:
    return Q(organisation=subscription.organisation_id, legal_context=subscription.legal_context)


class Asked:
    """Which events a subscription asks for, and may still be told."""

    def __init__(self, subscription: Subscription, standing: Standing) -> None:
        self._context = subscription.legal_context
        self._wish = wish(subscription)
        self._standing = standing
        self._found: dict[tuple[str, str], bool] = {}

    def holds(self, entry: Entry) -> bool:
        if entry.legal_context != self._context:
            return False
        about = entry.topic, entry.code
        if about not in self._found:
            matter = Matter(entry.topic, entry.code, Timeline())
            self._found[about] = self._wish.asks_for(matter) and self._standing.allows(entry)
        return self._found[about]


def _resends(subscription: Subscription, standing: Standing, now: datetime) -> list[Item]:
    rows = subscription.resends.filter(retry_at__lte=now).order_by("id")[:LANES_PER_ROUND]
    found = {row.entry_id: row for row in rows}
    if not found:
        return []
    entries = feed_rows.read(FeedEntry.objects.filter(pk__in=found))
    withheld = [entry.pk for entry in entries if not standing.allows(entry)]
    if withheld:
        subscription.resends.filter(entry__in=withheld).delete()
    return [Item(entry, resend=found[entry.pk]) for entry in entries if entry.pk not in withheld]


def _due_lanes(subscription: Subscription, asked: Asked, now: datetime) -> list[Item]:
    """The waiting events of lanes that are due, in order; a lane with none left is released."""
    due = subscription.held_lanes.filter(parked_at=None, retry_at__lte=now)
    items: list[Item] = []
    for lane in due.order_by("retry_at")[:LANES_PER_ROUND]:
        waiting = feed_rows.read(
            FeedEntry.objects.filter(
                _entries(subscription),
                person=lane.person_id,
                position__gte=lane.position,
                position__lte=subscription.cursor,
            ),
            limit=EVENTS_PER_LANE,
        )
        wanted = [entry for entry in waiting if asked.holds(entry)]
        if wanted:
            items += [Item(entry, lane=lane) for entry in wanted]
            continue
        ours = HeldLane.objects.filter(pk=lane.pk, subscription__lease=subscription.lease)
        if len(waiting) < EVENTS_PER_LANE:
            ours.delete()
        else:  # none of these is asked for any more: look further next time
            ours.update(position=waiting[-1].position + 1)
    return items


def _fresh(subscription: Subscription, asked: Asked, *, lanes_held: bool) -> tuple[list[Item], int]:
    """Entries beyond the cursor whose lane is not held, and the last position looked at."""
    window = feed_rows.beyond(subscription.organisation_id, subscription.cursor, limit=ROUND)
    if not window:
        return [], subscription.cursor
    held: set[int] = set()
    if lanes_held:
        held.update(subscription.held_lanes.values_list("person_id", flat=True))
    items = [Item(entry) for entry in window if entry.person_id not in held and asked.holds(entry)]
    return items, window[-1].position


def _render(subscription: Subscription, items: Sequence[Item], standing: Standing) -> None:
    """Fill in the bodies; an event that cannot be made fails alone, and holds its lane only."""
    try:
        entries = [item.entry for item in items]
        rendered = events.render(entries, thin=subscription.thin, standing=standing)
    except Exception:
        if len(items) > 1:
            for item in items:
                _render(subscription, [item], standing)
            return
        (item,) = items
        log.exception("event_not_made", entry=item.entry.pk, ticket=str(item.entry.ticket))
        item.answer = Answer(None, Failure.NOT_MADE, timedelta())
        return
    for item, event in zip(items, rendered, strict=True):
        item.body = encode(event)
