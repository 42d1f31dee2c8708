"""Days, spans of days and timelines: the one notion of period of the whole system.

Everything here is half-open, `[start, end)`, and immutable. The inclusive last day that people and
JSON documents use exists only in `Span.inclusive` and `Span.last_day`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from operator import attrgetter

# Limits rather than days. An open span ends at FOREVER; as ends are exclusive, 9999-12-31 itself
# belongs to no span.
FOREVER = date.max
BEGINNING = date.min

ONE_DAY = timedelta(days=1)

_start = attrgetter("start")


class EmptySpan(ValueError):
    """A span must hold at least one day."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """The days from `start` up to, not including, `end`; never empty, ordered by start then end.

    >>> Span(date(2026, 3, 2), date(2026, 3, 4)).last_day
    datetime.date(2026, 3, 3)
    """

    start: date
    end: date = FOREVER

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise EmptySpan(f"a span needs start < end, got [{self.start}, {self.end})")

    def __str__(self) -> str:
        """Its days as people write them, both inclusive; an open end is left out."""
        return f"{self.start} – {self.last_day or ''}".rstrip()

    @classmethod
    def inclusive(cls, first: date, last: date | None) -> Span:
        """The span whose last day is `last`; None, or the end of the calendar, makes it open.

        >>> Span.inclusive(date(2026, 3, 2), date(2026, 3, 2))
        Span(start=datetime.date(2026, 3, 2), end=datetime.date(2026, 3, 3))
        """
        if last is None or last == date.max:
            return cls(first)
        return cls(first, last + ONE_DAY)

    @property
    def last_day(self) -> date | None:
        """The last day that belongs to the span, or None when it is open."""
        return None if self.end == FOREVER else self.end - ONE_DAY

    @property
    def is_open(self) -> bool:
        return self.end == FOREVER

    def overlaps(self, other: Span) -> bool:
        """Whether the two share at least one day; adjacent spans do not."""
        return self.start < other.end and other.start < self.end

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end

    def __and__(self, other: Span) -> Span | None:
        """The days in both, or None when there are none."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        if start is self.start and end is self.end:
            return self  # as most often: a span within another
        return Span(start, end) if start < end else None


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Timeline:
    """A set of days, as the fewest spans that hold it: sorted, disjoint and never adjacent.

    Two timelines are equal when they hold the same days, however they were built. Every operator
    takes time linear in the number of spans; looking up a day or a span is a binary search.

    >>> march, april = date(2026, 3, 1), date(2026, 4, 1)
    >>> monthly = Timeline([Span(march, april), Span(april, date(2026, 5, 1))])
    >>> monthly == Timeline([Span(march, date(2026, 5, 1))])
    True
    >>> ~monthly | monthly == Timeline.always()
    True
    """

    spans: tuple[Span, ...]

    def __init__(self, spans: Iterable[Span] = ()) -> None:
        """Joins spans that overlap or follow one another without a gap; any order will do."""
        object.__setattr__(self, "spans", tuple(_joined(sorted(spans, key=_start))))

    @classmethod
    def _of(cls, spans: Iterable[Span]) -> Timeline:
        """For spans already sorted, disjoint and not adjacent."""
        timeline = cls.__new__(cls)
        object.__setattr__(timeline, "spans", tuple(spans))
        return timeline

    @classmethod
    def always(cls) -> Timeline:
        return cls._of((Span(BEGINNING, FOREVER),))

    def __or__(self, other: Timeline) -> Timeline:
        # Sorting two sorted runs one after the other is a linear merge.
        return Timeline(self.spans + other.spans)

    def __and__(self, other: Timeline) -> Timeline:
        return Timeline._of(_common(self.spans, other.spans))

    def __sub__(self, other: Timeline) -> Timeline:
        return self & ~other if self.spans and other.spans else self

    def __invert__(self) -> Timeline:
        return Timeline._of(_gaps(self.spans))

    def __contains__(self, day: date) -> bool:
        index = bisect_right(self.spans, day, key=_start)
        return index > 0 and day < self.spans[index - 1].end

    def covers(self, span: Span) -> bool:
        """Whether every day of `span` is in this timeline."""
        index = bisect_right(self.spans, span.start, key=_start)
        return index > 0 and span.end <= self.spans[index - 1].end

    def __iter__(self) -> Iterator[Span]:
        return iter(self.spans)

    def __len__(self) -> int:
        """How many spans, not how many days."""
        return len(self.spans)

    def __repr__(self) -> str:
        return f"Timeline([{', '.join(f'{span.start}..{span.last_day}' for span in self.spans)}])"


