"""Parts of a file recorded side by side, each as if those before it in the file were over.

A track works off its parts in their order. What stands on different tracks may be recorded in any
order, as long as it concerns nobody in common: a part waits until no part that was read before it
names anybody whom it names. It waits before it begins, and so holds nothing that another needs.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, Protocol, TypeVar

from django.db import connection


class Part(Protocol):
    """What a track records at a time."""

    @property
    def track(self) -> int: ...
    @property
    def concerned(self) -> AbstractSet[Hashable]:
        """All whose other parts must not be recorded at the same time."""


P = TypeVar("P", bound=Part)


class Tracks(Generic[P]):
    """Works off the parts: track 0 in the caller's thread, the others and the reading beside it.

    `windows` gives parts as the file is read: those of a window concern nobody in common.
    `read_ahead` is the number of parts that may be read and not yet over.
    """

    def __init__(
        self, windows: Iterator[Sequence[P]], work: Callable[[P], object], *, read_ahead: int
    ) -> None:
        self._windows = windows
        self._work = work
        self._read_ahead = read_ahead
        self._changed = threading.Condition()
        self._open: list[P] = []  # read and not over, in the order of the file
        self._all_read = False
        self._stopped = False

    def run(self, tracks: int) -> bool:
        """Return when all is done, or what was begun before `stop`; whether all is.

        What fails somewhere ends all tracks, and is raised here.
        """
        with ThreadPoolExecutor(tracks, "recording") as pool:
            beside = [pool.submit(self._beside, self._read)]
            beside += [pool.submit(self._beside, self._track, at) for at in range(1, tracks)]
            try:
                self._track(0)
            except BaseException:
                self.stop()
                raise
        for thread in beside:
            thread.result()
        return self._all_read and not self._open

    def _beside(self, task: Callable[..., None], *arguments: int) -> None:
        try:
            task(*arguments)
        except BaseException:
            self.stop()
            raise
        finally:
            connection.close()

    def stop(self) -> None:
        """Begin no further part; also from a signal handler."""
        with self._changed:  # which the thread that holds it may take again
            self._stopped = True
            self._changed.notify_all()

    def _read(self) -> None:
        for parts in self._windows:
            with self._changed:
                self._open += parts
                self._changed.notify_all()
                self._changed.wait_for(self._wants_more)
                if self._stopped:
                    return
        with self._changed:
            self._all_read = True
            self._changed.notify_all()

    def _wants_more(self) -> bool:
        return self._stopped or len(self._open) < self._read_ahead

    def _track(self, track: int) -> None:
        while (part := self._next(track)) is not None:
            self._work(part)
            with self._changed:
                self._open.remove(part)
                self._changed.notify_all()

    def _next(self, track: int) -> P | None:
        """The next part of a track, as soon as it may be begun; None at the end."""
        with self._changed:
            while not self._stopped:
                at = next((at for at, part in enumerate(self._open) if part.track == track), None)
                if at is None and self._all_read:
                    return None
                if at is not None and self._is_free(at):
                    return self._open[at]
                self._changed.wait()
            return None

    def _is_free(self, at: int) -> bool:
        concerned = self._open[at].concerned
        return all(before.concerned.isdisjoint(concerned) for before in self._open[:at])
