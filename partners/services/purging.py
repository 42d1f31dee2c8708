"""Letting go of delivery attempts, readings of feeds and sessions that are over."""

from __future__ import annotations

from datetime import datetime, timedelta

from oauth2_provider.models import AccessToken

from attestations.services.purging import purge, purge_grown
from partners.models import DeliveryAttempt, FailedProof, FeedReading


def purge_attempts(*, now: datetime, kept: timedelta) -> int:
    """Attempts older than that; the events themselves stay in the feed."""
    return purge_grown(DeliveryAttempt, before=now - kept)


def purge_feed_readings(*, now: datetime, kept: timedelta) -> int:
    """Readings older than that: whom the entries name was then read too long ago to say."""
    return purge_grown(FeedReading, before=now - kept)


def purge_tokens(*, now: datetime) -> int:
    """Access tokens that ended a day ago or longer, and failures that are that old."""
    purge(FailedProof.objects.filter(since__lt=now - timedelta(days=1)))
    return purge(AccessToken.objects.filter(expires__lt=now - timedelta(days=1)))
