"""Parts on several tracks: in their order where they concern the same, stopped by any fault."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from attestations.services.tracks import Tracks


@dataclass(frozen=True, eq=False)
class Part:
    place: int
    track: int
    concerned: frozenset[int] = frozenset()


@dataclass
class Trace:
    """Which parts were worked on at the same time, and in which order they ended."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    under_way: set[Part] = field(default_factory=set)
    ended: list[Part] = field(default_factory=list)
    met: list[tuple[Part, Part]] = field(default_factory=list)

    def work(self, part: Part) -> None:
        with self.lock:
            self.met += [(other, part) for other in self.under_way]
            self.under_way.add(part)
        threading.Event().wait(random.random() / 1000)  # lets the others come between
        with self.lock:
            self.under_way.remove(part)
            self.ended.append(part)


def windows(count: int, persons: int) -> Iterator[list[Part]]:
    """Parts about a few persons each; those of a window are about different ones."""
    chance = random.Random(count)
    for place in range(count):
        first, second = chance.sample(range(persons), 2)
        yield [Part(place, 0, frozenset({first})), Part(place, 1, frozenset({second}))]


def test_parts_that_concern_the_same_are_worked_off_in_their_order():
    trace = Trace()

    Tracks(windows(150, 5), trace.work, read_ahead=4).run(2)

    assert len(trace.ended) == 300
    assert not any(one.concerned & other.concerned for one, other in trace.met)
    for person in range(5):
        places = [part.place for part in trace.ended if person in part.concerned]
        assert places == sorted(places)


def test_parts_that_concern_others_are_worked_on_at_once():
    met = threading.Barrier(2, timeout=30)

    Tracks(
        ([Part(place, 0), Part(place, 1)] for place in range(10)),
        lambda _: met.wait(),  # for the other track
        read_ahead=4,
    ).run(2)


def test_a_track_is_not_held_up_by_one_that_is_behind():
    """Nobody in common: one track does all it has while the other one is at its first part."""
    alone = threading.Event()

    def work(part: Part) -> None:
        if part.track == 0:
            assert alone.wait(timeout=30)
        elif part.place == 3:
            alone.set()

    Tracks(
        iter([[Part(0, 0), Part(0, 1)], *([Part(place, 1)] for place in (1, 2, 3))]),
        work,
        read_ahead=8,
    ).run(2)


@pytest.mark.parametrize("bad", range(4))
def test_what_waits_for_a_part_that_failed_is_not_begun(bad):
    trace = Trace()

    def work(part: Part) -> None:
        if part.place == bad:
            raise ZeroDivisionError
        trace.work(part)

    same = frozenset({1})
    with pytest.raises(ZeroDivisionError):
        Tracks(([Part(place, place % 2, same)] for place in range(20)), work, read_ahead=4).run(2)

    assert [part.place for part in trace.ended] == list(range(bad))


@pytest.mark.parametrize("tracks", [1, 2])
def test_lines_that_cannot_be_read_end_all_tracks(tracks):
    def broken() -> Iterator[list[Part]]:
        yield [Part(0, 0)]
        raise LookupError

    with pytest.raises(LookupError):
        Tracks(broken(), lambda _: None, read_ahead=4).run(tracks)
