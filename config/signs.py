"""Signs of life: each program notes in the database that it is at work.

None depends on tasks that wait. Beat gives its sign where it sends a tick, whether anybody takes
that or not; a worker where it asks the broker for tasks, while all of its processes may be busy;
and those processes when they begin a task.
"""

from __future__ import annotations

import math
import socket
import time
from typing import Any

import structlog
from celery import bootsteps
from celery.signals import beat_embedded_init, beat_init, before_task_publish
from django.conf import settings

log = structlog.get_logger(__name__)

BEAT, WORKER, TASKS = "beat", "worker", "tasks"


class Pulse:
    """Notes that a program is at work, at most every SIGN_SECONDS; fails silently but for the log.

    The connection is not kept: one that broke, as when the database was restarted, would end the
    signs of a program that goes on for months, and a worker must not have any when it makes a
    new process. `keep` is for who looks at its connection before each task anyway.
    """

    def __init__(self, *, keep: bool = False) -> None:
        self.name = ""
        self._keep = keep
        self._last = -math.inf

    def beat(self) -> None:
        if not self.name or time.monotonic() - self._last < settings.SIGN_SECONDS:
            return
        # Django is ready only now.
        from django.db import Error, connection  # noqa: PLC0415

        from attestations.services.operation import note_sign_of_life  # noqa: PLC0415

        self._last = time.monotonic()
        try:
            note_sign_of_life(self.name)
        except Error as error:
            log.warning("sign_of_life_not_noted", program=self.name, error=str(error))
        finally:
            if not self._keep:
                connection.close()


_beat, _worker, _tasks = Pulse(), Pulse(), Pulse(keep=True)


@beat_init.connect
@beat_embedded_init.connect
def know_that_this_is_beat(**_signal: Any) -> None:
    _beat.name = f"{BEAT} {socket.gethostname()}"


@before_task_publish.connect
def beat_gives_a_sign(**_signal: Any) -> None:
    """Only where beat runs: there every tick is published."""
    _beat.beat()


def a_task_is_begun(worker: str) -> None:
    """In a process of this worker, whose connection was looked at."""
    _tasks.name = f"{TASKS} {worker}"
    _tasks.beat()


class Signs(bootsteps.StartStopStep):
    """In the process of a worker that takes tasks from the broker, for as long as it reaches it."""

    requires = ("celery.worker.consumer.connection:Connection",)
    entry: Any = None

    def start(self, consumer: Any) -> None:
        _worker.name = f"{WORKER} {consumer.hostname}"
        _worker.beat()
        # Twice as often, as one that comes a moment too soon notes nothing.
        self.entry = consumer.timer.call_repeatedly(settings.SIGN_SECONDS / 2, _worker.beat)

    def stop(self, consumer: Any) -> None:
        if self.entry is not None:
            consumer.timer.cancel(self.entry)
            self.entry = None

    shutdown = stop
