"""Pausing a subscription: its events stay in the feed, and follow when it is resumed."""

from __future__ import annotations

from django.db import transaction

from attestations import clock
from partners.bells import feeds_grown
from partners.models import Subscription


def pause(subscription: Subscription) -> bool:
    """Push nothing more until it is resumed; False if it was not active."""
    return bool(
        Subscription.objects.filter(
            pk=subscription.pk, status=Subscription.Status.ACTIVE, removed_at=None
        ).update(status=Subscription.Status.PAUSED)
    )


@transaction.atomic
def resume(subscription: Subscription) -> bool:
    """Push again, at once; also after a suspension. False if there was nothing to resume."""
    waiting = (Subscription.Status.PAUSED, Subscription.Status.SUSPENDED)
    resumed = Subscription.objects.filter(
        pk=subscription.pk, status__in=waiting, removed_at=None
    ).update(status=Subscription.Status.ACTIVE, failures=0, retry_at=None)
    if resumed:
        subscription.held_lanes.filter(parked_at=None).update(retry_at=clock.database_now())
        feeds_grown.ring_on_commit()
    return bool(resumed)
