"""Letting go of what has been kept long enough, a few rows at a time.

The database sees to it that history is not among it: a trigger refuses to delete rows that are
younger than the law of their table says (migration 0011), whatever the settings ask.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Model, QuerySet

from attestations.models import AccessLogEntry, Heartbeat, IdempotencyKey

AT_ONCE = 5_000


def purge(rows: QuerySet[Any, Any]) -> int:
    """Delete these rows in short transactions; how many there were."""
    gone = 0
    while ids := list(rows.order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
        _delete(rows.model, ids)
        gone += len(ids)
    return gone


def purge_grown(model: type[Model], *, before: datetime) -> int:
    """The same for a table that only grows at its end: what was written (`at`) before then.

    Looks at the first rows only, as many as go at once, however large the table is: what comes
    later was written later. Clocks differ: a few rows may stay until the next time.
    """
    gone = 0
    first = model._default_manager.order_by("pk").values_list("pk", "at")[:AT_ONCE]
    while ids := [pk for pk, at in first.all() if at < before]:
        _delete(model, ids)
        gone += len(ids)
    return gone


def _delete(model: type[Model], ids: list[Any]) -> None:
    rows = model._default_manager.filter(pk__in=ids)
    rows._raw_delete(rows.db)


def purge_idempotency_keys(*, now: datetime, kept: timedelta) -> int:
    return purge(IdempotencyKey.objects.filter(created_at__lt=now - kept))


def purge_access_log(*, now: datetime, kept: timedelta) -> int:
    return purge_grown(AccessLogEntry, before=now - kept)


def purge_signs_of_life(*, now: datetime) -> int:
    """Those of programs that have not been there for a day."""
    return purge(Heartbeat.objects.filter(at__lt=now - timedelta(days=1)))
