"""What a term means, said a second time: day by day, with sets of days, and without doubt.

Slow and short. It only knows a small part of the calendar, and takes what holds on its first or
last day to hold before or after too: compare on days that lie well inside.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import cache
from typing import TypeAlias

from attestations.periods import Span, Timeline, add_months
from derived_rights.engine.facts import AttestedSpan, Facts
from derived_rights.engine.terms import (
    Aged,
    AllOf,
    Anchor,
    AnyOf,
    Attested,
    Bridged,
    CarriedToYearEnd,
    CompleteMonths,
    CountedDays,
    EverSince,
    FromQuarterOfDecision,
    FromStartOf,
    HeldInHousehold,
    LastingAtLeast,
    Not,
    OnReferenceDate,
    PaidAtLeast,
    PaidShare,
    Permitted,
    Reported,
    ResidesIn,
    Term,
    ToEndOf,
    WholeMonths,
    WholeQuarters,
)

Days: TypeAlias = set[date]

FIRST, LAST = date(2014, 1, 1), date(2036, 12, 31)
CALENDAR = [FIRST + timedelta(days) for days in range((LAST - FIRST).days + 1)]
# Where to compare.
INSIDE = frozenset(day for day in CALENDAR if 2022 <= day.year <= 2028)


def covered(spans: Iterable[Span]) -> Days:
    """The days of the calendar that lie in one of the spans."""
    found: Days = set()
    for span in spans:
        found |= set(CALENDAR[max(0, (span.start - FIRST).days) : max(0, (span.end - FIRST).days)])
    return found


def inside(timeline: Timeline) -> set[date]:
    """The days of a timeline on which it can be compared."""
    return covered(timeline) & INSIDE


class World:
    """Facts that leave nothing open: every day of every person is stated once."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self._known: dict[tuple[int, Term], Days] = {}

    def days(self, person: int, term: Term) -> Days:
        if (person, term) not in self._known:
            self._known[person, term] = self._days(person, term)
        return self._known[person, term]

    def _days(self, person: int, term: Term) -> Days:
        match term:
            case AnyOf(terms):
                return set().union(*(self.days(person, one) for one in terms))
            case AllOf(terms):
                return set(CALENDAR).intersection(*(self.days(person, one) for one in terms))
            case Not(one):
                return set(CALENDAR) - self.days(person, one)
            case HeldInHousehold(one, relations):
                return set().union(
                    *(
                        self.days(known.other, one) & covered(known.days)
                        for known in self.facts.cohabitations(person)
                        if relations is None or known.relation in relations
                    )
                )
            case Aged():
                return set(self._aged(person, term))
            case PaidAtLeast() | PaidShare():
                return self._paid(person, term)
            case FromQuarterOfDecision():
                raise NotImplementedError("needs more than days")
            case _ if term.operands:
                return set(_moved(term, self.days(person, term.operands[0])))
            case _:
                return covered(self._spans(person, term))

    def _spans(self, person: int, term: Term) -> Iterator[Span]:
        facts = self.facts
        match term:
            case Attested(kind):
                yield from (a.span for a in facts.attested.get(person, ()) if a.kind == kind)
            case Reported():
                yield from (r.span for r in facts.reported.get(person, ()) if r.holds)
            case ResidesIn():
                stated = facts.residences.get(person, ())
                yield from (one.span for one in stated if term.holds_in(one.municipality))
            case Permitted(values):
                yield from (p.span for p in facts.permits.get(person, ()) if p.value in values)
            case _:
                raise NotImplementedError(term)

    def _aged(self, person: int, term: Aged) -> Iterator[date]:
        (birth,) = self.facts.births[person]
        for day in CALENDAR:
            before_birthday = (day.month, day.day) < (birth.month, birth.day)
            age = day.year - birth.year - before_birthday
            if (term.at_least or 0) <= age and (term.below is None or age < term.below):
                yield day

    def _paid(self, person: int, term: PaidAtLeast | PaidShare) -> Days:
        sums: Counter[tuple[object, str]] = Counter()
        for one in set(self.facts.paid.get(person, ())):
            sums[_unit(one.month, term.unit), one.kind] += one.cents

        def enough(unit: object) -> bool:
            paid = sum(sums[unit, kind] for kind in term.kinds)
            if isinstance(term, PaidAtLeast):
                return paid >= term.amount
            total = sum(sums[unit, kind] for kind in term.of)
            return total > 0 and paid * 100 >= term.percent * total

        units = {unit for unit, _ in sums if enough(unit)}
        return {day for day in CALENDAR if _unit(day, term.unit) in units}


