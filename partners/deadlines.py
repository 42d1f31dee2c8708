"""Limits of time for many short calls in one event loop, by one timer for all of them.

A timer for each call, as `asyncio.timeout` sets it, takes a sixth of the processor time of a POST.
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any


class Deadlines:
    """The calls under way, each in a task of its own, and when the time of each is up."""

    def __init__(self) -> None:
        self._under_way: set[Deadline] = set()
        self._timer: asyncio.TimerHandle | None = None

    def within(self, seconds: float) -> Deadline:
        """`with deadlines.within(10):` raises TimeoutError when its body takes longer."""
        return Deadline(self, seconds)

    def begin(self, one: Deadline) -> None:
        self._under_way.add(one)
        if self._timer is None or one.at < self._timer.when():
            self._look_at(one.at)

    def end(self, one: Deadline) -> None:
        self._under_way.discard(one)

    def _look_at(self, instant: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_at(instant, self._look)

    def _look(self) -> None:
        """End those whose time is up, and look again when that of the next one is."""
        self._timer = None
        now = asyncio.get_running_loop().time()
        over = (one for one in self._under_way if one.at <= now)
        for one in sorted(over, key=lambda one: one.at):
            self._under_way.discard(one)
            one.pass_by()
        if self._under_way:
            self._look_at(min(one.at for one in self._under_way))


class Deadline:
    """The limit of one call: cancels its task, and makes a TimeoutError of that."""

    __slots__ = ("_asked_before", "_deadlines", "_passed", "_seconds", "_task", "at")

    def __init__(self, deadlines: Deadlines, seconds: float) -> None:
        self._deadlines, self._seconds = deadlines, seconds
        self._passed = False

    def __enter__(self) -> None:
        task: asyncio.Task[Any] | None = asyncio.current_task()
        if task is None:
            raise RuntimeError("a deadline ends a task, and this is none")
        self._task, self._asked_before = task, task.cancelling()
        self.at = asyncio.get_running_loop().time() + self._seconds
        self._deadlines.begin(self)

    def pass_by(self) -> None:
        self._passed = True
        self._task.cancel()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._deadlines.end(self)
        # Whoever else has asked the task to end is not to be kept from it.
        if (
            self._passed
            and self._task.uncancel() <= self._asked_before
            and kind is asyncio.CancelledError
        ):
            raise TimeoutError from error
