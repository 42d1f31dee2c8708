"""The monthly reports: made for each CPAS with something missing, and kept as they were made."""

from __future__ import annotations

import uuid
from datetime import date

from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string

from attestations import clock
from attestations.codes import Cause
from attestations.locks import lock_name
from attestations.missing_report import Missing, Report
from attestations.models import Cpas, MissingAttestation, MissingReport
from attestations.periods import ONE_DAY, month_start, next_month_start
from attestations.services import persons
from attestations.services.missing import note_told


def make_due(*, on: date, ticket: uuid.UUID) -> int:
    """Make the reports on the month before `on` that are not made yet; how many.

    Each is its own transaction, so that a run that was cut off goes on where it was. A CPAS of
    which nothing is missing gets none.
    """
    month = month_start(month_start(on) - ONE_DAY)
    concerned = _live(month).values("cpas_id")
    without = Cpas.objects.filter(pk__in=concerned).exclude(reports__month=month)
    made = 0
    for cpas in without.order_by("pk"):
        made += make(cpas=cpas, month=month, on=on, ticket=ticket)
    return made


@transaction.atomic
def make(*, cpas: Cpas, month: date, on: date, ticket: uuid.UUID) -> bool:
    """Make and keep the report of a CPAS on a month; False if it has been made already.

    What it names that was open is `notified` from now on.
    """
    lock_name(f"report {cpas.pk} {month}")
    if MissingReport.objects.filter(cpas=cpas, month=month).exists():
        return False
    report, rows = compile_report(cpas=cpas, month=month, on=on)
    now = clock.database_now()
    ring = persons.keyring()
    MissingReport.objects.create(
        cpas=cpas,
        month=month,
        language=report.language,
        findings=len(rows),
        person_ids=sorted({row.person_id for row in rows if row.person_id is not None}),
        sealed_html=ring.seal(as_html(report)),
        sealed_csv=ring.seal(report.csv()),
        ticket=ticket,
        made_at=now,
    )
    note_told((row.pk for row in rows), cpas_id=cpas.pk, now=now)
    return True


def compile_report(*, cpas: Cpas, month: date, on: date) -> tuple[Report, list[MissingAttestation]]:
    """What is live of a CPAS and concerns that month or earlier ones, as a report and as rows."""
    rows = list(_live(month).filter(cpas=cpas).order_by("pk"))
    numbers = persons.ssin_of(row.person_id for row in rows if row.person_id is not None)
    language = cpas.writes_in
    report = Report(
        cpas=cpas.names.get(language) or str(cpas),
        language=language,
        month=month,
        made_on=on,
        missing=tuple(
            Missing(
                finding_id=str(row.public_id),
                ssin=None if row.person_id is None else numbers[row.person_id],
                aid_kind=row.aid_kind or None,
                period=row.period,
                cause=Cause(row.cause),
                due_on=row.due_on,
                status=row.status,
            )
            for row in rows
        ),
    )
    return report, rows


def as_html(report: Report) -> str:
    """The report as one page that needs nothing else."""
    return render_to_string("attestations/missing_report.html", {"report": report})


def _live(month: date) -> QuerySet[MissingAttestation, MissingAttestation]:
    """What CPAS still have to do something about, of that month and those before."""
    return MissingAttestation.objects.filter(
        status__in=MissingAttestation.LIVE, period__startswith__lt=next_month_start(month)
    )
