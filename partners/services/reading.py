"""What a round sends: resends that were asked for, then held lanes whose time has come, then what
lies beyond the cursor and whose lane is not held.

Of these only the stretch of the feed is the same whenever it is read: so it may be read ahead.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Q

from attestations import clock
from attestations.periods import Timeline
from partners.models import FeedEntry, HeldLane, Subscription
from partners.payloads import encode
from partners.routing import Matter, Wish
from partners.services import events, feed_rows
from partners.services.feed_rows import Entry
from partners.services.leasing import Leased
from partners.services.recipients import wish
from partners.services.rounds import Item, Round, round_size
from partners.services.signing_keys import LIVE_KEYS, opened
from partners.services.standing import Standing, standing_of
from partners.signing import Signer
from partners.transport import Answer, Failure

log = structlog.get_logger(__name__)

LANES_PER_ROUND = 200
EVENTS_PER_LANE = 20


class Stretch(NamedTuple):
    """A stretch of the feed, from behind `after` to `read_to`: the events a subscription asks for,
    made.

    Entries never change, so it is good for as long as its `basis` is: what is asked for, how it is
    told, and what may be told. Events of held lanes may be among them. It is `full` when the feed
    may go on behind it.
    """

    after: int
    read_to: int
    full: bool
    items: list[Item]
    basis: tuple[Wish, bool, Standing]


def read_round(leased: Leased, ahead: Stretch | None = None) -> Round | None:
    """What to send now; None when there is nothing. Moves the cursor over what is not asked for.

    `ahead` is used if it is what would be read now.
    """
    subscription, now = leased
    if subscription.replay_after is not None:
        _rewind(subscription, now)
    standing = standing_of(subscription.organisation_id, on=clock.today())
    if not standing.has(subscription.legal_context):
        return None  # the authorisation has ended: nothing goes out, and the cursor stays
    beside = _beside(subscription, now)
    items: list[Item] = []
    if beside.resends:
        items += _resends(subscription, standing, now)
    if beside.due_lanes:
        items += _due_lanes(subscription, Asked(subscription, standing), now)
    _render(subscription, items, standing)
    # Only now: a lane that was due may have been released.
    held = _held(subscription) if beside.held_lanes else frozenset()
    if ahead is None or (ahead.after, ahead.basis) != (
        subscription.cursor,
        _basis(subscription, standing),
    ):
        ahead = _stretch(subscription, standing, after=subscription.cursor, without=held)
    items += [item for item in ahead.items if item.entry.person_id not in held]
    if not items and ahead.read_to == subscription.cursor:
        return None
    return Round(items, ahead.read_to, now, Signer(opened(beside.keys)), goes_on=ahead.full)


def read_ahead(subscription: Subscription, after: int) -> Stretch:
    """The stretch that the next round sends, if the present one gets to the end of its own."""
    standing = standing_of(subscription.organisation_id, on=clock.today())
    return _stretch(subscription, standing, after=after)


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


def _held(subscription: Subscription) -> frozenset[int]:
    """The persons whose lanes are held."""
    return frozenset(subscription.held_lanes.values_list("person_id", flat=True))


def _basis(subscription: Subscription, standing: Standing) -> tuple[Wish, bool, Standing]:
    return wish(subscription), subscription.thin, standing


def _stretch(
    subscription: Subscription,
    standing: Standing,
    *,
    after: int,
    without: frozenset[int] = frozenset(),
) -> Stretch:
    """What lies beyond a position, but for the lanes of some persons."""
    size = round_size(subscription)
    window = feed_rows.beyond(subscription.organisation_id, after, limit=size)
    asked = Asked(subscription, standing)
    items = [
        Item(entry) for entry in window if entry.person_id not in without and asked.holds(entry)
    ]
    _render(subscription, items, standing)
    return Stretch(
        after=after,
        read_to=window[-1].position if window else after,
        full=len(window) == size,
        items=items,
        basis=_basis(subscription, standing),
    )


def _render(subscription: Subscription, items: Sequence[Item], standing: Standing) -> None:
    """Fill in the bodies; an event that cannot be made fails alone, and holds its lane only."""
    try:
        entries = [item.entry for item in items]
        rendered = events.render(entries, thin=subscription.thin, standing=standing)
    except (InterfaceError, OperationalError):
        raise  # it is the database that fails, not the event
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
