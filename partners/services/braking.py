"""The brake on guessing at the token endpoint: failures are counted for a while, per caller.

A caller is the client that is claimed, from one address: so nobody can brake a client from
elsewhere. It is counted in the database, for all web servers together.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from django.db import connection

from partners.models import FailedProof

FAILURES = 10
WINDOW = timedelta(minutes=15)


def caller_of(client_id: str, address: str) -> bytes:
    """The digest under which a caller is counted."""
    return hashlib.sha256(f"{client_id}\x00{address}".encode("utf-8", "replace")).digest()


def wait_of(caller: bytes, *, now: datetime) -> timedelta | None:
    """How long the caller is still refused; None if it may try."""
    row = FailedProof.objects.filter(
        caller=caller, failures__gte=FAILURES, since__gt=now - WINDOW
    ).first()
    return None if row is None else row.since + WINDOW - now


def note_failure(caller: bytes) -> None:
    """Count one; the window begins with the first failure and anew after it has passed."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO partners_failedproof AS held (caller, failures, since)
            VALUES (%(caller)s, 1, clock_timestamp())
            ON CONFLICT (caller) DO UPDATE SET
                failures = CASE WHEN held.since > excluded.since - %(window)s * interval '1 second'
                           THEN held.failures + 1 ELSE 1 END,
                since = CASE WHEN held.since > excluded.since - %(window)s * interval '1 second'
                        THEN held.since ELSE excluded.since END
            """,
            {"caller": caller, "window": WINDOW.total_seconds()},
        )


def forget(caller: bytes) -> None:
    """It has proved who it is."""
    FailedProof.objects.filter(caller=caller).delete()
