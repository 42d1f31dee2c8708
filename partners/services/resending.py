"""Sending again: events that went out, or were given up, go out once more as somebody asks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from attestations.periods import Timeline
from partners.bells import feeds_grown
from partners.models import FeedEntry, HeldLane, Resend, Subscription
from partners.routing import Matter
from partners.services.recipients import wish


@transaction.atomic
def send_again(subscription: Subscription, entries: Iterable[FeedEntry], *, now: datetime) -> int:
    """Queue these events for the subscription, with the ids they had; how many are queued now.

    One that waits already is tried at once. Entries of another recipient are left out.
    """
    own = [entry for entry in entries if entry.organisation_id == subscription.organisation_id]
    Resend.objects.bulk_create(
        [Resend(subscription=subscription, entry=entry, since=now, retry_at=now) for entry in own],
        update_conflicts=True,
        unique_fields=["subscription", "entry"],
        update_fields=["retry_at"],
    )
    if own:
        feeds_grown.ring_on_commit()
    return len(own)


@transaction.atomic
def send_entries_again(entries: Iterable[FeedEntry], *, now: datetime) -> int:
    """Queue each event for every subscription of its recipient that asks for it and is pushed to.

    Returns how many deliveries are queued.
    """
    entries = list(entries)
    subscriptions = Subscription.objects.filter(
        organisation__in={entry.organisation_id for entry in entries}, removed_at=None
    ).exclude(endpoint="")
    return sum(
        send_again(one, [entry for entry in entries if _asked_for(one, entry)], now=now)
        for one in subscriptions
    )


@transaction.atomic
def retry_lanes(lanes: Iterable[HeldLane], *, now: datetime) -> int:
    """Try these lanes now, parked ones too, and for the full time once more; how many they are."""
    count = HeldLane.objects.filter(pk__in=[lane.pk for lane in lanes]).update(
        retry_at=now, since=now, parked_at=None
    )
    if count:
        feeds_grown.ring_on_commit()
    return count


def _asked_for(subscription: Subscription, entry: FeedEntry) -> bool:
    matter = Matter(entry.topic, entry.code, Timeline())
    return entry.legal_context == subscription.legal_context and wish(subscription).asks_for(matter)
