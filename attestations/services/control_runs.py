"""A run of the control: cut into parts that workers take one by one, until none is left.

A part is taken, done and marked as done in one transaction. So a worker that is killed gives its
part back, any number of workers may share a run, and a run that everybody left is taken up again
where it was.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, Sum

from attestations import clock
from attestations.locks import lock_name
from attestations.models import BackgroundTask, ControlPart, ControlRun
from attestations.services.expectations import Persons
from attestations.services.settling import settle, settle_silence

PART = 1_000  # persons: about a third of a second of work

# Everybody of whom something is expected, or was found: as known today.
_CUT = """
INSERT INTO attestations_controlpart
       (run_id, first_person, last_person, persons, opened, resolved)
SELECT %(run)s, min(id), max(id), count(*), 0, 0
  FROM (SELECT id, (row_number() OVER (ORDER BY id) - 1) / %(size)s AS part
          FROM (SELECT person_id FROM attestations_subsidyclaim
                UNION SELECT person_id FROM attestations_decision
                UNION SELECT person_id FROM attestations_missingattestation
                       WHERE status <> 'resolved' AND person_id IS NOT NULL
                UNION SELECT merged_into_id FROM attestations_person
                       WHERE merged_into_id IS NOT NULL) AS concerned (id)) AS numbered
 GROUP BY part
"""


@dataclass(frozen=True)
class Progress:
    """How far a run is, and how fast those who work on it are together."""

    total: int
    done: int
    opened: int
    resolved: int
    seconds: float

    @property
    def rate(self) -> float:
        """Persons a second since the run began."""
        return self.done / self.seconds if self.seconds > 0 else 0.0

    @property
    def remaining(self) -> float | None:
        """Seconds to go at that rate; None while nothing is known of it."""
        return (self.total - self.done) / self.rate if self.rate else None


@transaction.atomic
def begin(*, on: date, ticket: uuid.UUID) -> ControlRun:
    """The run that goes on, or a new one. Tasks asked for until now are answered by a new one."""
    lock_name("control-run")
    run = ControlRun.objects.filter(finished_at=None).first()
    if run is not None:
        return run
    last_task = BackgroundTask.objects.filter(kind="control").aggregate(Max("pk"))["pk__max"]
    run = ControlRun.objects.create(
        on=on, ticket=ticket, last_task=last_task or 0, started_at=clock.database_now()
    )
    with connection.cursor() as cursor:
        cursor.execute(_CUT, {"run": run.pk, "size": PART})
    run.persons = run.parts.aggregate(Sum("persons"))["persons__sum"] or 0
    run.save(update_fields=["persons"])
    _tasks(run).update(total=run.persons)
    return run


def work(run: ControlRun) -> bool:
    """Do one part; False when there is none left to take, and then the run may be finished."""
    with transaction.atomic():
        part = (
            ControlPart.objects.select_for_update(skip_locked=True)
            .filter(run=run, done_at=None)
            .order_by("first_person")
            .first()
        )
        if part is not None:
            result = settle(
                Persons.between(part.first_person, part.last_person), on=run.on, ticket=run.ticket
            )
            part.opened, part.resolved = result.opened, result.resolved
            part.done_at = clock.database_now()
            part.save(update_fields=["opened", "resolved", "done_at"])
    if part is None:
        return False
    _show(run)
    return True


@transaction.atomic
def finish(run: ControlRun) -> bool:
    """Close the run when all its parts are done; whether this call did."""
    run = ControlRun.objects.select_for_update().get(pk=run.pk)
    if run.finished_at is not None or run.parts.filter(done_at=None).exists():
        return False
    now = clock.database_now()
    silence = settle_silence(on=run.on, now=now, ticket=run.ticket)
    done = run.parts.aggregate(opened=Sum("opened"), resolved=Sum("resolved"))
    run.opened = (done["opened"] or 0) + silence.opened
    run.resolved = (done["resolved"] or 0) + silence.resolved
    run.finished_at = now
    run.save(update_fields=["opened", "resolved", "finished_at"])
    _tasks(run).update(
        status=BackgroundTask.Status.DONE,
        total=run.persons,
        accepted=run.persons,
        result={"opened": run.opened, "resolved": run.resolved},
        finished_at=now,
    )
    run.parts.all().delete()
    return True


def unfinished() -> ControlRun | None:
    """The run that goes on."""
    return ControlRun.objects.filter(finished_at=None).first()


def asked_for() -> bool:
    """Whether somebody asked for a run and waits for it."""
    waiting = BackgroundTask.objects.filter(kind="control", status=BackgroundTask.Status.PROCESSING)
    return waiting.exists()


def progress(run: ControlRun) -> Progress:
    """How far the run is."""
    now = clock.database_now()
    run.refresh_from_db()
    if run.finished_at is not None:
        seconds = (run.finished_at - run.started_at).total_seconds()
        return Progress(run.persons, run.persons, run.opened, run.resolved, seconds)
    done = run.parts.filter(done_at__isnull=False).aggregate(
        persons=Sum("persons"), opened=Sum("opened"), resolved=Sum("resolved")
    )
    seconds = (now - run.started_at).total_seconds()
    return Progress(
        run.persons, done["persons"] or 0, done["opened"] or 0, done["resolved"] or 0, seconds
    )


def last_sign_of_life(run: ControlRun) -> datetime:
    """When a part of it was last done; when it began, if none was."""
    done: dict[str, Any] = run.parts.aggregate(Max("done_at"))
    return done["done_at__max"] or run.started_at


def _tasks(run: ControlRun) -> Any:
    """The tasks that this run answers."""
    return BackgroundTask.objects.filter(
        kind="control", status=BackgroundTask.Status.PROCESSING, pk__lte=run.last_task
    )


def _show(run: ControlRun) -> None:
    """Say in the tasks how far the run is."""
    asked = _tasks(run)
    if not asked.exists():
        return
    shown = progress(run)
    result: dict[str, float] = {
        "opened": shown.opened,
        "resolved": shown.resolved,
        "personsPerSecond": round(shown.rate),
    }
    if shown.remaining is not None:
        result["secondsRemaining"] = round(shown.remaining)
    asked.update(total=shown.total, accepted=shown.done, result=result)
