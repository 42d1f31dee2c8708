"""Letting go of delivery attempts and sessions that are over."""

from __future__ import annotations

from datetime import datetime, timedelta

from oauth2_provider.models import AccessToken

from attestations.services.purging import purge
from partners.models import DeliveryAttempt


def purge_attempts(*, now: datetime, kept: timedelta) -> int:
    """Attempts older than that; the events themselves stay in the feed."""
    return purge(DeliveryAttempt.objects.filter(at__lt=now - kept))


def purge_tokens(*, now: datetime) -> int:
    """Access tokens that ended a day ago or longer."""
    return purge(AccessToken.objects.filter(expires__lt=now - timedelta(days=1)))
