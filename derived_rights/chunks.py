"""Cutting everyone into chunks that keep together whom a household ever bound. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]


@dataclass(frozen=True)
class Chunk:
    """The persons with an id in [first, end), without `elsewhere`, and with `besides`.

    Both lists ascend. All whom a bond joins to one of them are among them, but for a chunk that is
    not `whole`: that is a part of a group too large for one chunk.
    """

    first: int
    end: int
    besides: Ids
    elsewhere: Ids
    persons: int
    whole: bool = True


def groups(ids: Ids, bonds: NDArray[np.int64]) -> Ids:
    """For each person the least id among all to whom bonds lead, over whomever: its group.

    `ids` ascend; `bonds` are pairs of ids, of shape (n, 2), in any order and direction.
    """
    group = np.arange(len(ids))
    if not len(bonds):
        return ids.copy()
    one, other = np.searchsorted(ids, bonds.T)
    while True:
        least = np.minimum(group[one], group[other])
        before = group.copy()
        # Both ends, and those to whom they pointed, move to the lesser group.
        for end in (one, other):
            np.minimum.at(group, before[end], least)
            np.minimum.at(group, end, least)
        group = group[group]
        if np.array_equal(group, before):
            return ids[group]


def cut(ids: Ids, group: Ids, *, size: int, largest: int) -> Iterator[Chunk]:
    """Chunks of about `size` persons, in the order of their groups.

    `group` is that of each id, the least id in it. Groups of more than `largest` persons are cut
    into parts of `size`; no other is.
    """
    order = np.lexsort((ids, group))
    members, names = ids[order], group[order]
    starts = np.flatnonzero(np.r_[True, names[1:] != names[:-1]]) if len(ids) else np.empty(0, int)
    ends = np.r_[starts[1:], len(ids)] if len(ids) else starts
    too_large = np.flatnonzero(ends - starts > largest)
    begun = 0  # the first group that is in no chunk yet
    for large in [*too_large, len(starts)]:
        while begun < large:
            # As many groups as fit, and at least one.
            fit = np.searchsorted(ends, starts[begun] + size, side="right")
            last = min(max(int(fit), begun + 1), int(large))
            yield _ranged(ids, members[starts[begun] : ends[last - 1]])
            begun = last
        if large < len(starts):
            for start in range(starts[large], ends[large], size):
                part = members[start : min(start + size, ends[large])]
                yield Chunk(0, 0, part, part[:0], len(part), whole=False)
            begun = int(large) + 1


def _ranged(ids: Ids, persons: Ids) -> Chunk:
    """The chunk of these persons; the range holds at least half of the ids in it."""
    persons = np.sort(persons)
    first = int(persons[0])
    # The longest beginning of which not too many are strangers: neighbours mostly live together.
    place, held = np.searchsorted(ids, persons), np.arange(1, len(persons) + 1)
    dense = np.flatnonzero(place - place[0] + 1 <= 2 * held)[-1]
    end = int(persons[dense]) + 1
    within = ids[place[0] : place[dense] + 1]
    elsewhere = np.setdiff1d(within, persons, assume_unique=True)
    return Chunk(first, end, persons[dense + 1 :], elsewhere, len(persons))
