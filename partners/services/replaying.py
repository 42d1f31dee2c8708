"""Sending again, in order, everything since a position or an instant: the push goes back there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Least

from attestations.errors import OutOfRange
from partners.bells import feeds_grown
from partners.models import FeedEntry, FeedHead, Subscription


@dataclass(frozen=True)
class Replay:
    """What is sent again: everything after one position, up to the last one so far."""

    after: int
    last_position: int


@transaction.atomic
def replay(
    subscription: Subscription, *, after: int | None = None, since: datetime | None = None
) -> Replay:
    """Send what entered the feed after a position, or from an instant on, once more.

    The events keep their ids and their order per person; what was parked is tried again too. Raises
    OutOfRange for a position that the feed has not reached.
    """
    head = FeedHead.objects.filter(organisation_id=subscription.organisation_id).first()
    last = head.position if head else 0
    if after is None:
        feed = FeedEntry.objects.filter(organisation_id=subscription.organisation_id)
        first = feed.filter(created_at__gte=since).order_by("position").first()
        after = first.position - 1 if first else last
    if after > last:
        raise OutOfRange(f"The feed has reached position {last} only.", "after")
    Subscription.objects.filter(pk=subscription.pk).update(
        replay_after=Least(Coalesce(F("replay_after"), after), after)
    )
    feeds_grown.ring_on_commit()
    return Replay(after, last)
