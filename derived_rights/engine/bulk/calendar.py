"""The calendar as look-up tables over all days, so that moving a day is one read.

A table is the number of days by which each day moves. Tables are made when first asked for and
kept: 15 MB each, of which a derivation only reads the few pages of the years in question.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from attestations.periods import FOREVER as LAST_DAY
from derived_rights.engine.bulk.spans import DAY, Words
from derived_rights.engine.columns import BEGINNING, FOREVER

Ints: TypeAlias = NDArray[np.int32]
Table: TypeAlias = Ints

MONTHS_OF = {"month": 1, "quarter": 3, "year": 12}
_FIRST_MONTH = 12  # January of year 1, as year * 12 + month - 1
_NO_MONTH = (LAST_DAY.year + 1) * 12  # the first that is not in the calendar
# What a day becomes that the calendar does not hold: after every end, yet of the same person.
NEVER = FOREVER + 1


def moved(words: Words, table: Table) -> Words:
    """Each word on the day to which the table moves its day."""
    days = words & DAY
    # No day is out of bounds, and to wrap around is quicker than to look whether one is.
    np.add(table.take(days, mode="wrap"), words, out=days)
    return days


@lru_cache(maxsize=32)
def later(months: int) -> Table:
    """To the day that is `months` later, as `periods.add_months`; at most FOREVER."""
    return _table(_months_later(months))


@lru_cache(maxsize=8)
def completion(months: int) -> Table:
    """To the day on which so many months are complete, or NEVER if the calendar ends before."""
    day = _months_later(months)
    day[day == FOREVER] = NEVER
    return _table(day)


@cache
def start_of(unit: str) -> Table:
    """To the first day of the month, quarter or year; FOREVER stays."""
    month = np.arange(_FIRST_MONTH, _NO_MONTH)
    return _table(_spread(month_starts()[month - month % MONTHS_OF[unit]]))


@lru_cache(maxsize=16)
def end_of(unit: str, extra_years: int = 0) -> Table:
    """For the end of a span: to the end of the unit that holds its last day, years later.

    Both are exclusive; FOREVER stays.
    """
    length = MONTHS_OF[unit]
    month = np.arange(_FIRST_MONTH, _NO_MONTH) + 12 * extra_years
    of_last_day = _spread(month_starts()[np.minimum(month - month % length + length, _NO_MONTH)])
    day = np.empty_like(of_last_day)
    day[1:] = of_last_day[:-1]
    return _table(day)


@cache
def month_starts() -> Ints:
    """The first day of each month by year * 12 + month - 1, and FOREVER for the first after all."""
    months = np.arange("0001-01", "10000-01", dtype="datetime64[M]").astype("datetime64[D]")
    days = months.astype(np.int64) - np.datetime64("0001-01-01", "D").astype(np.int64) + BEGINNING
    return np.concatenate([[0] * _FIRST_MONTH, days, [FOREVER]]).astype(np.int32)


def _spread(by_month: Ints) -> Ints:
    """The value of its month on each day; that of the first also on day 0, which is none."""
    return np.repeat(by_month, _lengths())


@cache
def _lengths() -> Ints:
    lengths = np.diff(month_starts()[_FIRST_MONTH:])
    lengths[0] += BEGINNING
    lengths[-1] += 1
    return lengths


@cache
def _days_of_month() -> Ints:
    return np.arange(FOREVER + 1, dtype=np.int32) - _spread(month_starts()[_FIRST_MONTH:-1])


def _months_later(months: int) -> Ints:
    starts = np.append(month_starts(), np.int32(FOREVER))
    goal = np.minimum(np.arange(_FIRST_MONTH, _NO_MONTH) + min(months, _NO_MONTH), _NO_MONTH)
    # Where the month lacks the day, the first of the month after.
    day: Ints = np.minimum(_spread(starts[goal]) + _days_of_month(), _spread(starts[goal + 1]))
    return day


def _table(day: Ints) -> Table:
    day[FOREVER] = max(day[FOREVER], FOREVER)
    day -= np.arange(FOREVER + 1, dtype=np.int32)
    return day
