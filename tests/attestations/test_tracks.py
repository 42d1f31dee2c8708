"""Chunks in two tracks: begun and ended in their order, and stopped by the first fault."""

from __future__ import annotations

import threading

import pytest

from attestations.services.tracks import Tracks, Turn


class Trace:
    """What happened to the chunks, in the order in which it happened."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.seen: list[tuple[str, int]] = []

    def note(self, what: str, chunk: int) -> None:
        with self.lock:
            self.seen.append((what, chunk))

    def of(self, what: str) -> list[int]:
        return [chunk for name, chunk in self.seen if name == what]


def test_locks_are_taken_and_chunks_committed_one_after_the_other():
    trace = Trace()

    def work(chunk: int, turn: Turn) -> None:
        turn.wait_to_lock()
        trace.note("locks", chunk)
        turn.has_locked()
        turn.wait_to_commit()
        trace.note("commits", chunk)

    Tracks(iter(range(200)), work).run(2)

    assert trace.of("locks") == trace.of("commits") == list(range(200))


def test_one_chunk_is_worked_on_while_the_one_ahead_is_not_over():
    met = threading.Barrier(2, timeout=30)

    def work(chunk: int, turn: Turn) -> None:
        turn.wait_to_lock()
        turn.has_locked()
        met.wait()  # for the other track, which is as far with its own chunk
        turn.wait_to_commit()

    Tracks(iter(range(20)), work).run(2)


@pytest.mark.parametrize("bad", range(4))
def test_after_a_fault_nothing_behind_it_is_committed(bad):
    trace = Trace()

    def work(chunk: int, turn: Turn) -> None:
        turn.wait_to_lock()
        if chunk == bad:
            raise ZeroDivisionError
        turn.has_locked()
        turn.wait_to_commit()
        trace.note("commits", chunk)

    with pytest.raises(ZeroDivisionError):
        Tracks(iter(range(20)), work).run(2)

    assert trace.of("commits") == list(range(bad))


@pytest.mark.parametrize("tracks", [1, 2])
def test_chunks_that_cannot_be_read_end_all_tracks(tracks):
    def chunks():
        yield 0
        yield 1
        raise LookupError

    trace = Trace()

    def work(chunk: int, turn: Turn) -> None:
        turn.wait_to_commit()
        trace.note("commits", chunk)

    with pytest.raises(LookupError):
        Tracks(chunks(), work).run(tracks)

    assert trace.of("commits") == [0, 1]
