"""Celery tasks that a bell rings: however often it rings, one waits in the queue at most.

A ring for the stage below, heard while a task of the stage above runs, need not go through the
broker: the same process runs that stage next. Each stage stays a task of its own, which sweeps and
other processes start as well; whatever is cut off in between is found by them.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import redis
from celery import Task
from django.conf import settings

from attestations.bell import Listener, hearing, pass_on

# A ring whose task was lost stands in the way of others for this long at most.
RING_SECONDS = 3


@cache
def _broker() -> redis.Redis:
    return redis.Redis.from_url(
        settings.CELERY_BROKER_URL, socket_timeout=2, socket_connect_timeout=2
    )


class RungTask(Task):
    """A task that takes all pending work when it starts, so that a second one may not be queued.

    The mark goes when the task begins, before it looks for work: whoever rings afterwards has
    something that this run may not see, and queues another.
    """

    # Whether a process in which it is rung by another such task runs it itself, right after.
    at_once = False

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run it, then answer what was rung meanwhile; what a fault leaves over is passed on."""
        heard: dict[Listener, None] = {}
        try:
            with hearing() as heard:
                result = super().__call__(*args, **kwargs)
            while heard:
                listener = next(iter(heard))
                del heard[listener]
                _answer(listener)
        except BaseException:
            for listener in heard:
                pass_on(listener)
            raise
        return result

    def ring(self) -> None:
        """Queue the task, unless one is queued already; raises if the broker cannot be reached."""
        if _broker().set(self._mark, 1, nx=True, ex=RING_SECONDS):
            self.delay()

    def before_start(self, task_id: str, args: Any, kwargs: Any) -> None:
        _broker().delete(self._mark)

    @property
    def _mark(self) -> str:
        return f"registry:rung:{self.name}"


def _answer(listener: Listener) -> None:
    task = getattr(listener, "__self__", None)
    if isinstance(task, RungTask) and task.at_once:
        task()
    else:
        pass_on(listener)
