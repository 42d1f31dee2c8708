"""A worker keeps its connection to the database from task to task, for as long as it is sound."""

from __future__ import annotations

from pathlib import Path

import pytest
from celery import current_app
from django.db import connection

from attestations.models import FactChange
from config.embedded import Valkey
from config.processes import wait_until
from derived_rights.tasks import derive_pending
from tests import processes


@pytest.mark.django_db(transaction=True)
def test_tasks_share_a_connection_and_one_that_broke_is_made_anew(
    tmp_path, cpas, decision, new_ssin
):
    def derive_another() -> list[int]:
        """Record a decision, have it derived; the connections that others have thereafter."""
        assert cpas.post("/decisions", decision(new_ssin())).status_code == 201
        with current_app.connection_for_write(url) as broker:
            derive_pending.apply_async(connection=broker)
        assert wait_until(_nothing_is_pending, seconds=60), _log(tmp_path)
        found: list[int] = []

        def is_one() -> bool:
            """A sign of life has a connection of its own, for a moment."""
            found[:] = _others()
            return len(found) == 1

        assert wait_until(is_one, seconds=60), _log(tmp_path)
        return found

    valkey = Valkey(tmp_path / "valkey", durable=False)
    url = valkey.start()
    try:
        with processes.worker(url, tmp_path, concurrency=1, timer=False):
            first = derive_another()
            assert derive_another() == first

            _terminate(first)
            second = derive_another()
            assert second != first
    finally:
        valkey.stop()


def _nothing_is_pending() -> bool:
    return not FactChange.objects.filter(derived_at=None).exists()


def _others() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )
        return [pid for (pid,) in cursor.fetchall()]


def _terminate(pids: list[int]) -> None:
    """End connections, as a restart of the server or a failover would."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid, 10000) FROM unnest(%s) AS pid", [pids])
        assert all(ended for (ended,) in cursor.fetchall())


def _log(folder: Path) -> str:
    return (folder / "worker.log").read_text()
