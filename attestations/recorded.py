"""The second clock: what was believed at an instant, whatever was learnt since."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q


def believed(known_at: datetime | None) -> Q:
    """Rows that were in force at an instant; without one, those in force now.

    A row is in force from the instant at which it was recorded until, not including, the one at
    which it was superseded.
    """
    if known_at is None:
        return Q(superseded_at=None)
    return Q(recorded_at__lte=known_at) & (Q(superseded_at=None) | Q(superseded_at__gt=known_at))
