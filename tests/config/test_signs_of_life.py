"""Beat and workers give signs of life by themselves, and the doctor says the truth of them."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from django.db import connection

from attestations.models import Heartbeat
from config.doctor import work
from config.doctor.servers import tasks_waiting
from config.embedded import Valkey
from config.processes import in_group, wait_until
from tests import processes

pytestmark = pytest.mark.django_db(transaction=True)
PROGRAMS = ("beat", "worker")


@dataclass
class Running:
    """A worker with one process for tasks, and beat, which are at work."""

    folder: Path
    valkey: Valkey
    worker: subprocess.Popen[bytes]
    beat: subprocess.Popen[bytes]

    def log(self) -> str:
        return "".join((self.folder / f"{name}.log").read_text() for name in PROGRAMS)

    def signal_tasks(self, what: signal.Signals) -> None:
        """To the process that does the tasks; the one that takes them from Redis goes on."""
        for pid in in_group(self.worker.pid):
            if pid != self.worker.pid:
                os.kill(pid, what)


@pytest.fixture
def running(tmp_path: Path, settings, monkeypatch) -> Iterator[Running]:
    monkeypatch.setenv("TEST_SIGN_SECONDS", "1")
    monkeypatch.setattr(work, "SILENT", 6.0)
    valkey = Valkey(tmp_path / "valkey", durable=False)
    url = settings.CELERY_BROKER_URL = valkey.start()
    try:
        with (
            processes.worker(url, tmp_path, concurrency=1, timer=False) as worker,
            processes.beat(url, tmp_path, 1) as beat,
        ):
            found = Running(tmp_path, valkey, worker, beat)
            # A task that has ended has all of its connections behind it.
            assert wait_until(lambda: all(map(last_sign, (*PROGRAMS, "tasks"))), seconds=60), (
                found.log()
            )
            yield found
    finally:
        valkey.stop()


def last_sign(kind: str) -> datetime | None:
    rows = Heartbeat.objects.filter(name__startswith=f"{kind} ")
    return rows.values_list("at", flat=True).first()


def gives_another(kind: str) -> bool:
    before = last_sign(kind)
    return wait_until(lambda: last_sign(kind) != before, seconds=60)


def said() -> set[str]:
    return {finding.code for finding in work.programs()}


def test_workers_that_are_busy_silence_neither_beat_nor_themselves(running: Running):
    assert wait_until(lambda: said() == set(), seconds=60)
    running.signal_tasks(signal.SIGSTOP)
    assert wait_until(lambda: (tasks_waiting() or 0) > 20, seconds=60)

    # By then many ticks have expired, which nobody has taken.
    assert wait_until(lambda: said() == {"workersBusy"}, seconds=90), running.log()
    (finding,) = work.programs()
    assert f"; {tasks_waiting()} wait." in finding.what
    assert all(map(gives_another, PROGRAMS)), running.log()

    running.signal_tasks(signal.SIGCONT)
    assert wait_until(lambda: said() == set(), seconds=60)


def test_beat_that_hangs_is_silent_and_the_workers_are_not(running: Running):
    os.kill(running.beat.pid, signal.SIGSTOP)

    assert wait_until(lambda: said() == {"beatSilent"}, seconds=90), running.log()


def test_without_redis_workers_are_silent_and_beat_is_not(running: Running):
    running.valkey.stop()

    assert wait_until(lambda: said() == {"workerSilent"}, seconds=90), running.log()
    assert gives_another("beat"), running.log()


def test_signs_go_on_when_the_database_has_ended_every_connection(running: Running):
    for _ in range(2):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                " AND backend_type = 'client backend'"
            )
        assert all(map(gives_another, (*PROGRAMS, "tasks"))), running.log()