def _joined(spans: Iterable[Span]) -> Iterator[Span]:
    held: Span | None = None
    for span in spans:
        if held is None:
            held = span
        elif span.start > held.end:
            yield held
            held = span
        elif span.end > held.end:
            held = Span(held.start, span.end)
    if held is not None:
        yield held


def _common(left: tuple[Span, ...], right: tuple[Span, ...]) -> Iterator[Span]:
    i = j = 0
    while i < len(left) and j < len(right):
        both = left[i] & right[j]
        if both is not None:
            yield both
        if left[i].end <= right[j].end:
            i += 1
        else:
            j += 1


def _gaps(spans: tuple[Span, ...]) -> Iterator[Span]:
    free_from = BEGINNING
    for span in spans:
        if free_from < span.start:
            yield Span(free_from, span.start)
        free_from = span.end
    if free_from < FOREVER:
        yield Span(free_from, FOREVER)


def add_days(day: date, days: int) -> date:
    """So many days later, at least 0; past the end of the calendar the answer is FOREVER.

    >>> add_days(date(9999, 12, 25), 7) == FOREVER
    True
    """
    return FOREVER if (FOREVER - day).days <= days else day + timedelta(days=days)


def add_months(day: date, months: int) -> date:
    """The same day number `months` later; where that month lacks it, the first of the month after.

    Judicial Code, art. 54: a period in months runs from a day to the eve of the same day number
    ("de quantième à veille de quantième"). So the result is the first day on which the months are
    complete, which is also the exclusive end of the period. `months` may be negative. Past the end
    of the calendar the answer is FOREVER, and FOREVER stays FOREVER; before it, BEGINNING.

    >>> add_months(date(2026, 3, 2), 3)
    datetime.date(2026, 6, 2)
    >>> add_months(date(2026, 11, 30), 3)
    datetime.date(2027, 3, 1)
    """
    if day == FOREVER:
        return FOREVER
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > FOREVER.year:
        return FOREVER
    if year < BEGINNING.year:
        return BEGINNING
    try:
        return date(year, month0 + 1, day.day)
    except ValueError:  # No such day; December has them all, so month0 + 2 is at most 12.
        return date(year, month0 + 2, 1)


# An open end stays open: each of the six functions below gives FOREVER back for FOREVER.


def month_start(day: date) -> date:
    """The first day of the month of `day`."""
    return day if day == FOREVER else day.replace(day=1)


def quarter_start(day: date) -> date:
    """The first day of the calendar quarter of `day`.

    >>> quarter_start(date(2026, 8, 15))
    datetime.date(2026, 7, 1)
    """
    return day if day == FOREVER else date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def year_start(day: date) -> date:
    """1 January of the year of `day`."""
    return day if day == FOREVER else date(day.year, 1, 1)


def next_month_start(day: date) -> date:
    """The first day of the month after that of `day`: the exclusive end of that month."""
    return add_months(month_start(day), 1)


def next_quarter_start(day: date) -> date:
    """The first day of the quarter after that of `day`: the exclusive end of that quarter."""
    return add_months(quarter_start(day), 3)


def next_year_start(day: date) -> date:
    """1 January after `day`: the exclusive end of its year."""
    return add_months(year_start(day), 12)
