"""Celery tasks of stage 2: thin, repeatable, safe to lose."""

from __future__ import annotations

import time

import structlog
from celery import shared_task

from attestations.rung import RungTask
from derived_rights.bells import facts_derived
from derived_rights.models import DerivationRun
from derived_rights.services import chunk_work, derivation_runs, deriving, due_work, proposing

log = structlog.get_logger(__name__)

# How many workers may share a run, and how long each works before it lets other tasks pass.
LANES = 4
SECONDS_A_TURN = 2.0


@shared_task(base=RungTask)
def derive_pending() -> None:
    """Derive a batch of the persons whose facts have changed; a full one rings for the next.

    Another process may take that up while this one goes on with what follows from its own.
    """
    if deriving.derive_batch() == deriving.BATCH:
        derive_pending.ring()
    facts_derived.ring()


# One person around whom all of a country live, by an error in the data, is derived whatever it
# takes, and holds up nobody else.
@shared_task(base=RungTask, soft_time_limit=10 * 60, time_limit=11 * 60)
def derive_due() -> None:
    """Work on the persons who are due for a moment, then let other tasks pass."""
    if due_work.work(seconds=SECONDS_A_TURN):
        derive_due.ring()


@shared_task(base=RungTask)
def derive_for_new_law() -> None:
    """Begin to derive everyone if the law has changed; take up a run that has lost its workers."""
    run = derivation_runs.unfinished()
    if run is None:
        derivation_runs.begin_for_new_law()  # which rings for `share_derivation`
    elif derivation_runs.is_stalled(run):
        share_derivation()


@shared_task(base=RungTask)
def share_derivation() -> None:
    """Spread the run that goes on over the workers."""
    run = derivation_runs.unfinished()
    if run is not None:
        for _ in range(LANES):
            work_on_derivation.delay(run.pk)


@shared_task
def work_on_derivation(run_id: int) -> None:
    """Work on a run for a moment, then queue again; whoever finds no chunk left finishes it."""
    run = DerivationRun.objects.filter(pk=run_id, finished_at=None, cancelled_at=None).first()
    if run is None:
        return
    until = time.monotonic() + SECONDS_A_TURN
    while chunk_work.work(run, seconds=until - time.monotonic()):
        if time.monotonic() > until:
            work_on_derivation.delay(run_id)
            return
    if derivation_runs.finish(run):
        shown = derivation_runs.progress(run)
        log.info(
            "everyone_derived",
            persons=shown.total,
            changes=shown.changes,
            seconds=round(shown.seconds, 1),
        )


@shared_task(base=RungTask)
def enact_due() -> None:
    """Take approved figures into the law whose hour has come."""
    proposing.enact_due()
