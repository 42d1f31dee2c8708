"""The missing-attestation control over claimed person-months, on one core, and how it grows.

Beside it, in the same run, its limit: the same rows read by the same driver and nothing else.
"""

from __future__ import annotations

import os
import time
from datetime import date

from django.db import connection
from django.db.models import F

from attestations.models import (
    Attestation,
    Cpas,
    DecisionVersion,
    MissingAttestation,
    SubsidyClaim,
)
from attestations.services import control_runs
from attestations.tickets import new_ticket
from benchmarks.claimed import fill

# Claimed person-months, and how many of them each person has: one month of everybody is the
# dearest way to come by as many.
SIZES = ((25_000, 5), (250_000, 5), (250_000, 1))
FULL = (2_500_000, 5)  # also this with BENCH_FULL=1: 3 GB of disk, and minutes
START, END, DECIDED = date(2026, 1, 1), date(2027, 1, 1), date(2026, 1, 3)
ON = date(2026, 6, 10)


def run() -> None:
    """Print seconds for each number of claimed person-months; about a minute."""
    cpas = [
        Cpas.objects.create(enterprise_number=f"07{n:08d}", names={"fr": f"CPAS {n}"}).pk
        for n in range(100)
    ]
    for size, months in (*SIZES, FULL) if os.environ.get("BENCH_FULL") else SIZES:
        _empty()
        persons = size // months
        fill(cpas, persons=persons, months=months, start=START, end=END, decided_on=DECIDED)
        (first, busy), (again, _), limit = _control(), _control(), _bare()
        found = MissingAttestation.objects.filter(cause="neverSent").values("person").distinct()
        assert found.count() == persons // 100
        print(f"control, one core, {size:>9,} claimed person-months of {persons:>7,} persons:")
        print(f"  {first:.1f} s the first time, {again:.1f} s when nothing is new;")
        print(f"  {busy:.1f} s of the first in this process, the rest in PostgreSQL;")
        print(f"  the same rows read and nothing else (the limit): {limit:.1f} s")


def _control() -> tuple[float, float]:
    """Seconds by the clock, and seconds of work of this process."""
    started, busy = time.monotonic(), time.process_time()
    current = control_runs.begin(on=ON, ticket=new_ticket())
    while control_runs.work(current):
        pass
    control_runs.finish(current)
    return time.monotonic() - started, time.process_time() - busy


def _bare() -> float:
    started = time.monotonic()
    for rows in (
        SubsidyClaim.objects.values_list("cpas_id", "person_id", "aid_kind", "month"),
        Attestation.objects.values_list("cpas_id", "person_id", "aid_kind", "period", "created_at"),
        DecisionVersion.objects.annotate(person=F("decision__person_id")).values_list(
            "person", "aid_kind", "period", "decided_on", "recorded_at"
        ),
    ):
        for _ in rows.order_by().iterator(10_000):
            pass
    return time.monotonic() - started


def _empty() -> None:
    """Only what is filled now; with statistics as autovacuum would have made them by then."""
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE attestations_person, attestations_controlrun RESTART IDENTITY CASCADE"
        )
