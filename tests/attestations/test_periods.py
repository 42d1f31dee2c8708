"""The algebra of days, checked against plain sets of days."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attestations import periods
from attestations.periods import BEGINNING, FOREVER, EmptySpan, Span, Timeline, add_months

# The naive model numbers days from EPOCH: 0 to WINDOW - 1 one by one, -1 for all the days before
# and WINDOW for all the days after, so that open spans take part too.
EPOCH = date(2024, 2, 20)
WINDOW = 30


def boundary(index: int) -> date:
    if index == -1:
        return BEGINNING
    return FOREVER if index == WINDOW + 1 else EPOCH + timedelta(days=index)


@st.composite
def span_sets(draw: st.DrawFn) -> tuple[list[Span], frozenset[int]]:
    """Spans in any order, overlapping or not, with the set of days they hold together."""
    spans: list[Span] = []
    days: set[int] = set()
    for _ in range(draw(st.integers(0, 5))):
        start = draw(st.integers(-1, WINDOW))
        end = draw(st.integers(start + 1, WINDOW + 1))
        spans.append(Span(boundary(start), boundary(end)))
        days.update(range(start, end))
    return spans, frozenset(days)


def days_of(timeline: Timeline) -> frozenset[int]:
    return frozenset(
        index for index in range(-1, WINDOW + 1) if EPOCH + timedelta(days=index) in timeline
    )


EVERY_DAY = frozenset(range(-1, WINDOW + 1))
timelines = span_sets().map(lambda drawn: Timeline(drawn[0]))


@given(span_sets())
def test_a_timeline_holds_the_days_of_its_spans(drawn: tuple[list[Span], frozenset[int]]) -> None:
    spans, days = drawn
    assert days_of(Timeline(spans)) == days


@given(span_sets())
def test_a_timeline_has_one_form(drawn: tuple[list[Span], frozenset[int]]) -> None:
    spans, _ = drawn
    timeline = Timeline(spans)
    assert all(a.end < b.start for a, b in pairwise(timeline))
    other_way = Timeline([*reversed(spans), *spans])
    assert (other_way, hash(other_way)) == (timeline, hash(timeline))


@given(span_sets(), span_sets())
def test_the_operators_are_those_of_sets(
    left: tuple[list[Span], frozenset[int]], right: tuple[list[Span], frozenset[int]]
) -> None:
    a, b = Timeline(left[0]), Timeline(right[0])
    assert days_of(a | b) == left[1] | right[1]
    assert days_of(a & b) == left[1] & right[1]
    assert days_of(a - b) == left[1] - right[1]
    assert days_of(~a) == EVERY_DAY - left[1]
    assert all(x.end < y.start for x, y in pairwise(a & b))


@given(timelines, timelines, timelines)
def test_the_laws_of_the_algebra(a: Timeline, b: Timeline, c: Timeline) -> None:
    assert ~~a == a
    assert ~(a | b) == ~a & ~b
    assert ~(a & b) == ~a | ~b
    assert a & (b | c) == (a & b) | (a & c)
    assert a | (b & c) == (a | b) & (a | c)
    assert a | (a & b) == a == a & (a | b)
    assert a - b == a & ~b
    assert a | ~a == Timeline.always()
    assert not a & ~a


@given(timelines, st.integers(-1, WINDOW), st.integers(1, WINDOW + 2))
def test_covering_is_holding_every_day(timeline: Timeline, start: int, length: int) -> None:
    end = min(start + length, WINDOW + 1)
    held = all(EPOCH + timedelta(days=day) in timeline for day in range(start, end))
    assert timeline.covers(Span(boundary(start), boundary(end))) == held


def test_adjacent_spans_are_joined_and_a_missing_day_parts_them() -> None:
    march = Span(date(2026, 3, 1), date(2026, 4, 1))
    april = Span(date(2026, 4, 1), date(2026, 5, 1))
    late_april = Span(date(2026, 4, 2), date(2026, 5, 1))
    assert Timeline([april, march]).spans == (Span(date(2026, 3, 1), date(2026, 5, 1)),)
    assert len(Timeline([march, late_april])) == 2


def test_nothing_and_always() -> None:
    assert not Timeline()
    assert ~Timeline() == Timeline.always()
    assert list(Timeline.always()) == [Span(BEGINNING, FOREVER)]
    assert repr(Timeline([Span(EPOCH)])) == "Timeline([2024-02-20..None])"


@pytest.mark.parametrize("end", [date(2026, 3, 1), date(2026, 2, 1)])
def test_a_span_holds_at_least_a_day(end: date) -> None:
    with pytest.raises(EmptySpan):
        Span(date(2026, 3, 1), end)


def test_the_inclusive_edge() -> None:
    first, last = date(2026, 3, 2), date(2027, 3, 1)
    assert Span.inclusive(first, last) == Span(first, date(2027, 3, 2))
    assert Span.inclusive(first, last).last_day == last
    assert Span.inclusive(first, first).last_day == first
    for open_span in (Span.inclusive(first, None), Span.inclusive(first, date.max), Span(first)):
        assert open_span.is_open
        assert open_span.last_day is None
    with pytest.raises(EmptySpan):
        Span.inclusive(last, first)


def test_spans_overlap_when_they_share_a_day() -> None:
    march = Span(date(2026, 3, 1), date(2026, 4, 1))
    april = Span(date(2026, 4, 1), date(2026, 5, 1))
    spring = Span(date(2026, 3, 20), date(2026, 6, 21))
    assert not march.overlaps(april)
    assert not april.overlaps(march)
    assert march & april is None
    assert march.overlaps(spring)
    assert march & spring == Span(date(2026, 3, 20), date(2026, 4, 1))
    assert date(2026, 2, 28) not in march
    assert date(2026, 3, 1) in march
    assert date(2026, 3, 31) in march
    assert date(2026, 4, 1) not in march


def test_spans_and_timelines_cannot_be_changed() -> None:
    span, timeline = Span(EPOCH), Timeline([Span(EPOCH)])
    with pytest.raises(AttributeError):
        span.start = date(2026, 1, 1)  # type: ignore[misc]
    with pytest.raises(AttributeError):
        timeline.spans = ()  # type: ignore[misc]


@pytest.mark.parametrize(
    ("day", "months", "complete_on"),
    [
        ("2026-03-02", 3, "2026-06-02"),
        ("2026-11-30", 3, "2027-03-01"),  # no 30 February
        ("2026-11-29", 3, "2027-03-01"),
        ("2027-11-29", 3, "2028-02-29"),  # leap year
        ("2027-11-30", 3, "2028-03-01"),
        ("2026-01-31", 1, "2026-03-01"),
        ("2026-03-31", 1, "2026-05-01"),  # no 31 April
        ("2026-08-31", 3, "2026-12-01"),  # no 31 November
        ("2026-12-31", 2, "2027-03-01"),
        ("2026-12-31", 12, "2027-12-31"),
        ("2024-02-29", 12, "2025-03-01"),
        ("2024-02-29", 48, "2028-02-29"),
        ("2026-05-31", 0, "2026-05-31"),
        ("2026-03-02", -3, "2025-12-02"),
        ("2026-03-31", -1, "2026-03-01"),
        ("9999-11-30", 1, "9999-12-30"),
        ("9999-12-01", 1, "9999-12-31"),  # FOREVER
        ("9999-12-31", -3, "9999-12-31"),  # an open end stays open
        ("0001-03-02", -2, "0001-01-02"),
        ("0001-03-02", -3, "0001-01-01"),  # BEGINNING
    ],
)
def test_months_run_to_the_eve_of_the_same_day_number(
    day: str, months: int, complete_on: str
) -> None:
    assert add_months(date.fromisoformat(day), months) == date.fromisoformat(complete_on)


@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)), st.integers(0, 60))
def test_months_are_complete_on_the_first_day_that_reaches_the_number(
    day: date, months: int
) -> None:
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    first = reached = date(year, month0 + 1, 1)
    while reached.month == first.month and reached.day < day.day:
        reached += timedelta(days=1)
    assert add_months(day, months) == reached


@given(st.dates(), st.dates(), st.integers(0, 30))
def test_adding_months_keeps_the_order(a: date, b: date, months: int) -> None:
    assert (add_months(a, months) <= add_months(b, months)) or a > b


@pytest.mark.parametrize(
    ("name", "results"),
    [
        # of 2026-01-01, 2026-06-30, 2024-02-29, 2026-12-31
        ("month_start", "2026-01-01 2026-06-01 2024-02-01 2026-12-01"),
        ("quarter_start", "2026-01-01 2026-04-01 2024-01-01 2026-10-01"),
        ("year_start", "2026-01-01 2026-01-01 2024-01-01 2026-01-01"),
        ("next_month_start", "2026-02-01 2026-07-01 2024-03-01 2027-01-01"),
        ("next_quarter_start", "2026-04-01 2026-07-01 2024-04-01 2027-01-01"),
        ("next_year_start", "2027-01-01 2027-01-01 2025-01-01 2027-01-01"),
    ],
)
def test_calendar_snaps(name: str, results: str) -> None:
    snap = getattr(periods, name)
    days = [date(2026, 1, 1), date(2026, 6, 30), date(2024, 2, 29), date(2026, 12, 31)]
    assert [snap(day).isoformat() for day in days] == results.split()
    assert snap(FOREVER) == FOREVER
    if name.startswith("next_"):
        assert snap(date(9999, 12, 30)) == FOREVER
