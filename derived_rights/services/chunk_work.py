"""Working on a chunk of a run: who differs is found out first, and only they are derived anew.

Whoever takes a chunk has it for a moment, by the clock of the database, and longer as it gets on.
A worker that is killed thus gives its chunk back, and one that was thought dead and is not writes
nothing more: each batch is written only while the chunk is still held.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from attestations import clock
from derived_rights.models import DerivationChunk, DerivationRun
from derived_rights.services import persons_due, scanning
from derived_rights.services.deriving import WIDE, derive_persons
from derived_rights.services.outcomes import steps_of_a_fact
from derived_rights.services.persons_due import Mark
from derived_rights.surroundings import Crowded, apart

LEASE = timedelta(seconds=15)
BATCH = 500  # persons to a transaction: their locks are held for well under a second
MOST = 4_000  # persons held for them; where more live around, fewer are derived at a time


class _Lost(Exception):
    """The chunk is no longer ours, or the run was cancelled: what this batch wrote is undone."""


def work(
    run: DerivationRun, *, seconds: float | None = None, tell: Callable[[], None] = lambda: None
) -> bool:
    """Do a chunk, or of it what `seconds` allow; False when none can be taken now.

    `tell` is called whenever something was done.
    """
    until = None if seconds is None else time.monotonic() + seconds
    chunk = _claim(run)
    if chunk is None:
        return False
    try:
        for _ in _settled(chunk, run, until):
            tell()
    except _Lost:
        pass
    return True


@transaction.atomic
def _claim(run: DerivationRun) -> DerivationChunk | None:
    """Take a chunk that nobody has, or that whoever had it left for too long."""
    chunk = (
        DerivationChunk.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(Q(leased_until=None) | Q(leased_until__lt=Now()), run=run, done_at=None)
        .filter(run__cancelled_at=None)
        .order_by("id")
        .first()
    )
    if chunk is not None:
        chunk.claimed_at = clock.database_now()
        chunk.leased_until = chunk.claimed_at + LEASE
        chunk.save(update_fields=["claimed_at", "leased_until"])
    return chunk


def _settled(chunk: DerivationChunk, run: DerivationRun, until: float | None) -> Iterator[None]:
    """Does the chunk, one step after the other."""
    differing = scanning.differing_in(chunk, thorough=run.thorough)
    left = len(differing)
    _note(chunk, left=left)
    yield
    while left:
        if until is not None and time.monotonic() > until:
            _update(chunk, leased_until=None)
            return
        start = len(differing) - left
        left -= _derive(chunk, run, differing[start : start + BATCH], left=left)
        yield
    _update(chunk, leased_until=None, done_at=clock.database_now())


def _derive(chunk: DerivationChunk, run: DerivationRun, persons: Sequence[int], left: int) -> int:
    """Derive as many of the first of these as their households allow; how many are settled.

    Around whom too many live, by an error in the data, is not waited for: see `due_work`.
    """
    try:
        return _write(chunk, run, persons, left=left, most=MOST)
    except Crowded:
        few, many = apart(persons, steps_of_a_fact(), most=MOST, wide=WIDE)
        return _write(chunk, run, few, left=left, set_aside=many)


@transaction.atomic
def _write(
    chunk: DerivationChunk,
    run: DerivationRun,
    persons: Sequence[int],
    *,
    left: int,
    most: int | None = None,
    set_aside: Sequence[int] = (),
) -> int:
    changes = derive_persons(dict.fromkeys(persons, run.ticket), most=most)
    settled = len(persons) + len(set_aside)
    _note(chunk, left=left - settled, changes=changes)
    now = clock.database_now()
    persons_due.set_aside([Mark(person, run.ticket, now) for person in set_aside], reach=0)
    return settled


def _note(chunk: DerivationChunk, *, left: int, changes: int = 0) -> None:
    """Say how many persons are left, and go on holding the chunk."""
    _update(
        chunk,
        settled=max(chunk.persons - left, 0),
        changes=F("changes") + changes,
        leased_until=clock.database_now() + LEASE,
    )


def _update(chunk: DerivationChunk, **values: object) -> None:
    held = DerivationChunk.objects.filter(
        pk=chunk.pk, claimed_at=chunk.claimed_at, run__cancelled_at=None, done_at=None
    )
    if not held.update(**values):
        raise _Lost
