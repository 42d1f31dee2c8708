"""Spans less other spans, row by row and many rows at once. Pure.

The vectorised counterparts of `Timeline - Timeline` and of `attestations.overlaying`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Numbers: TypeAlias = NDArray[Any]  # whole numbers
Rows: TypeAlias = NDArray[Any]  # places of rows

_DAY_BITS = 22  # a day is a proleptic ordinal, below 2 ** 22


@dataclass(frozen=True, slots=True, eq=False)
class Remainders:
    """What is left: pieces of the row `row`, half-open, in order of row and start."""

    row: Rows
    start: Numbers
    end: Numbers


def subtract(
    start: Numbers, end: Numbers, *, owner: Rows, taken_from: Numbers, taken_to: Numbers
) -> Remainders:
    """Of each row's days [start, end), those that no [taken_from, taken_to) of its own takes.

    `owner` gives, for each span that takes, the row that loses; in any order, and they may overlap.
    """
    taken_from = np.maximum(taken_from, start[owner])
    taken_to = np.minimum(taken_to, end[owner])
    kept = np.flatnonzero(taken_from < taken_to)
    order = kept[np.lexsort((taken_from[kept], owner[kept]))]
    owner, taken_from, taken_to = owner[order], taken_from[order], taken_to[order]
    # Up to which day each row is told, at each of its spans; growing, since rows come in order.
    told = np.maximum.accumulate(owner.astype(np.int64) << _DAY_BITS | taken_to)
    told &= (1 << _DAY_BITS) - 1
    first = np.ones(len(owner), dtype=np.bool_)
    first[1:] = owner[1:] != owner[:-1]
    free_from = np.where(first, start[owner], np.roll(told, 1))
    gap = np.flatnonzero(free_from < taken_from)
    last = np.flatnonzero(np.roll(first, -1)) if len(owner) else np.empty(0, dtype=np.intp)
    rest = last[told[last] < end[owner[last]]]
    whole = np.ones(len(start), dtype=np.bool_)
    whole[owner] = False
    untouched = np.flatnonzero(whole)
    row = np.concatenate([untouched, owner[gap], owner[rest]])
    begins = np.concatenate([start[untouched], free_from[gap], told[rest]])
    ends = np.concatenate([end[untouched], taken_from[gap], end[owner[rest]]])
    by_row = np.lexsort((begins, row))
    return Remainders(row[by_row], begins[by_row], ends[by_row])


def last_words(
    person: Rows, source: Numbers, start: Numbers, end: Numbers, order: Numbers
) -> Remainders:
    """About which days each statement is its source's last word on the person, in no order of rows.

    Persons are given by places. `overlay` says which of several statements prevails.
    """
    several = np.bincount(person) > 1
    alone, others = np.flatnonzero(~several[person]), np.flatnonzero(several[person])
    group = groups(source[others], person[others])
    left = overlay(group, start[others], end[others], order[others])
    return Remainders(
        np.concatenate([alone, others[left.row]]),
        np.concatenate([start[alone], left.start]),
        np.concatenate([end[alone], left.end]),
    )


def overlay(group: Numbers, start: Numbers, end: Numbers, order: Numbers) -> Remainders:
    """About which days each statement is its group's last word: `overlaying.overlay` for many.

    Of the statements of one group the one that begins later prevails, and of those that begin on
    the same day the one that is later in `order`.
    """
    sorted_rows = np.lexsort((order, start, group))
    group, start, end = group[sorted_rows], start[sorted_rows], end[sorted_rows]
    after = np.searchsorted(group, group, side="right")  # the first row of the next group
    rows = np.arange(len(group))
    # Later statements begin in order: where the next one does not overlap, none does.
    overlapped = np.zeros(len(group), dtype=np.bool_)
    overlapped[:-1] = (rows[1:] < after[:-1]) & (start[1:] < end[:-1])
    losing = np.flatnonzero(overlapped)
    owner, later = expand(losing + 1, after[losing])
    left = subtract(start, end, owner=losing[owner], taken_from=start[later], taken_to=end[later])
    return Remainders(sorted_rows[left.row], left.start, left.end)


def groups(*keys: Numbers) -> Rows:
    """A number for each row, the same for those that agree in all keys."""
    order = np.lexsort(keys)
    begins = np.zeros(len(order), dtype=np.bool_)
    for key in keys:
        begins[1:] |= key[order[1:]] != key[order[:-1]]
    found = np.empty(len(order), dtype=np.intp)
    found[order] = np.cumsum(begins)
    return found


def expand(first: Rows, end: Rows) -> tuple[Rows, Rows]:
    """All numbers in each range [first, end): the place of its range, and the number."""
    counts = np.maximum(end - first, 0)
    place = np.repeat(np.arange(len(first)), counts)
    before = np.cumsum(counts) - counts
    return place, np.arange(len(place)) - before[place] + first[place]
