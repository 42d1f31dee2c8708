"""A run that derives everyone: cut into chunks that workers take one by one, until none is left.

The chunks are rows. So any number of workers share a run, one that everybody left is taken up
again where it was, and one that is cancelled stays where it is.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from django.db import transaction
from django.db.models import Max, Sum

from attestations import clock
from attestations.locks import lock_name
from derived_rights.bells import derivation_begun
from derived_rights.chunks import Chunk, cut, groups
from derived_rights.columns import packed
from derived_rights.models import DerivationChunk, DerivationRun, LawChange, PersonDue
from derived_rights.services import chunk_work
from derived_rights.services.applied_law import await_older_derivations

# Persons to a chunk: a fraction of a second of work where nothing differs.
SIZE = 20_000
# A group of persons bound by households that is larger than this is an error in the data; it is
# cut all the same.
LARGEST = 100_000
# A run with chunks to take that nobody took for so long has lost its workers.
STALLED = timedelta(seconds=10)


class CannotResume(ValueError):
    """A run that was not cancelled, or that another one has overtaken."""


@dataclass(frozen=True)
class Progress:
    """How far a run is, and how fast those who work on it are together.

    `apart` of those done were set aside, as too many live around, and are still to be derived.
    """

    total: int
    done: int
    changes: int
    seconds: float
    apart: int = 0

    @property
    def rate(self) -> float:
        """Persons a second since the run began."""
        return self.done / self.seconds if self.seconds > 0 else 0.0

    @property
    def remaining(self) -> float | None:
        """Seconds to go at that rate; None while nothing is known of it."""
        return (self.total - self.done) / self.rate if self.rate else None


def begin(*, ticket: uuid.UUID, thorough: bool = False) -> DerivationRun:
    """The run that goes on, or a new one; it answers all changes of the law until now.

    A `thorough` run derives each person one by one, and so also writes where only the reasons
    differ; the others first look who differs by a day.
    """
    waiting = LawChange.objects.filter(derived_at=None).aggregate(last=Max("pk"))
    # What is derived from here on follows these changes.
    await_older_derivations()
    with transaction.atomic():
        lock_name("derivation-run")
        run = unfinished()
        if run is not None:
            return run
        run = DerivationRun.objects.create(
            ticket=ticket,
            thorough=thorough,
            last_law=waiting["last"] or 0,
            started_at=clock.database_now(),
        )
        chunks = DerivationChunk.objects.bulk_create(_row(run, chunk) for chunk in everyone())
        run.persons = sum(chunk.persons for chunk in chunks)
        run.save(update_fields=["persons"])
        derivation_begun.ring_on_commit()
    return run


def begin_for_new_law() -> DerivationRun | None:
    """A run for the changes of the law that none answers yet; None if there are none.

    Those that a cancelled run was to answer wait until it is resumed or another run begins.
    """
    answered = DerivationRun.objects.aggregate(last=Max("last_law"))["last"] or 0
    newest = LawChange.objects.filter(derived_at=None, pk__gt=answered).order_by("pk").last()
    return None if newest is None else begin(ticket=newest.ticket)


def derive_for_new_law() -> int:
    """Derive everyone here and now if the law has changed; returns how many persons."""
    run = begin_for_new_law()
    if run is None:
        return 0
    while chunk_work.work(run):
        pass
    finish(run)
    return run.persons


@transaction.atomic
def finish(run: DerivationRun) -> bool:
    """Close the run when all its chunks are done; whether this call did."""
    run = DerivationRun.objects.select_for_update().get(pk=run.pk)
    if run.finished_at or run.cancelled_at or run.chunks.filter(done_at=None).exists():
        return False
    run.changes = run.chunks.aggregate(sum=Sum("changes"))["sum"] or 0
    run.finished_at = clock.database_now()
    run.save(update_fields=["changes", "finished_at"])
    LawChange.objects.filter(derived_at=None, pk__lte=run.last_law).update(
        derived_at=run.finished_at
    )
    run.chunks.all().delete()
    return True


def cancel(run: DerivationRun) -> bool:
    """Stop a run that goes on, within a moment; what it wrote stays. Whether this call did."""
    going = DerivationRun.objects.filter(pk=run.pk, finished_at=None, cancelled_at=None)
    return bool(going.update(cancelled_at=clock.database_now()))


@transaction.atomic
def resume(run: DerivationRun) -> None:
    """Let a cancelled run go on where it was; CannotResume if a newer one has begun since."""
    lock_name("derivation-run")
    if DerivationRun.objects.filter(pk__gt=run.pk).exists():
        raise CannotResume("A newer derivation has begun since: it derives everyone.")
    cancelled = DerivationRun.objects.filter(pk=run.pk).exclude(cancelled_at=None)
    if not cancelled.update(cancelled_at=None):
        raise CannotResume("Only a derivation that was cancelled can be resumed.")
    derivation_begun.ring_on_commit()


def unfinished() -> DerivationRun | None:
    """The run that goes on."""
    return DerivationRun.objects.filter(finished_at=None, cancelled_at=None).first()


def is_stalled(run: DerivationRun) -> bool:
    """Whether nobody has worked on the run for a while."""
    now = clock.database_now()
    open_chunks = run.chunks.filter(done_at=None)
    if open_chunks.filter(leased_until__gt=now).exists():
        return False
    return now - _last_sign_of_life(run) > STALLED


def progress(run: DerivationRun) -> Progress:
    """How far the run is."""
    run.refresh_from_db()
    until = run.finished_at or run.cancelled_at or clock.database_now()
    seconds = (until - run.started_at).total_seconds()
    apart = PersonDue.objects.filter(ticket=run.ticket).count()
    if run.finished_at is not None:
        return Progress(run.persons, run.persons, run.changes, seconds, apart)
    done = run.chunks.aggregate(persons=Sum("settled"), changes=Sum("changes"))
    return Progress(run.persons, done["persons"] or 0, done["changes"] or 0, seconds, apart)


def _last_sign_of_life(run: DerivationRun) -> datetime:
    claimed: datetime | None = run.chunks.aggregate(last=Max("claimed_at"))["last"]
    return claimed or run.started_at


def everyone() -> Iterator[Chunk]:
    """All standing persons, with those a household ever bound, by whatever number, together."""
    standing = packed.read(["id"], "attestations_person WHERE merged_into_id IS NULL")
    bonds = packed.read(
        ["coalesce(one.merged_into_id, one.id)", "coalesce(other.merged_into_id, other.id)"],
        """(SELECT DISTINCT subject_id, member_id FROM attestations_householdstatement) AS stated
        JOIN attestations_person AS one ON one.id = subject_id
        JOIN attestations_person AS other ON other.id = member_id""",
    )
    ids = np.sort(standing[:, 0])
    return cut(ids, groups(ids, bonds), size=SIZE, largest=LARGEST)


def _row(run: DerivationRun, chunk: Chunk) -> DerivationChunk:
    return DerivationChunk(
        run=run,
        first=chunk.first,
        end=chunk.end,
        besides=chunk.besides.tolist(),
        elsewhere=chunk.elsewhere.tolist(),
        persons=chunk.persons,
        whole=chunk.whole,
    )
