"""Celery tasks that a bell rings: however often it rings, one waits in the queue at most."""

from __future__ import annotations

from functools import cache
from typing import Any

import redis
from celery import Task
from django.conf import settings

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

    def ring(self) -> None:
        """Queue the task, unless one is queued already; raises if the broker cannot be reached."""
        if _broker().set(self._mark, 1, nx=True, ex=RING_SECONDS):
            self.delay()

    def before_start(self, task_id: str, args: Any, kwargs: Any) -> None:
        _broker().delete(self._mark)

    @property
    def _mark(self) -> str:
        return f"registry:rung:{self.name}"
