"""What was paid to many persons in a month or year: how much is known, and what is not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from derived_rights.engine.bulk.belief import Belief, believed
from derived_rights.engine.bulk.calendar import end_of, month_starts, moved, start_of
from derived_rights.engine.bulk.shifts import whole_units
from derived_rights.engine.bulk.spans import (
    NOWHERE,
    Mask,
    Spans,
    Words,
    all_of,
    any_of,
    joined,
    where,
    words,
)
from derived_rights.engine.columns import PaidRows
from derived_rights.engine.terms import PaidAtLeast, PaidShare


@dataclass(frozen=True, slots=True, eq=False)
class _Stated:
    """The stated months of one kind: a word of the first day and the cents, where one is stated."""

    months: Words
    cents: NDArray[np.int64]
    disputed: Spans  # months for which sources state different amounts

    @property
    def known(self) -> Spans:
        return _months(self.months)


def paid(
    term: PaidAtLeast | PaidShare,
    rows: PaidRows,
    kinds: Sequence[str],
    attested: Callable[[str], Spans],
) -> Belief:
    """The units in which enough was paid, surely and possibly.

    `kinds` are the names of the codes of `rows`; `attested` the days attested of a kind.
    """
    of = term.kinds if isinstance(term, PaidAtLeast) else term.of
    stated = {kind: _stated(rows, kinds, kind) for kind in of}
    rest = [kind for kind in of if kind not in term.kinds]
    unit, part, other = _sums(term.unit, stated, term.kinds)
    if isinstance(term, PaidAtLeast):
        reached = _units(term.unit, unit, part >= term.amount)
    else:
        enough = part * 100 >= term.percent * (part + other)
        reached = _units(term.unit, unit, (part > 0) & enough)
    part_is_open = _open(term.unit, stated, term.kinds, attested)
    rest_is_open = _open(term.unit, stated, rest, attested)
    can_be_reached = part_is_open
    if isinstance(term, PaidShare) and term.percent == 100:
        can_be_reached = all_of([part_is_open], [_units(term.unit, unit, other > 0)])
    return believed(all_of([reached], [rest_is_open]), any_of([reached, can_be_reached]))


def _stated(rows: PaidRows, kinds: Sequence[str], kind: str) -> _Stated:
    chosen = rows.take(rows.kind == kinds.index(kind)) if kind in kinds else PaidRows()
    (month,) = words(chosen.person, month_starts()[chosen.month])
    order = np.lexsort((chosen.cents, month))
    month, cents = month[order], chosen.cents[order]
    again = np.zeros(len(month) + 1, dtype=np.bool_)
    again[1:-1] = month[1:] == month[:-1]
    differs = np.zeros(len(month), dtype=np.bool_)
    differs[1:] = again[1:-1] & (cents[1:] != cents[:-1])
    disputed = np.unique(month[differs])
    first = ~again[:-1] & ~np.isin(month, disputed)
    return _Stated(month[first], cents[first], _months(disputed))


def _open(
    unit: str,
    stated: dict[str, _Stated],
    kinds: Sequence[str],
    attested: Callable[[str], Spans],
) -> Spans:
    """The units with a month for which an amount of one of the kinds is unknown."""
    unknown = [NOWHERE]
    for kind in kinds:
        touched = whole_units("month", attested(kind))
        unknown += [stated[kind].disputed, all_of([touched], [stated[kind].known])]
    return whole_units(unit, any_of(unknown))


def _sums(
    unit: str, stated: dict[str, _Stated], kinds: Sequence[str]
) -> tuple[Words, NDArray[np.int64], NDArray[np.int64]]:
    """By unit (a word of its first day): the cents known of these kinds, and of the others."""
    month = np.concatenate([one.months for one in stated.values()])
    start = moved(month, start_of(unit))
    units, place = np.unique(start, return_inverse=True)
    sums = []
    for wanted in (True, False):
        found = np.zeros(len(units), dtype=np.int64)
        cents = np.concatenate(
            [one.cents * ((kind in kinds) == wanted) for kind, one in stated.items()]
        )
        np.add.at(found, place, cents)
        sums.append(found)
    return units, sums[0], sums[1]


def _units(unit: str, starts: Words, kept: Mask) -> Spans:
    (first,) = where(kept, starts)
    return joined(first, moved(first + 1, end_of(unit)))


def _months(starts: Words) -> Spans:
    return _units("month", starts, np.ones(len(starts), dtype=np.bool_))
