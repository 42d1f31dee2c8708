"""Sets of days of many persons at once, and their algebra: the one primitive of bulk deriving.

A *word* holds a person and a day, `person << 22 | day`, so that words sort by person and then by
day. A set of days is two ascending arrays of words. Everything rests on one fact about intervals:
if their starts and their ends are sorted **each by itself**, the days on which at least `n` of them
are open are the unions of `[starts[i + n - 1], ends[i])`. So *any of* needs 1 and *all of* needs
all; what is subtracted counts as open from each of its ends to its next start.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from derived_rights.engine.columns import BEGINNING, FOREVER

Words: TypeAlias = NDArray[np.int64]
Mask: TypeAlias = NDArray[np.bool_]

DAY_BITS = 22
DAY = (1 << DAY_BITS) - 1  # what of a word is the day; FOREVER leaves half a million days above it
_FIRST = np.array([0], dtype=np.int64)  # before and after all days of all persons
_LAST = np.array([np.iinfo(np.int64).max], dtype=np.int64)
_STRIDE = 16  # how many words apart those are that tell whether all are nearly in order


@dataclass(frozen=True, slots=True, eq=False)
class Spans:
    """The unbroken runs of each person, half-open: starts[i] < ends[i] < starts[i + 1]."""

    starts: Words
    ends: Words

    def __len__(self) -> int:
        """How many runs."""
        return len(self.starts)

    def equals(self, other: Spans) -> bool:
        return np.array_equal(self.starts, other.starts) and np.array_equal(self.ends, other.ends)

    def where(self, kept: Mask) -> Spans:
        """Only these runs."""
        return Spans(*where(kept, self.starts, self.ends))

    @property
    def persons(self) -> Words:
        return self.starts >> DAY_BITS


NOWHERE = Spans(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))


def words(persons: NDArray[np.integer[Any]], *days: NDArray[np.integer[Any]]) -> tuple[Words, ...]:
    """The words of the persons with each of these days."""
    base = persons.astype(np.int64)
    base <<= DAY_BITS
    found = []
    for each in days:
        found.append(each.astype(np.int64))  # casting first is quicker than casting on the way
        found[-1] |= base
    return tuple(found)


def always(persons: int) -> Spans:
    """All days of the persons 0, 1, ..."""
    base = np.arange(persons, dtype=np.int64) << DAY_BITS
    return Spans(base | BEGINNING, base | FOREVER)


def complement(spans: Spans, persons: int) -> Spans:
    """All days of the persons 0, 1, ... that are not in the spans."""
    if not len(spans):
        return always(persons)
    everyone, of = always(persons), spans.persons
    opened, closed = np.empty((2, persons + len(spans)), dtype=np.int64)
    # A person has one gap more than runs: after the last of them, or in place of any.
    place = np.arange(len(spans)) + of
    opened[place + 1], closed[place] = spans.ends, spans.starts
    first = bounds(of, persons) + np.arange(persons + 1)
    opened[first[:-1]], closed[first[1:] - 1] = everyone.starts, everyone.ends
    return Spans(*where(opened < closed, opened, closed))


def bounds(persons: Words, count: int) -> Words:
    """Where in ascending `persons` the rows of each begin; those of the last end at the last."""
    found = np.zeros(count + 1, dtype=np.int64)
    np.cumsum(np.bincount(persons, minlength=count), out=found[1:])
    return found


def where(kept: Mask, *arrays: Words) -> tuple[Words, ...]:
    """The elements of each array at which `kept` is true; the arrays themselves if all are."""
    if kept.all():
        return arrays
    places = np.flatnonzero(kept)
    return tuple(array.take(places) for array in arrays)


def ascending(array: Words) -> bool:
    return not (array[1:] < array[:-1]).any()


def joined(starts: Words, ends: Words) -> Spans:
    """The union of the spans [starts[i], ends[i]), both arrays ascending."""
    if not len(starts):
        return NOWHERE
    gap = starts[1:] > ends[:-1]
    if gap.all():
        return Spans(starts, ends)
    return cut(starts, ends, gap)


def gathered(starts: Words, ends: Words) -> Spans:
    """The union of spans in any order, none empty; what is sorted already is not sorted again."""
    if not ascending(starts):
        return joined(_sorted(starts), _sorted(ends))
    return joined(starts, _furthest(ends))


def any_of(sets: Sequence[Spans]) -> Spans:
    held = [one for one in sets if len(one)]
    if not held:
        return NOWHERE
    if len(held) == 1:
        return held[0]
    return joined(_merged([one.starts for one in held]), _merged([one.ends for one in held]))


def all_of(sets: Sequence[Spans], but_for: Sequence[Spans] = ()) -> Spans:
    """The days in each of `sets`, at least one, and in none of `but_for`."""
    without = [one for one in but_for if len(one)]
    if not all(map(len, sets)):
        return NOWHERE
    if len(sets) == 1 and not without:
        return sets[0]
    starts = [one.starts for one in sets]
    ends = [one.ends for one in sets]
    for one in without:
        starts += [_FIRST, one.ends]
        ends += [one.starts, _LAST]
    others = len(sets) + len(without) - 1
    opened, closed = _merged(starts)[others:], _merged(ends)
    closed = closed[: len(opened)]
    return joined(*where(opened < closed, opened, closed))


def within(spans: Spans, start: int, end: int) -> Spans:
    """What of each person's days lies in [start, end)."""
    if not len(spans):
        return NOWHERE
    starts, ends = spans.starts, spans.ends
    if start > BEGINNING:
        starts = np.maximum(starts, (starts & ~DAY) | start)
    if end < FOREVER:
        ends = np.minimum(ends, (ends & ~DAY) | end)
    return Spans(starts, ends).where(starts < ends)


