"""Signs of life and tallies: written by every process, read by those who run the registry."""

from __future__ import annotations

from django.db import connection
from django.utils import timezone


def note_sign_of_life(name: str) -> None:
    """The named program is at work now. Its own clock is kept beside the database's."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO attestations_heartbeat (name, at, own_clock)
            VALUES (%s, clock_timestamp(), %s)
            ON CONFLICT (name) DO UPDATE SET at = excluded.at, own_clock = excluded.own_clock
            """,
            [name[:200], timezone.now()],
        )


def count_one(name: str) -> None:
    """Add one to a tally, whichever process asks."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO attestations_tally (name, count) VALUES (%s, 1)
            ON CONFLICT (name) DO UPDATE SET count = attestations_tally.count + 1
            """,
            [name],
        )
