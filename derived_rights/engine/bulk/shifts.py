"""How the terms that move the ends of spans to those of the calendar follow for many persons."""

from __future__ import annotations

from functools import cache

import numpy as np

from derived_rights.engine.bulk.calendar import Table, end_of, month_starts, moved, start_of
from derived_rights.engine.bulk.spans import DAY, Spans, joined, where
from derived_rights.engine.columns import FOREVER
from derived_rights.engine.terms import OnReferenceDate


def to_end_of(unit: str, runs: Spans, extra_years: int = 0) -> Spans:
    return joined(runs.starts, moved(runs.ends, end_of(unit, extra_years)))


def from_start_of(unit: str, runs: Spans) -> Spans:
    return joined(moved(runs.starts, start_of(unit)), runs.ends)


def whole_units(unit: str, runs: Spans) -> Spans:
    """All days of the months, quarters or years of which one day is in the runs."""
    return joined(moved(runs.starts, start_of(unit)), moved(runs.ends, end_of(unit)))


def on_reference_date(term: OnReferenceDate, runs: Spans) -> Spans:
    """Whole years, each by one day of it or of an earlier one."""
    table = _years_decided(term.month, term.day, term.years_before)
    starts, ends = moved(runs.starts, table), moved(runs.ends, table)
    # An open run decides about all years to come, once it decides about one.
    ends = np.where(((runs.ends & DAY) == FOREVER) & (starts & DAY != FOREVER), runs.ends, ends)
    return joined(*where(starts < ends, starts, ends))


@cache
def _years_decided(month: int, day: int, years_before: int) -> Table:
    """From each day to the first day of the year that the next reference day decides about.

    A reference day that is the day itself is the next.
    """
    years = np.arange(1, 10_001)
    asked = month_starts()[years[:-1] * 12 + month - 1] + day - 1
    # How many days each reference day is the next one of; after the last there is none.
    days = np.diff(asked, prepend=-1, append=FOREVER)
    decided = month_starts()[np.minimum(years + years_before, 10_000) * 12]
    table: Table = np.repeat(decided, days) - np.arange(FOREVER + 1, dtype=np.int32)
    return table
