"""Rights of everyone at once: the second interpreter of the terms, over columns. Pure.

`derive` is the door. What it gives equals what `one.derive` gives, person by person and day by
day, without the reasons. `spans` says how it can be fast.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from derived_rights.engine.bulk.belief import Belief
from derived_rights.engine.bulk.chunks import Chunk, by_person, chunks, households_together
from derived_rights.engine.bulk.interpreter import Interpretation
from derived_rights.engine.bulk.spans import DAY, Spans, all_of, words
from derived_rights.engine.columns import Columns, Days, Persons, Table
from derived_rights.engine.right import AllOverrides, Right
from derived_rights.engine.terms import Derived as DerivedRight

__all__ = ["Derived", "Periods", "derive"]

PERSONS_AT_ONCE = 50_000


@dataclass(frozen=True, eq=False)
class Periods(Table):
    """Days of persons, in order of person and start; the periods of one person never touch."""

    person: Persons
    start: Days
    end: Days


@dataclass(frozen=True, eq=False)
class Derived:
    """When a right surely and when it possibly applies; one object where nothing is in doubt."""

    sure: Periods
    possible: Periods

    @property
    def undetermined(self) -> Periods:
        """The days that are possible and not sure: missing facts decide about them."""
        if self.sure is self.possible:
            return _periods([], None)
        doubts = all_of([_spans(self.possible)], [_spans(self.sure)])
        return _periods([(0, doubts)], None)


def derive(
    columns: Columns,
    rights: Mapping[str, Right],
    overrides: AllOverrides | None = None,
    codes: Iterable[str] | None = None,
    *,
    threads: int = 1,
    persons_at_once: int = PERSONS_AT_ONCE,
) -> dict[str, Derived]:
    """The rights `codes` of everyone in the columns, by default all `rights`, in that order.

    `rights` must also hold those that are only read by others. The result does not depend on
    `threads` nor on `persons_at_once`: these are for speed, and for the memory in use at a time.
    """
    wanted = list(rights if codes is None else codes)
    together, former = by_person(columns), None
    if len(columns) > persons_at_once:
        together, former = households_together(together)
    read = partial(_read, rights, overrides or {}, wanted)
    with ThreadPoolExecutor(threads) as pool:
        parts = list(pool.map(read, chunks(together, persons_at_once)))
    return {
        code: _derived([(first, part[place]) for first, part in parts], former)
        for place, code in enumerate(wanted)
    }


def _read(
    rights: Mapping[str, Right], overrides: AllOverrides, codes: Iterable[str], chunk: Chunk
) -> tuple[int, list[Belief]]:
    read = Interpretation(chunk.columns, rights, overrides)
    return chunk.first, [read.belief(DerivedRight(code)) for code in codes]


def _derived(parts: list[tuple[int, Belief]], former: NDArray[np.int64] | None) -> Derived:
    sure = _periods([(first, belief.sure) for first, belief in parts], former)
    if all(belief.is_certain for _, belief in parts):
        return Derived(sure, sure)
    return Derived(sure, _periods([(first, belief.possible) for first, belief in parts], former))


def _periods(parts: list[tuple[int, Spans]], former: NDArray[np.int64] | None) -> Periods:
    """The spans of all parts as rows; `former` gives the numbers that the persons had before."""
    person = np.concatenate([_NOBODY, *(spans.persons + first for first, spans in parts)])
    start = np.concatenate([_NOBODY, *(spans.starts & DAY for _, spans in parts)])
    end = np.concatenate([_NOBODY, *(spans.ends & DAY for _, spans in parts)])
    if former is not None:
        person = former[person]
        order = np.argsort(person, kind="stable")
        person, start, end = person[order], start[order], end[order]
    return Periods(person, start, end)


def _spans(periods: Periods) -> Spans:
    return Spans(words(periods.person, periods.start), words(periods.person, periods.end))


_NOBODY = np.empty(0, dtype=np.int64)
