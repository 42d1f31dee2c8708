"""The terms that ask how long, since when, how often, or on which date another one holds.

A *run* of a term is what remains when adjacent and overlapping days are joined: three monthly
attestations equal one of three months, a change of CPAS or of kind does not break it, one missing
day does. Runs are half-open, [s, e).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from derived_rights.engine.terms.base import (
    InvalidTerm,
    Term,
    check_one_of,
    check_term,
    check_whole,
)

# A hundred years: what a window of counted days can be at most.
LONGEST_WINDOW = 36_525


class Anchor(StrEnum):
    """On which day something begins that needs a number of complete months."""

    COMPLETION = "completion"  # the day on which the months are complete
    SPAN_START = "spanStart"  # the first day of the months, once they are complete
    MONTH_START = "monthStart"  # the first day of the month of completion
    QUARTER_START = "quarterStart"  # the first day of the quarter of completion


@dataclass(frozen=True, slots=True)
class CompleteMonths(Term):
    """The days of every unbroken run of `term` from the day its first months are complete.

    Months go from date to date: from 2 March, three are complete on 2 June. The condition is met on
    that day even where the run stops on the eve, so that exactly three months are enough:
    a run [s, e) gives [c, max(e, c + 1 day)) with c = s + `months`, if c <= e, and nothing
    otherwise. Another `anchor` than "completion" moves the beginning back to the day it names.
    """

    term: Term
    months: int
    anchor: str = Anchor.COMPLETION

    def __post_init__(self) -> None:
        check_term(self, self.term)
        check_whole(self, "months", self.months, least=1)
        check_one_of("an anchor", self.anchor, Anchor)

    @property
    def operands(self) -> tuple[Term, ...]:
        return (self.term,)


@dataclass(frozen=True, slots=True)
class LastingAtLeast(Term):
    """Each unbroken run of `term` that lasts so many months, or so many days; whole.

    Exactly one of both is above 0. A run [s, e) is kept if s + `months` <= e, date to date
    (`add_months`), or s + `days` <= e; an open one always is. What is too short gives nothing.
    """

    term: Term
    months: int = 0
    days: int = 0

    def __post_init__(self) -> None:
        check_term(self, self.term)
        check_whole(self, "months", self.months, least=0)
        check_whole(self, "days", self.days, least=0)
        if (self.months > 0) == (self.days > 0):
            raise InvalidTerm(
                "LastingAtLeast takes months or days, one of both; write"
                f" lasting_at_least(months=3) or lasting_at_least(days=90), got {self.months}"
                f" months and {self.days} days"
            )

    @property
    def operands(self) -> tuple[Term, ...]:
        return (self.term,)


@dataclass(frozen=True, slots=True)
class Bridged(Term):
    """The runs of `term`, and every gap of at most `days` days between two of them."""

    term: Term
    days: int

    def __post_init__(self) -> None:
        check_term(self, self.term)
        check_whole(self, "days", self.days, least=1)

    @property
    def operands(self) -> tuple[Term, ...]:
        return (self.term,)


@dataclass(frozen=True, slots=True)
class CountedDays(Term):
    """Each day d such that of the `within` days that end with d, `at_least` are in `term`.

    d itself is one of the `within` days. Exact in days; days before the calendar (0001-01-01) are
    in no term. 1 <= `at_least` <= `within` <= 36525.
    """

    term: Term
    at_least: int
    within: int

    def __post_init__(self) -> None:
        check_term(self, self.term)
        check_whole(self, "within", self.within, least=1, most=LONGEST_WINDOW)
        check_whole(self, "at_least", self.at_least, least=1, most=self.within)

    @property
    def operands(self) -> tuple[Term, ...]:
        return (self.term,)


@dataclass(frozen=True, slots=True)
class EverSince(Term):
    """From the first day of `term` on, without end; never where `term` never holds."""

    term: Term

    def __post_init__(self) -> None:
        check_term(self, self.term)

    @property
    def operands(self) -> tuple[Term, ...]:
        return (self.term,)


@dataclass(frozen=True, slots=True)
class OnReferenceDate(Term):
    """Every calendar year Y, whole, if `term` holds on one day of the year Y - `years_before`.

    (1, 1, 1) is the law's "on 1 January of the year before". 29 February is refused: most years
    have none. A run that is open gives years without end.
    """

    term: Term
    month: int
    day: int
    years_before: int = 0

    def __post_init__(self) -> None:
        check_term(self, self.term)
        check_whole(self, "month", self.month, least=1, most=12)
        check_whole(self, "day", self.day, least=1, most=31)
        check_whole(self, "years_before", self.years_before, least=0)
        try:
            date(2023, self.month, self.day)  # not a leap year
        except ValueError:
            raise InvalidTerm(
                f"OnReferenceDate needs a day that every year has, got day {self.day} of month"
                f" {self.month}; write the day before or after"
            ) from None

    @property
    def operands(self) -> tuple[Term, ...]:
        return (self.term,)
