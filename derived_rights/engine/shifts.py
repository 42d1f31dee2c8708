"""How the terms that move days in time move each piece by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from types import MappingProxyType
from typing import TypeAlias

from attestations.periods import (
    FOREVER,
    Span,
    add_months,
    month_start,
    next_month_start,
    next_quarter_start,
    next_year_start,
    quarter_start,
    year_start,
)
from derived_rights.engine.pieces import Belief, Piece, remaining
from derived_rights.engine.terms import (
    CarriedToYearEnd,
    FromQuarterOfDecision,
    FromStartOf,
    OnReferenceDate,
    ToEndOf,
    Unit,
    WholeMonths,
    WholeQuarters,
)

Shifting: TypeAlias = (
    CarriedToYearEnd
    | FromQuarterOfDecision
    | FromStartOf
    | OnReferenceDate
    | ToEndOf
    | WholeMonths
    | WholeQuarters
)
_Edge: TypeAlias = Callable[[date], date]

# The first day of the unit that holds a day, and of the next one.
_EDGES: MappingProxyType[Unit, tuple[_Edge, _Edge]] = MappingProxyType(
    {
        Unit.MONTH: (month_start, next_month_start),
        Unit.QUARTER: (quarter_start, next_quarter_start),
        Unit.YEAR: (year_start, next_year_start),
    }
)


def shifted(term: Shifting, belief: Belief) -> Belief:
    """Each piece of the belief, moved by itself."""
    sure = remaining(moved(term, piece) for piece in belief.sure)
    if belief.is_certain:
        return Belief(sure, sure)
    return Belief(sure, remaining(moved(term, piece) for piece in belief.possible))


def moved(term: Shifting, piece: Piece) -> Piece | None:
    """The piece moved in time, or None if nothing is left of it."""
    span = piece.span
    match term:
        case CarriedToYearEnd(_, extra_years):
            return piece.during(Span(span.start, _year_end(span, extra_years)))
        case FromQuarterOfDecision():
            return piece.during(_from_quarter(piece))
        case FromStartOf(_, unit):
            return piece.during(Span(unit_of(span.start, unit).start, span.end))
        case ToEndOf(_, unit):
            return piece.during(Span(span.start, _unit_end(span, unit)))
        case WholeMonths():
            return piece.during(whole_units(span, Unit.MONTH))
        case WholeQuarters():
            return piece.during(whole_units(span, Unit.QUARTER))
        case OnReferenceDate():
            return piece.during(_years(term, span))


def unit_of(day: date, unit: str) -> Span:
    """The month, quarter or year that holds the day."""
    start, following = _EDGES[Unit(unit)]
    return Span(start(day), following(day))


def whole_units(span: Span, unit: str) -> Span:
    """All days of the months, quarters or years of which one day is in the span."""
    return Span(unit_of(span.start, unit).start, _unit_end(span, unit))


def reference_day(term: OnReferenceDate, year: int) -> date | None:
    """The day that decides about a calendar year, or None if it lies outside the calendar."""
    asked = year - term.years_before
    return date(asked, term.month, term.day) if 1 <= asked <= FOREVER.year else None


def _unit_end(span: Span, unit: str) -> date:
    last = span.last_day
    return FOREVER if last is None else unit_of(last, unit).end


def _year_end(span: Span, extra_years: int) -> date:
    last = span.last_day
    return FOREVER if last is None else next_year_start(add_months(last, 12 * extra_years))


def _from_quarter(piece: Piece) -> Span | None:
    origin = piece.origin
    if origin is None:
        raise AssertionError("FromQuarterOfDecision only takes terms that keep the attestation")
    start = max(quarter_start(max(origin.decided_on, origin.span.start)), piece.not_before)
    return Span(start, piece.span.end) if start < piece.span.end else None


def _years(term: OnReferenceDate, span: Span) -> Span | None:
    """The years that the reference days in the span decide about."""
    first = date(span.start.year, term.month, term.day)
    if first < span.start:
        first = add_months(first, 12)
    if first not in span:
        return None
    start = add_months(year_start(first), 12 * term.years_before)
    if start == FOREVER:
        return None
    last = span.last_day
    if last is None:
        return Span(start)
    if date(last.year, term.month, term.day) > last:
        last = add_months(year_start(last), -12)
    return Span(start, next_year_start(add_months(year_start(last), 12 * term.years_before)))
