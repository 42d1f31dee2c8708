"""Rights of everyone at once: the second interpreter of the terms, over columns. Pure.

`derive` is the door. What it gives equals what `one.derive` gives, person by person and day by
day, without the reasons. `spans` says how it can be fast.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from derived_rights.engine.bulk.belief import Belief
from derived_rights.engine.bulk.chunks import Chunk, by_person, chunks, households_together
from derived_rights.engine.bulk.interpreter import Interpretation
from derived_rights.engine.bulk.spans import DAY, NOWHERE, Spans, all_of, words
from derived_rights.engine.columns import Columns, Days, Persons, Table
from derived_rights.engine.right import AllOverrides, Right
from derived_rights.engine.terms import Derived as DerivedRight

__all__ = ["Derived", "Periods", "derive"]

PERSONS_AT_ONCE = 25_000  # their days stay in the cache that a core has for itself


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
    def is_certain(self) -> bool:
        return self.sure is self.possible

    @property
    def undetermined(self) -> Periods:
        """The days that are possible and not sure: missing facts decide about them."""
        if self.is_certain:
            return _periods(NOWHERE)
        return _periods(all_of([_spans(self.possible)], [_spans(self.sure)]))


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
        code: _as_numbered(_one_after_another([part[place] for part in parts]), former)
        for place, code in enumerate(wanted)
    }


def _read(
    rights: Mapping[str, Right], overrides: AllOverrides, codes: Iterable[str], chunk: Chunk
) -> list[Derived]:
    read = Interpretation(chunk.columns, rights, overrides)
    return [_derived(read.belief(DerivedRight(code)), chunk.first) for code in codes]


def _derived(belief: Belief, first: int) -> Derived:
    sure = _periods(belief.sure, first)
    return Derived(sure, sure if belief.is_certain else _periods(belief.possible, first))


def _one_after_another(parts: Sequence[Derived]) -> Derived:
    if len(parts) == 1:
        return parts[0]
    sure = Periods.concatenated([part.sure for part in parts])
    if all(part.is_certain for part in parts):
        return Derived(sure, sure)
    return Derived(sure, Periods.concatenated([part.possible for part in parts]))


def _as_numbered(derived: Derived, former: NDArray[np.int64] | None) -> Derived:
    """The same of the persons as they were numbered before households were put together."""
    if former is None:
        return derived
    sure = _in_order(derived.sure, former)
    return Derived(sure, sure if derived.is_certain else _in_order(derived.possible, former))


def _in_order(periods: Periods, former: NDArray[np.int64]) -> Periods:
    person = former[periods.person].astype(np.int32)
    order = np.argsort(person, kind="stable")
    return Periods(person[order], periods.start[order], periods.end[order])


def _periods(spans: Spans, first: int = 0) -> Periods:
    """Spans as rows; the persons are counted from `first`."""
    person, start, end = spans.persons + first, spans.starts & DAY, spans.ends & DAY
    return Periods(*(column.astype(np.int32) for column in (person, start, end)))


def _spans(periods: Periods) -> Spans:
    return Spans(*words(periods.person, periods.start, periods.end))