def contained(some: Words, in_: Words) -> Mask:
    """Which of the words are among others; both ascending."""
    if not len(in_):
        return np.zeros(len(some), dtype=np.bool_)
    place = np.searchsorted(in_, some)
    place[place == len(in_)] = 0
    found: Mask = in_[place] == some
    return found


def _merged(sorted_arrays: Sequence[Words]) -> Words:
    # The stable sort finds the sorted runs and merges them: half the time of sorting anew.
    return np.sort(np.concatenate(sorted_arrays), kind="stable")


def cut(starts: Words, ends: Words, gap: Mask) -> Spans:
    """One run from each gap to the next; `gap` is whether one follows each span but the last."""
    places = np.flatnonzero(gap)
    first, last = np.empty((2, len(places) + 1), dtype=np.int64)
    first[0], last[-1] = starts[0], ends[-1]
    # "clip" lets the result be written in place; no place is out of bounds.
    starts[1:].take(places, out=first[1:], mode="clip")
    ends.take(places, out=last[:-1], mode="clip")
    return Spans(first, last)


def _sorted(array: Words) -> Words:
    # Of rows in order of person only, few words are out of place, and by few places: to exchange
    # neighbours until all stand right takes half the time of sorting.
    if ascending(array[::_STRIDE]):
        for first in (0, 1, 0, 1):
            array = _exchanged(array, first)
            if ascending(array):
                return array
    return np.sort(array)


def _exchanged(array: Words, first: int) -> Words:
    """Each two neighbours in order, the first of them from the place `first` on."""
    result = array.copy()
    lefts, rights = slice(first, -1, 2), slice(first + 1, None, 2)
    np.minimum(array[lefts], array[rights], out=result[lefts])
    np.maximum(array[lefts], array[rights], out=result[rights])
    return result


def _furthest(ends: Words) -> Words:
    """The latest end so far, at each place."""
    behind = np.flatnonzero(ends[1:] < ends[:-1])
    if not len(behind):
        return ends
    # Few spans lie inside an earlier one, and fewer inside two: only they and those after them are
    # looked at again, which is quicker than to accumulate, and comes down to it.
    ends = ends.copy()
    for _ in range(8):
        after = behind + 1
        ends[after] = ends[behind]
        behind = after[: np.searchsorted(after, len(ends) - 1)]
        behind = behind[ends[behind + 1] < ends[behind]]
        if not len(behind):
            return ends
    return np.maximum.accumulate(ends)
