"""Works on threads with connections of their own, and who of them waits for whom."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection

SECONDS = 30


@contextmanager
def threads() -> Iterator[tuple[Callable[[Callable[[], object]], None], list[BaseException]]]:
    """Starts works on threads with connections of their own; and the faults that they ended in."""
    faults: list[BaseException] = []
    started: list[threading.Thread] = []

    def run(work: Callable[[], object]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001  (the test judges it)
            faults.append(error)
        finally:
            connection.close()

    def start(work: Callable[[], object]) -> None:
        started.append(threading.Thread(target=run, args=[work], daemon=True))
        started[-1].start()

    yield start, faults
    for thread in started:
        thread.join(SECONDS)
        assert not thread.is_alive()


def wait_for_waiters(count: int, *, or_until: Callable[[], object] = bool) -> None:
    """Return when so many connections wait for a lock, or that holds."""
    asked = (
        "SELECT count(DISTINCT pid) FROM pg_locks JOIN pg_stat_activity USING (pid)"
        " WHERE NOT granted AND datname = current_database()"
    )
    until = time.monotonic() + SECONDS
    with connection.cursor() as cursor:
        while cursor.execute(asked).fetchone()[0] < count and not or_until():
            assert time.monotonic() < until, f"fewer than {count} wait"
            cursor.execute("SELECT pg_stat_clear_snapshot()")  # or it never hears of new ones
