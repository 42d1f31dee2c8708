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


def believed_in_sql(known_at: datetime | None) -> str:
    """The same as a condition; `known_at` is then among the named values of the statement."""
    if known_at is None:
        return "superseded_at IS NULL"
    return "recorded_at <= %(known_at)s AND (superseded_at IS NULL OR superseded_at > %(known_at)s)"