def touched(attested: Iterable[AttestedSpan], kind: str, month: date) -> bool:
    """Whether an attestation of the kind holds on a day of the month."""
    day = month
    while day.month == month.month:
        if any(one.kind == kind and day in one.span for one in attested):
            return True
        day += timedelta(1)
    return False


def runs(days: Days) -> Iterator[list[date]]:
    run: list[date] = []
    for day in CALENDAR:
        if day in days:
            run.append(day)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _moved(term: Term, held: Days) -> Iterator[date]:
    match term:
        case CompleteMonths():
            for run in runs(held):
                yield from _completed(term, run)
        case LastingAtLeast(_, months, days):
            for run in runs(held):
                end = run[-1] + timedelta(1)
                least = add_months(run[0], months) if months else run[0] + timedelta(days)
                if least <= end or run[-1] == LAST:
                    yield from run
        case Bridged(_, days):
            yield from held
            for run in runs(set(CALENDAR) - held):
                if run[0] > FIRST and run[-1] < LAST and len(run) <= days:
                    yield from run
        case CountedDays(_, at_least, within):
            count = 0
            for place, day in enumerate(CALENDAR):
                count += day in held
                count -= place >= within and CALENDAR[place - within] in held
                if count >= at_least:
                    yield day
        case EverSince():
            yield from (day for day in CALENDAR if held and day >= min(held))
        case OnReferenceDate(_, month, number, before):
            for day in CALENDAR:
                asked = date(day.year - before, month, number)
                if (asked in held) or (asked < FIRST in held) or (asked > LAST in held):
                    yield day
        case WholeMonths():
            units = {_unit(day, "month") for day in held}
            yield from (day for day in CALENDAR if _unit(day, "month") in units)
        case WholeQuarters():
            units = {_unit(day, "quarter") for day in held}
            yield from (day for day in CALENDAR if _unit(day, "quarter") in units)
        case ToEndOf(_, unit):
            for run in runs(held):
                last = _unit(run[-1], unit)
                yield from (day for day in CALENDAR if run[0] <= day and _unit(day, unit) <= last)
        case FromStartOf(_, unit):
            for run in runs(held):
                first = _unit(run[0], unit)
                yield from (day for day in CALENDAR if day <= run[-1] and first <= _unit(day, unit))
        case CarriedToYearEnd(_, extra):
            for run in runs(held):
                last_year = run[-1].year + extra
                yield from (d for d in CALENDAR if run[0] <= d and d.year <= last_year)
        case _:
            raise NotImplementedError(term)


def _completed(term: CompleteMonths, run: list[date]) -> Iterator[date]:
    completion = add_months(run[0], term.months)
    last = run[-1]
    if completion > last + timedelta(1):
        return
    begins = {
        Anchor.COMPLETION: completion,
        Anchor.SPAN_START: run[0],
        Anchor.MONTH_START: completion.replace(day=1),
        Anchor.QUARTER_START: completion.replace(month=(completion.month - 1) // 3 * 3 + 1, day=1),
    }[Anchor(term.anchor)]
    yield from (day for day in CALENDAR if begins <= day <= max(last, begins))


@cache
def _unit(day: date, unit: str) -> tuple[int, int]:
    parts = {"month": day.month, "quarter": (day.month - 1) // 3, "year": 0}
    return day.year, parts[unit]
