"""Threads that deliver: what they keep from one drain to the next."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

import pytest
from django.db import connection, connections

from partners.services import delivering


@pytest.mark.django_db(transaction=True)
def test_a_thread_keeps_its_connection_until_that_breaks(monkeypatch):
    used: SimpleQueue[int] = SimpleQueue()

    def drain(_subscription_id: int) -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            used.put(cursor.fetchone()[0])
        return False

    def connection_of_a_drain(subscription_id: int) -> int:
        assert delivering.start(subscription_id, again=lambda _: None)
        return used.get(timeout=60)

    monkeypatch.setattr(delivering, "drain", drain)
    with ThreadPoolExecutor(1) as threads:
        monkeypatch.setattr(delivering, "_threads", threads)
        first = connection_of_a_drain(1)
        assert connection_of_a_drain(2) == first
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [first])
        assert connection_of_a_drain(3) != first
        threads.submit(connections.close_all)
