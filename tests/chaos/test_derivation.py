"""Deriving everyone outlives the workers that do it, and several share it."""

from __future__ import annotations

from datetime import date

import pytest
from django.db.models.functions import Now

from attestations.models import Cpas, Person
from attestations.periods import Timeline
from attestations.tickets import new_ticket
from benchmarks.claimed import fill
from config.embedded import Valkey
from derived_rights import facts as known
from derived_rights.models import DerivationChunk, DerivationRun, RightChange, RightPeriod
from derived_rights.services import derivation_runs
from derived_rights.services.applied_law import current_law
from derived_rights.services.outcomes import derive
from tests import processes
from tests.chaos.waiting import wait_for

PERSONS = 800


@pytest.fixture
def begun(monkeypatch):
    """Begins a run of many chunks over persons of whom nothing was derived yet."""
    monkeypatch.setattr(derivation_runs, "SIZE", 40)
    return begin


def begin(persons: int) -> DerivationRun:
    cpas = Cpas.objects.create(enterprise_number="0123456749", names={"fr": "CPAS"})
    since, until = date(2026, 3, 1), date(2028, 1, 1)
    fill([cpas.pk], persons=persons, months=1, start=since, end=until, decided_on=date(2026, 3, 5))
    return derivation_runs.begin(ticket=new_ticket())


def done() -> int:
    return DerivationChunk.objects.exclude(done_at=None).count()


def finished(run: DerivationRun) -> bool:
    return DerivationRun.objects.filter(pk=run.pk, finished_at__isnull=False).exists()


def stored() -> dict:
    days: dict = {}
    for row in RightPeriod.objects.filter(superseded_at=None):
        days.setdefault((row.person_id, row.right, row.outcome), []).append(row.period)
    return {key: Timeline(spans) for key, spans in days.items()}


def derived() -> dict:
    days: dict = {}
    persons = list(Person.objects.values_list("pk", flat=True))
    for (person, right), periods in derive(persons, known.load(persons), current_law()).items():
        for one in periods:
            days.setdefault((person, right, one.outcome), []).append(one.span)
    return {key: Timeline(spans) for key, spans in days.items()}


@pytest.mark.django_db(transaction=True)
def test_killed_workers_leave_a_run_that_others_finish(tmp_path, begun):
    run = begun(PERSONS)
    valkey = Valkey(tmp_path / "valkey")
    url = valkey.start()
    try:
        with processes.worker(url, tmp_path) as first:
            wait_for(lambda: done() >= 2)
            processes.kill(first)
        assert 0 < done() < run.chunks.count(), "all was done before the kill: nothing shown"

        with processes.worker(url, tmp_path):
            wait_for(lambda: finished(run))
    finally:
        valkey.stop()

    run.refresh_from_db()
    assert run.persons == PERSONS
    assert stored() == derived()
    # Once each: nothing was written twice, although some of it was done twice.
    changes = list(RightChange.objects.values_list("person", "right", "version"))
    assert {version for *_, version in changes} == {1}
    assert run.changes == len(changes)


@pytest.mark.django_db(transaction=True)
def test_two_workers_share_a_run(tmp_path, begun):
    begun(10 * PERSONS)  # the first worker must not be done before the second has started
    valkey = Valkey(tmp_path / "valkey")
    url = valkey.start()
    held = DerivationChunk.objects.filter(leased_until__gt=Now(), done_at=None)
    folders = [tmp_path / "one", tmp_path / "other"]
    for folder in folders:
        folder.mkdir()
    try:
        with (
            processes.worker(url, folders[0], concurrency=1),
            processes.worker(url, folders[1], concurrency=1),
        ):
            # Each does one task at a time: two chunks that are held are held by both.
            wait_for(lambda: held.count() == 2)
    finally:
        valkey.stop()
