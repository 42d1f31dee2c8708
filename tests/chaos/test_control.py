"""A run of the missing-attestation control outlives the workers that do it."""

from __future__ import annotations

from datetime import date

import pytest

from attestations.models import BackgroundTask, ControlPart, ControlRun, Cpas, MissingAttestation
from benchmarks.claimed import fill
from config.embedded import Valkey
from tests import processes
from tests.chaos.waiting import wait_for

PERSONS = 30_000


@pytest.mark.django_db(transaction=True)
def test_killed_workers_leave_a_run_that_others_finish(tmp_path):
    cpas = Cpas.objects.create(enterprise_number="0123456749", names={"fr": "CPAS"})
    since, until = date(2026, 3, 1), date(2028, 1, 1)
    fill([cpas.pk], persons=PERSONS, months=1, start=since, end=until, decided_on=date(2026, 3, 5))
    task = BackgroundTask.objects.create(kind="control", owner="federal")
    valkey = Valkey(tmp_path / "valkey")
    url = valkey.start()
    try:
        with processes.worker(url, tmp_path) as first:
            wait_for(lambda: ControlPart.objects.exclude(done_at=None).exists())
            processes.kill(first)
        assert ControlPart.objects.filter(done_at=None).exists(), "all was done before the kill"

        with processes.worker(url, tmp_path):
            run = ControlRun.objects.get()
            wait_for(
                lambda: ControlRun.objects.filter(pk=run.pk, finished_at__isnull=False).exists()
            )
    finally:
        valkey.stop()

    run.refresh_from_db()
    assert (run.persons, run.opened) == (PERSONS, PERSONS // 100)
    assert MissingAttestation.objects.count() == PERSONS // 100
    task.refresh_from_db()
    assert (task.status, task.accepted) == ("done", PERSONS)
