"""The algebra of days of many persons against plain sets of (person, day)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import TypeAlias

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attestations.periods import BEGINNING, FOREVER, add_months, next_year_start, quarter_start
from derived_rights.engine import columns
from derived_rights.engine.bulk import calendar
from derived_rights.engine.bulk.runs import bridged, counted, ever_since
from derived_rights.engine.bulk.spans import (
    DAY,
    Spans,
    Words,
    all_of,
    any_of,
    complement,
    gathered,
    within,
    words,
)

PERSONS = 3
LAST = 30  # the days that are looked at are 1 to 29, and all after them are alike
Days: TypeAlias = set[tuple[int, int]]

days = st.integers(1, LAST - 1)
rows = st.lists(
    st.tuples(st.integers(0, PERSONS - 1), days, days | st.just(columns.FOREVER)).filter(
        lambda row: row[1] < row[2]
    ),
    max_size=8,
)


def spans_of(stated: list[tuple[int, int, int]]) -> Spans:
    person, start, end = (np.array(column, dtype=np.int64) for column in columns_of(stated))
    return gathered(*words(person, start, end))


def columns_of(stated: list[tuple[int, int, int]]) -> Iterable[list[int]]:
    return [list(column) for column in zip(*stated, strict=True)] or [[], [], []]


def set_of(spans: Spans) -> Days:
    """The same as a set, after a look at what is promised of spans."""
    edges = np.ravel([spans.starts, spans.ends], order="F")
    assert (edges[1:] > edges[:-1]).all()
    assert (spans.starts >> 22 == spans.ends >> 22).all()
    return {
        (int(start) >> 22, day)
        for start, end in zip(spans.starts, spans.ends, strict=True)
        for day in range(int(start) & DAY, min(int(end) & DAY, LAST))
    }


def stated_days(stated: list[tuple[int, int, int]]) -> Days:
    return {(person, day) for person, start, end in stated for day in range(start, min(end, LAST))}


EVERY = {(person, day) for person in range(PERSONS) for day in range(1, LAST)}


@given(rows)
def test_rows_in_any_order_are_joined(stated: list[tuple[int, int, int]]) -> None:
    assert set_of(spans_of(stated)) == stated_days(stated)
    assert set_of(spans_of(sorted(stated))) == stated_days(stated)


@pytest.mark.parametrize("each", [1, 2, 5, 40])
@pytest.mark.parametrize("longest", [3, 60, 3000])
def test_many_rows_in_some_order_are_joined(each: int, longest: int) -> None:
    draw = np.random.default_rng(each * longest)
    person = np.repeat(np.arange(200), each)
    start = draw.integers(1, 2000, len(person))
    starts, ends = words(person, start, start + draw.integers(1, longest, len(person)))
    expected = plainly_joined(starts, ends)
    assert len(expected) > 100
    of_persons, by_start, none = np.arange(len(person)), np.argsort(starts), draw.permutation
    for order in (of_persons, by_start, none(len(person))):
        given_starts, given_ends = starts[order], ends[order]
        kept = given_starts.copy(), given_ends.copy()
        found = gathered(given_starts, given_ends)
        assert np.array_equal(np.column_stack([found.starts, found.ends]), expected)
        assert np.array_equal(kept, (given_starts, given_ends)), "the words given were changed"


def plainly_joined(starts: Words, ends: Words) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for start, end in sorted(zip(starts.tolist(), ends.tolist(), strict=True)):
        if runs and start <= runs[-1][1]:
            runs[-1] = (runs[-1][0], max(end, runs[-1][1]))
        else:
            runs.append((start, end))
    return runs


@given(st.lists(rows, min_size=1, max_size=4), st.lists(rows, max_size=3))
def test_any_all_and_not(
    several: list[list[tuple[int, int, int]]], others: list[list[tuple[int, int, int]]]
) -> None:
    sets, without = [stated_days(one) for one in several], [stated_days(one) for one in others]
    held, denied = [spans_of(one) for one in several], [spans_of(one) for one in others]
    assert set_of(any_of(held)) == set().union(*sets)
    assert set_of(all_of(held, denied)) == set.intersection(*sets) - set().union(*without)
    assert set_of(complement(held[0], PERSONS)) == EVERY - sets[0]


@given(rows, days, days)
def test_only_what_lies_within(stated: list[tuple[int, int, int]], start: int, end: int) -> None:
    kept = {(person, day) for person, day in stated_days(stated) if start <= day < end}
    assert set_of(within(spans_of(stated), start, end)) == kept


@given(rows, st.integers(1, 12), st.integers(0, 11))
def test_days_are_counted(stated: list[tuple[int, int, int]], window: int, less: int) -> None:
    held, least = stated_days(stated), max(1, window - less)
    assert set_of(counted(least, window, spans_of(stated))) == {
        (person, day)
        for person, day in EVERY
        if sum((person, day - back) in held for back in range(window)) >= least
    }


@given(rows, st.integers(1, 10))
def test_gaps_are_bridged_within_a_person(stated: list[tuple[int, int, int]], gap: int) -> None:
    held = stated_days(stated)
    before = {
        (person, day)
        for person, day in EVERY
        for first in [max((d for p, d in held if p == person and d < day), default=None)]
        for after in [min((d for p, d in held if p == person and d > day), default=None)]
        if first is not None and after is not None and after - first - 1 <= gap
    }
    assert set_of(bridged(gap, spans_of(stated))) == held | before


@given(rows)
def test_ever_since_the_first_day_of_each(stated: list[tuple[int, int, int]]) -> None:
    held = stated_days(stated)
    assert set_of(ever_since(spans_of(stated))) == {
        (person, day) for person, day in EVERY if any(p == person and d <= day for p, d in held)
    }


def test_nothing_is_made_of_nothing() -> None:
    none = spans_of([])
    assert not any(map(len, (any_of([]), any_of([none]), all_of([none]), within(none, 3, 4))))
    assert set_of(complement(none, PERSONS)) == EVERY


# The tables of the calendar: each day as `periods` moves it, the edges of the calendar included.

edges = st.sampled_from([BEGINNING, FOREVER, date(9999, 12, 30), date(9998, 12, 31)])
any_day = st.dates() | edges | st.dates(date(2023, 12, 1), date(2024, 3, 31))


@given(any_day, st.sampled_from([1, 3, 12, 240]))
def test_months_later(day: date, months: int) -> None:
    assert _moved(day, calendar.later(months)) == add_months(day, months)


@given(any_day)
def test_starts_and_ends_of_units(day: date) -> None:
    assert _moved(day, calendar.start_of("quarter")) == quarter_start(day)
    if day > BEGINNING:
        end = FOREVER if day == FOREVER else next_year_start(day - timedelta(days=1))
        assert _moved(day, calendar.end_of("year")) == end


@pytest.mark.parametrize("months", [1, 3])
def test_what_the_calendar_cannot_hold_is_never_complete(months: int) -> None:
    for day in (date(9999, 12, 30), FOREVER):
        word = np.array([day.toordinal()], dtype=np.int64)
        assert calendar.moved(word, calendar.completion(months))[0] == calendar.NEVER


def _moved(day: date, table: calendar.Table) -> date:
    word = np.array([day.toordinal()], dtype=np.int64)
    return date.fromordinal(int(calendar.moved(word, table)[0]))
