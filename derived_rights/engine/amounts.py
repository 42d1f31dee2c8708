"""What was paid to one person in a month or year: how much is known, and what is not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from attestations.periods import Span, next_month_start
from derived_rights.engine.facts import FactKind, Facts, MissingFact, PersonId
from derived_rights.engine.pieces import Belief, Piece
from derived_rights.engine.shifts import unit_of, whole_units
from derived_rights.engine.terms import PaidAtLeast, PaidShare, Unit


@dataclass(frozen=True, slots=True)
class Sum:
    """What was paid: `cents`, and if `is_open` any number more."""

    cents: int = 0
    is_open: bool = False

    def __add__(self, other: Sum) -> Sum:
        return Sum(self.cents + other.cents, self.is_open or other.is_open)


def paid(term: PaidAtLeast | PaidShare, facts: Facts, person: PersonId) -> Belief:
    """The units in which enough was paid, surely and possibly, and the attestations they touch."""
    amounts = _Amounts(facts, person, term)
    missing = frozenset({MissingFact(person, FactKind.PAID_AMOUNT)})
    sure: list[Piece] = []
    in_doubt: list[Piece] = []
    for span in amounts.alike():
        surely, possibly = _reached(term, amounts.of_unit(unit_of(span.start, term.unit)))
        if surely:
            sure.append(Piece(span, amounts.numbers(span)))
        elif possibly:
            in_doubt.append(Piece(span, amounts.numbers(span), missing))
    certainly = tuple(sure)
    return Belief(certainly, (*certainly, *in_doubt) if in_doubt else certainly)


def _reached(term: PaidAtLeast | PaidShare, sums: Mapping[str, Sum]) -> tuple[bool, bool]:
    """Whether the condition holds for all amounts that are open, and for some."""
    part = sum((sums[kind] for kind in term.kinds), Sum())
    if isinstance(term, PaidAtLeast):
        surely = part.cents >= term.amount
        return surely, surely or part.is_open
    rest = sum((sums[kind] for kind in term.of if kind not in term.kinds), Sum())
    reached = part.cents > 0 and part.cents * 100 >= term.percent * (part.cents + rest.cents)
    # More of the rest can only break a share, down to any; more of the part can only make one, but
    # not of 100 % beside a rest.
    surely = reached and not rest.is_open
    possibly = reached or (part.is_open and (term.percent < 100 or rest.cents == 0))
    return surely, possibly


class _Amounts:
    """The amounts of the kinds that a term reads, as they are stated of one person."""

    def __init__(self, facts: Facts, person: PersonId, term: PaidAtLeast | PaidShare) -> None:
        self._kinds = term.kinds if isinstance(term, PaidAtLeast) else term.of
        self._unit = term.unit
        self._attested = [a for a in facts.attested.get(person, ()) if a.kind in self._kinds]
        self._stated: defaultdict[tuple[str, date], set[int]] = defaultdict(set)
        for amount in facts.paid.get(person, ()):
            if amount.kind in self._kinds:
                self._stated[amount.kind, amount.month].add(amount.cents)

    def alike(self) -> Iterator[Span]:
        """Spans of whole units, in each of which all units have the same sums.

        Outside them it is known that nothing was paid.
        """
        units = {unit_of(month, self._unit) for _, month in self._stated}
        units |= {whole_units(attested.span, self._unit) for attested in self._attested}
        edges = {edge for unit in units for edge in (unit.start, unit.end)}
        return (Span(start, end) for start, end in pairwise(sorted(edges)))

    def of_unit(self, unit: Span) -> dict[str, Sum]:
        """What was paid in one month or year, by kind."""
        sums = dict.fromkeys(self._kinds, Sum())
        month = unit.start
        while month < unit.end:
            for kind in self._kinds:
                sums[kind] += self._of_month(kind, month)
            month = next_month_start(month)
        return sums

    def numbers(self, span: Span) -> frozenset[str]:
        """The attestations of these kinds that touch the span."""
        return frozenset(a.number for a in self._attested if a.span.overlaps(span))

    def _of_month(self, kind: str, month: date) -> Sum:
        stated = self._stated.get((kind, month), set())
        if len(stated) == 1:
            return Sum(min(stated))
        days = unit_of(month, Unit.MONTH)
        touched = any(a.kind == kind and a.span.overlaps(days) for a in self._attested)
        # Sources that state different amounts are as good as none.
        return Sum(is_open=touched or bool(stated))
