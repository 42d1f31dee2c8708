"""Locks held to the end of the transaction, always taken in the same order."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from django.db import connection

from attestations.prepared import prepared


def lock_persons(person_ids: Iterable[int]) -> None:
    """Wait for, and hold, the persons' locks: whoever writes about a person does so alone.

    They are locks on rows: those, unlike advisory ones, are not limited in number, and a batch
    holds thousands. Rows that only refer to a person do not wait for them.
    """
    with prepared() as cursor:
        cursor.execute(
            "SELECT FROM attestations_person WHERE id = ANY(%s::bigint[])"
            " ORDER BY id FOR NO KEY UPDATE",
            [array_of(set(person_ids))],
        )


def try_lock_persons(person_ids: Iterable[int]) -> bool:
    """Hold the persons' locks if nobody else holds any of them; say whether all were got.

    Some may be held even if not.
    """
    wanted = set(person_ids)
    with prepared() as cursor:
        cursor.execute(
            "SELECT count(*) FROM (SELECT FROM attestations_person WHERE id = ANY(%s::bigint[])"
            " FOR NO KEY UPDATE SKIP LOCKED) AS got",
            [array_of(wanted)],
        )
        (got,) = cursor.fetchone()
    return got == len(wanted)


def array_of(ids: Iterable[int]) -> str:
    """Ids as PostgreSQL reads an array: for thousands, by far the quickest way to send them."""
    return f"{{{','.join(map(str, ids))}}}"


def lock_person(person_id: int) -> int | None:
    """The same for one person; the id of the one it was merged into, if it was.

    Then its lock is let go again: whoever followed to the other one's while holding it would leave
    the order that all keep. One trip, as every decision makes it; the savepoint stays till the end.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SAVEPOINT one_person; SELECT merged_into_id FROM attestations_person"
            f" WHERE id = {person_id:d} FOR NO KEY UPDATE"
        )
        cursor.nextset()
        (merged_into,) = cursor.fetchone()
        if merged_into is not None:
            cursor.execute("ROLLBACK TO SAVEPOINT one_person")
    return merged_into


def lock_name(name: str) -> None:
    """Wait for, and hold, the lock of a thing that has no row yet."""
    with prepared() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def lock_name_within(wholes: Sequence[str], name: str) -> None:
    """The same for a part of some wholes: who holds a part keeps out who wants a whole alone."""
    shared = "pg_advisory_xact_lock_shared(hashtextextended(%s, 0)), " * len(wholes)
    with prepared() as cursor:
        cursor.execute(
            f"SELECT {shared}pg_advisory_xact_lock(hashtextextended(%s, 0))", [*wholes, name]
        )


def share_lock_name(name: str) -> None:
    """Hold the lock beside others who share it; wait for, and keep out, who wants it alone."""
    with prepared() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(hashtextextended(%s, 0))", [name])


def try_lock_name(name: str) -> bool:
    """Hold the lock if nobody else does; say whether it was got."""
    with prepared() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        (got,) = cursor.fetchone()
    return bool(got)


def is_held(name: str) -> bool:
    """Whether another connection holds the lock alone; if not, none can in this transaction."""
    with prepared() as cursor:
        cursor.execute(
            "SELECT NOT pg_try_advisory_xact_lock_shared(hashtextextended(%s, 0))", [name]
        )
        (held,) = cursor.fetchone()
    return bool(held)


@contextmanager
def session_lock(name: str, *, patience: float = 0.0) -> Iterator[bool]:
    """Hold a lock across transactions if nobody else does; yields whether it was got.

    It is tried again for so many seconds: the connection of a program that was killed holds its
    locks until the server has noticed.
    """
    until = time.monotonic() + patience
    while not (got := _try_session_lock(name)) and time.monotonic() < until:
        time.sleep(0.05)
    try:
        yield got
    finally:
        if got:
            with prepared() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])


def _try_session_lock(name: str) -> bool:
    with prepared() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
        (got,) = cursor.fetchone()
    return bool(got)
