"""The bulk interpreter: the terms that `one` reads for one person, read for many persons at once.

It knows days and doubts, and no reasons: who wants those asks `one`, which it must always equal.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property, partial

import numpy as np

from derived_rights.engine.bulk import decisions
from derived_rights.engine.bulk.amounts import paid
from derived_rights.engine.bulk.belief import Belief, all_beliefs, any_belief, certain
from derived_rights.engine.bulk.calendar import end_of
from derived_rights.engine.bulk.decisions import Pieces, from_quarter
from derived_rights.engine.bulk.households import Cohabitations, held
from derived_rights.engine.bulk.runs import (
    bridged,
    complete_months,
    counted,
    ever_since,
    lasting,
)
from derived_rights.engine.bulk.shifts import (
    from_start_of,
    on_reference_date,
    to_end_of,
    whole_units,
)
from derived_rights.engine.bulk.spans import (
    Mask,
    Words,
    complement,
    gathered,
    where,
    within,
    words,
)
from derived_rights.engine.bulk.stated import aged, told
from derived_rights.engine.columns import Codes, Columns
from derived_rights.engine.figures import InvalidRight
from derived_rights.engine.right import AllOverrides, Right
from derived_rights.engine.terms import (
    Aged,
    AllOf,
    AnyOf,
    Attested,
    Bridged,
    CarriedToYearEnd,
    CompleteMonths,
    CountedDays,
    Derived,
    EverSince,
    FromQuarterOfDecision,
    FromStartOf,
    HeldInHousehold,
    InvalidTerm,
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

_FEW = 8  # so many codes are sooner compared with each one than looked up


class Interpretation:
    """What the terms of `rights` mean for the persons of `columns`; each term is read once."""

    def __init__(
        self, columns: Columns, rights: Mapping[str, Right], overrides: AllOverrides
    ) -> None:
        self.columns = columns
        self.rights = rights
        self.overrides = overrides
        self._beliefs: dict[Term | frozenset[str], Belief] = {}
        self._known_pieces: dict[Term, Pieces] = {}
        self._cohabitations: dict[tuple[tuple[str, ...] | None, bool], Cohabitations] = {}

    def belief(self, term: Term) -> Belief:
        """When the term surely and possibly holds for each person."""
        known = self._beliefs.get(term)
        if known is None:
            known = self._beliefs[term] = self._read(term)
        return known

    def _read(self, term: Term) -> Belief:
        match term:
            case Attested(kind):
                return self._attested(frozenset({kind}))
            case Reported() | Aged() | ResidesIn() | Permitted() | PaidAtLeast() | PaidShare():
                return self._stated(term)
            case Derived(code):
                return self._derived(code)
            case AnyOf() | AllOf() | Not():
                return self._combined(term)
            case HeldInHousehold(inner, relations):
                together, persons = self._together(relations), len(self.columns)
                return self.belief(inner).each(lambda days: held(days, together, persons))
            case FromQuarterOfDecision(inner):
                return certain(from_quarter(self._pieces(inner)))
            case CompleteMonths(inner):
                return complete_months(term, self.belief(inner))
            case _:
                return self._moved(term)

    def _moved(self, term: Term) -> Belief:
        match term:
            case LastingAtLeast(inner):
                return self.belief(inner).each(lambda days: lasting(term, days))
            case Bridged(inner, gap):
                return self.belief(inner).each(lambda days: bridged(gap, days))
            case CountedDays(inner, at_least, window):
                return self.belief(inner).each(lambda days: counted(at_least, window, days))
            case EverSince(inner):
                return self.belief(inner).each(ever_since)
            case CarriedToYearEnd(inner, extra_years):
                return self.belief(inner).each(lambda days: to_end_of("year", days, extra_years))
            case ToEndOf(inner, unit):
                return self.belief(inner).each(lambda days: to_end_of(unit, days))
            case FromStartOf(inner, unit):
                return self.belief(inner).each(lambda days: from_start_of(unit, days))
            case WholeMonths(inner):
                return self.belief(inner).each(lambda days: whole_units("month", days))
            case WholeQuarters(inner):
                return self.belief(inner).each(lambda days: whole_units("quarter", days))
            case OnReferenceDate(inner):
                return self.belief(inner).each(lambda days: on_reference_date(term, days))
            case _:
                raise InvalidTerm(f"{type(term).__name__} has no meaning in this interpreter yet")

    def _combined(self, term: AnyOf | AllOf | Not) -> Belief:
        match term:
            case AnyOf(terms):
                kinds = frozenset(inner.kind for inner in terms if isinstance(inner, Attested))
                others = [inner for inner in terms if not isinstance(inner, Attested)]
                read = [self._attested(kinds)] if kinds else []
                return any_belief(read + [self.belief(inner) for inner in others])
            case AllOf(terms):
                denied = [self.belief(inner.term) for inner in terms if isinstance(inner, Not)]
                others = [inner for inner in terms if not isinstance(inner, Not)]
                if not others:
                    return self._denied(any_belief(denied))
                return all_beliefs([self.belief(inner) for inner in others], denied)
            case Not(inner):
                return self._denied(self.belief(inner))

    def _denied(self, belief: Belief) -> Belief:
        persons = len(self.columns)
        sure = complement(belief.possible, persons)
        return (
            certain(sure) if belief.is_certain else Belief(sure, complement(belief.sure, persons))
        )

    def _derived(self, code: str) -> Belief:
        """The law of each day: each window's term over the whole history, cut to the window."""
        if code not in self.rights:
            raise InvalidRight(f"the right {code} is read but not given; give all, then choose")
        parts = []
        for window in self.rights[code].term_windows(self.overrides.get(code)):
            start, end = window.span.start.toordinal(), window.span.end.toordinal()
            belief = self.belief(window.term)
            parts.append(belief.each(partial(within, start=start, end=end)))
        return any_belief(parts)

    def _stated(
        self, term: Reported | Aged | ResidesIn | Permitted | PaidAtLeast | PaidShare
    ) -> Belief:
        columns, persons = self.columns, len(self.columns)
        match term:
            case Reported(fact):
                rows = columns.reported.take(_coded(columns.reported.fact, columns.facts, {fact}))
                return told(persons, rows.person, rows.start, rows.end, rows.holds)
            case ResidesIn():
                lived = columns.residence
                places = {code for code in columns.municipalities if term.holds_in(code)}
                there = _coded(lived.municipality, columns.municipalities, places)
                return told(persons, lived.person, lived.start, lived.end, there)
            case Permitted(values):
                held_ = columns.permits
                such = _coded(held_.value, columns.permit_values, values)
                return told(persons, held_.person, held_.start, held_.end, such)
            case Aged():
                return aged(term, persons, columns.births)
            case _:
                return paid(
                    term,
                    columns.paid,
                    columns.kinds,
                    lambda kind: self._attested(frozenset({kind})).sure,
                )

    def _attested(self, kinds: frozenset[str]) -> Belief:
        known = self._beliefs.get(kinds)
        if known is None:
            starts, ends = self._attestations
            chosen = _coded(self.columns.attested.kind, self.columns.kinds, kinds)
            days = gathered(*where(chosen, starts, ends))
            known = self._beliefs[kinds] = certain(days)
        return known

    @cached_property
    def _attestations(self) -> tuple[Words, Words]:
        """The words of the starts and of the ends of all attestations."""
        rows = self.columns.attested
        starts, ends = words(rows.person, rows.start, rows.end)
        return starts, ends

    def _pieces(self, term: Term) -> Pieces:
        """The attestations of a term one by one."""
        known = self._known_pieces.get(term)
        if known is None:
            known = self._known_pieces[term] = self._told_apart(term)
        return known

    def _told_apart(self, term: Term) -> Pieces:
        match term:
            case Attested(kind):
                return self._attested_pieces({kind})
            case AnyOf(terms):
                kinds = {inner.kind for inner in terms if isinstance(inner, Attested)}
                others = [inner for inner in terms if not isinstance(inner, Attested)]
                read = [self._attested_pieces(kinds)] if kinds else []
                return decisions.together(read + [self._pieces(inner) for inner in others])
            case CarriedToYearEnd(inner, extra_years):
                return self._pieces(inner).until(end_of("year", extra_years))
            case HeldInHousehold(inner, relations):
                unbroken = self._together(relations, unbroken=True)
                return decisions.shared(self._pieces(inner), unbroken, len(self.columns))
            case _:
                raise InvalidTerm(f"{type(term).__name__} keeps no attestation apart")

    def _attested_pieces(self, kinds: set[str]) -> Pieces:
        rows, (starts, ends) = self.columns.attested, self._attestations
        chosen = np.flatnonzero(_coded(rows.kind, self.columns.kinds, kinds))
        return decisions.attested(
            starts[chosen], ends[chosen], rows.decided[chosen].astype(np.int64)
        )

    def _together(
        self, relations: tuple[str, ...] | None, *, unbroken: bool = False
    ) -> Cohabitations:
        key = (relations, unbroken)
        if key not in self._cohabitations:
            if unbroken:
                found = self._together(relations).unbroken()
            elif relations is None:
                found = Cohabitations.of(self.columns.household, self.columns.relations)
            else:
                found = self._together(None).as_relation(relations)
            self._cohabitations[key] = found
        return self._cohabitations[key]


def _coded(codes: Codes, names: Sequence[str], wanted: Collection[str]) -> Mask:
    """Whether the name of each code is one of those wanted."""
    is_wanted = np.array([name in wanted for name in names], dtype=np.bool_)
    numbers = np.flatnonzero(is_wanted).astype(codes.dtype)
    if not 0 < len(numbers) <= _FEW:
        return is_wanted.take(codes)
    chosen: Mask = codes == numbers[0]
    for number in numbers[1:]:
        chosen |= codes == number
    return chosen
