"""Rehearsing a proposed value: who would gain and lose what, and who would be told, beforehand.

Other values that will be in force by then are counted in, as they take effect together.

A run is cut into chunks that keep households together. All of a chunk are derived at once, to find
who differs, and only they are compared one by one. The chunks are rows, and so is what is left of
each: whoever comes after a killed worker goes on where it was.
"""

from __future__ import annotations

import time
from datetime import datetime

import numpy as np
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from attestations import clock
from attestations.errors import InvalidInput
from attestations.models import Person
from derived_rights.bells import rehearsal_asked
from derived_rights.columns import Among, Range
from derived_rights.models import (
    LawChange,
    ParameterProposal,
    Rehearsal,
    RehearsalChunk,
    RehearsedChange,
    RuleAct,
)
from derived_rights.services import derivation_runs, proposing, together
from derived_rights.services.outcomes import steps_of_a_fact
from derived_rights.surroundings import fitting
from partners.services import foreseeing

BATCH = 500  # persons compared one by one in a transaction
MOST = 10_000  # persons read for them; where more live around, fewer are compared at a time


@transaction.atomic
def begin(
    proposal: ParameterProposal,
    *,
    by: User,
    dispatch_at: datetime | None = None,
    with_pending: bool = False,
) -> Rehearsal:
    """Ask for a rehearsal of what is proposed; the workers do it. The one before is forgotten.

    It counts the other approved values that will be in force at `dispatch_at`, by default as soon
    as may be; and, if asked for, all that are only proposed as well.
    """
    proposing.require(by, proposing.PROPOSE, proposing.APPROVE)
    if proposal.state is not ParameterProposal.State.PROPOSED:
        raise InvalidInput(_("Only what is proposed, and not approved yet, is rehearsed."))
    hour = dispatch_at or together.earliest_dispatch(clock.database_now())
    counted = [*together.approved_by_then(proposal, dispatch_at=hour)]
    if with_pending:
        counted += together.pending_besides(proposal)
    together.check_they_fit([proposal, *counted])
    RehearsedChange.objects.filter(
        rehearsal__proposal=proposal, rehearsal__finished_at__isnull=False
    ).delete()
    try:
        with transaction.atomic():
            row = Rehearsal.objects.create(
                proposal=proposal,
                law=proposing.last_law_change(),
                counted=[one.pk for one in counted],
                dispatch_at=dispatch_at,
                total=Person.objects.filter(merged_into=None).count(),
                ticket=proposal.ticket,
                started_at=clock.database_now(),
            )
    except IntegrityError:
        raise InvalidInput(_("It is being rehearsed already.")) from None
    proposing.note(RuleAct.Act.REHEARSED, proposal, by=by.get_username())
    rehearsal_asked.ring_on_commit()
    return row


def work(*, seconds: float) -> bool:
    """Go on with the rehearsals for so long; whether something is left that can be done now.

    While everyone is still to be derived under the present law, there is nothing to compare with.
    """
    until = time.monotonic() + seconds
    while not LawChange.objects.filter(derived_at=None).exists():
        row = Rehearsal.objects.filter(finished_at=None).order_by("id").first()
        if row is None:
            return False
        _step(row.pk)
        if time.monotonic() > until:
            return True
    return False


@transaction.atomic
def _step(rehearsal_id: int) -> None:
    """The next step in one transaction: cut, scan a chunk, compare some of it, or finish."""
    row = Rehearsal.objects.select_for_update().select_related("proposal").get(pk=rehearsal_id)
    if row.finished_at is not None:
        return
    if row.cut_at is None:
        _cut(row)
        return
    chunk = row.chunks.order_by("id").first() if row.proposal.is_open else None
    if chunk is None:
        row.chunks.all().delete()
        row.total, row.finished_at = row.done, clock.database_now()
        row.save(update_fields=["total", "finished_at"])
    elif chunk.differing is None:
        _scan(row, chunk)
    else:
        _compare(row, chunk, chunk.differing)


def _cut(row: Rehearsal) -> None:
    chunks = RehearsalChunk.objects.bulk_create(
        RehearsalChunk(
            rehearsal=row,
            first=chunk.first,
            end=chunk.end,
            besides=chunk.besides.tolist(),
            elsewhere=chunk.elsewhere.tolist(),
            persons=chunk.persons,
            whole=chunk.whole,
        )
        for chunk in derivation_runs.everyone()
    )
    row.total, row.cut_at = sum(chunk.persons for chunk in chunks), clock.database_now()
    row.save(update_fields=["total", "cut_at"])


def _scan(row: Rehearsal, chunk: RehearsalChunk) -> None:
    """Find who of the chunk may differ; the others are done."""
    among = Among(chunk.first, chunk.end, np.array(chunk.besides), np.array(chunk.elsewhere))
    persons = Range.of(among)
    # Of a part of a household the facts of the others are not among those of the chunk.
    chunk.differing = (
        foreseeing.who_may_differ(persons, proposals=_proposals(row))
        if chunk.whole
        else persons.ids.tolist()
    )
    chunk.save(update_fields=["differing"])
    _note_done(row, max(chunk.persons - len(chunk.differing), 0))


def _compare(row: Rehearsal, chunk: RehearsalChunk, differing: list[int]) -> None:
    """Compare the next of those who may differ, and let go of the chunk after the last."""
    batch = fitting(differing[:BATCH], steps_of_a_fact(), most=MOST)
    chunk.differing = differing[len(batch) :]
    if batch:
        found = foreseeing.differences_under(batch, proposals=_proposals(row))
        foreseeing.write(row, found)
        _note_done(row, len(batch))
    if chunk.differing:
        chunk.save(update_fields=["differing"])
    else:
        chunk.delete()


def _proposals(row: Rehearsal) -> list[ParameterProposal]:
    return [row.proposal, *together.counted(row)]


def _note_done(row: Rehearsal, persons: int) -> None:
    Rehearsal.objects.filter(pk=row.pk).update(done=F("done") + persons)
