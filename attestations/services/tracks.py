"""Chunks recorded two at a time, on two connections, as if one came after the other.

A chunk does not look for a lock before the one ahead of it holds all of its own, so that neither
can wait for the other in a circle; and it is committed after that one. What is committed is always
the beginning of the file.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

from django.db import connection

Chunk = TypeVar("Chunk")


class AheadFailed(RuntimeError):
    """The chunk ahead was not recorded, so that this one must not be either."""


class Turn:
    """The place of a chunk behind another one."""

    def __init__(self, ahead: Turn | None = None) -> None:
        self._ahead = ahead
        self._locked, self._over = threading.Event(), threading.Event()
        self._failed = False

    def wait_to_lock(self) -> None:
        """Return once the chunk ahead holds all its locks."""
        if self._ahead is not None:
            self._ahead._locked.wait()
            self._go_on_behind(self._ahead)

    def has_locked(self) -> None:
        """No lock is waited for any more."""
        self._locked.set()

    def wait_to_commit(self) -> None:
        """Return once the chunk ahead is committed."""
        if self._ahead is not None:
            self._ahead._over.wait()
            self._go_on_behind(self._ahead)

    def end(self, *, failed: bool) -> None:
        """The chunk is committed, or never will be."""
        self._failed = failed
        self._ahead = None
        self._locked.set()
        self._over.set()

    @staticmethod
    def _go_on_behind(ahead: Turn) -> None:
        if ahead._failed:
            raise AheadFailed


class Tracks(Generic[Chunk]):
    """Works off the chunks in their order: in this thread, and in others beside it.

    `work` is called with a chunk and its turn, of which it must heed both waits.
    """

    def __init__(self, chunks: Iterator[Chunk], work: Callable[[Chunk, Turn], object]) -> None:
        self._chunks = chunks
        self._work = work
        self._taking = threading.Lock()
        self._last: Turn | None = None
        self._broken = False

    def run(self, tracks: int) -> None:
        """Return when all is done; what fails in one track ends the others, and is raised here."""
        with ThreadPoolExecutor(max(tracks - 1, 1), "recording") as pool:
            beside = [pool.submit(self._beside) for _ in range(tracks - 1)]
            try:
                self._track()
            except AheadFailed:
                pass  # another track says why
            finally:
                self._broken = True
        for track in beside:
            track.result()

    def _beside(self) -> None:
        try:
            self._track()
        finally:
            connection.close()

    def _track(self) -> None:
        while True:
            with self._taking:
                chunk = None if self._broken else next(self._chunks, None)
                if chunk is None:
                    return
                turn = self._last = Turn(self._last)
            failed = True
            try:
                self._work(chunk, turn)
                failed = False
            finally:
                self._broken |= failed
                turn.end(failed=failed)
