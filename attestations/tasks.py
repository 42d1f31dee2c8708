"""Celery tasks of stage 1: thin, repeatable, and safe to lose."""

from __future__ import annotations

import time
from datetime import date, timedelta

import structlog
from celery import shared_task
from django.conf import settings

from attestations import clock
from attestations.models import ControlRun
from attestations.services import control_runs, missing_reports, purging
from attestations.tickets import new_ticket

log = structlog.get_logger(__name__)

# How many workers may share a run, and how long each works before it lets other tasks pass.
LANES = 4
SECONDS_A_TURN = 1.0
# A run of which no part was done for so long has lost its workers.
STALLED = timedelta(seconds=30)


@shared_task
def control_missing_attestations() -> None:
    """Begin the missing-attestation control; while a run goes on, this one is needless."""
    going = control_runs.unfinished()
    if going is not None and not _stalled(going):
        return
    run = going or control_runs.begin(on=clock.today(), ticket=new_ticket())
    for _ in range(LANES):
        work_on_control.delay(run.pk)


@shared_task
def resume_control() -> None:
    """Take up what was begun or asked for and nobody does: workers die, and rings get lost."""
    going = control_runs.unfinished()
    if _stalled(going) if going is not None else control_runs.asked_for():
        control_missing_attestations()


@shared_task
def work_on_control(run_id: int) -> None:
    """Do parts of a run for a moment, then queue again; whoever finds none left finishes it."""
    run = ControlRun.objects.filter(pk=run_id, finished_at=None).first()
    if run is None:
        return
    until = time.monotonic() + SECONDS_A_TURN
    while control_runs.work(run):
        if time.monotonic() > until:
            work_on_control.delay(run_id)
            return
    if not control_runs.finish(run):
        return  # another worker still has a part
    shown = control_runs.progress(run)
    log.info(
        "missing_attestations",
        persons=shown.total,
        opened=shown.opened,
        resolved=shown.resolved,
        seconds=round(shown.seconds, 1),
    )
    report_missing_attestations.delay(run.on.isoformat())
    if control_runs.asked_for():
        control_missing_attestations.delay()


@shared_task(time_limit=1800, soft_time_limit=1700)
def report_missing_attestations(on: str) -> None:
    """Make the reports on the month before that day which are not made yet."""
    made = missing_reports.make_due(on=date.fromisoformat(on), ticket=new_ticket())
    if made:
        log.info("missing_attestations_reported", reports=made)


@shared_task(time_limit=1800, soft_time_limit=1700)
def purge() -> None:
    """Let go of idempotency keys, log entries and signs of life that were kept long enough."""
    now = clock.database_now()
    log.info(
        "purged",
        idempotency_keys=purging.purge_idempotency_keys(
            now=now, kept=timedelta(days=settings.IDEMPOTENCY_KEYS_KEPT_DAYS)
        ),
        access_log=purging.purge_access_log(
            now=now, kept=timedelta(days=settings.ACCESS_LOG_KEPT_DAYS)
        ),
        signs_of_life=purging.purge_signs_of_life(now=now),
    )


def _stalled(run: ControlRun) -> bool:
    return clock.database_now() - control_runs.last_sign_of_life(run) > STALLED
