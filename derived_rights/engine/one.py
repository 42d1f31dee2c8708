"""The reference interpreter: the rights of one person, slowly and plainly, with reasons.

Everything faster is judged by it, so it takes no short cut but to compute a thing once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property, partial

from attestations.periods import Span, Timeline
from derived_rights.engine.amounts import paid
from derived_rights.engine.facts import Cohabitation, Facts, MissingFact, PersonId
from derived_rights.engine.legislation import Legislation
from derived_rights.engine.pieces import (
    NEVER,
    Belief,
    Piece,
    Pieces,
    certain,
    common,
    complement,
    joined,
    shared,
    within,
)
from derived_rights.engine.receipts import digest_of_facts, receipt
from derived_rights.engine.right import AllOverrides, Right
from derived_rights.engine.runs import complete_months, grown
from derived_rights.engine.shifts import shifted
from derived_rights.engine.stated import aged, permitted, reported, residing
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


class Answer(StrEnum):
    """What can be said of a right on one day; the values are those of the API."""

    APPLIES = "applies"
    DOES_NOT_APPLY = "doesNotApply"
    UNDETERMINED = "undetermined"


@dataclass(frozen=True, slots=True)
class RightSpan:
    """An unbroken period of a right, and the attestations that caused it, sorted by number."""

    span: Span
    attestation_numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UndeterminedSpan:
    """Days on which a right may apply: it depends on the missing facts, at least one."""

    span: Span
    missing: tuple[MissingFact, ...]


@dataclass(frozen=True)
class Outcome:
    """What follows for one person and right: `periods` apply, `undetermined` may, others do not.

    Both are in order of time and share no day.
    """

    periods: tuple[RightSpan, ...]
    undetermined: tuple[UndeterminedSpan, ...]
    prove: Callable[[], Mapping[str, str]] = field(repr=False, compare=False)

    @cached_property
    def receipt(self) -> Mapping[str, str]:
        """That of `receipts.receipt`; made when it is asked for, as most are never stored."""
        return self.prove()

    @cached_property
    def timeline(self) -> Timeline:
        """The days on which the right applies."""
        return Timeline(period.span for period in self.periods)

    def on(self, day: date) -> Answer:
        if day in self.timeline:
            return Answer.APPLIES
        if any(day in doubt.span for doubt in self.undetermined):
            return Answer.UNDETERMINED
        return Answer.DOES_NOT_APPLY


class Derivation:
    """The rights of the persons of one set of facts; what they have in common is computed once.

    `rights` holds every right that these read; `overrides` the figures that replace those of the
    modules, by code of right.
    """

    def __init__(
        self, facts: Facts, rights: Mapping[str, Right], overrides: AllOverrides | None = None
    ) -> None:
        self.facts = facts
        self.legislation = Legislation(rights, overrides)
        self._beliefs: dict[tuple[PersonId, Term], Belief] = {}
        self._digests: dict[tuple[PersonId, int, frozenset[str]], str] = {}

    @classmethod
    def under(cls, legislation: Legislation, facts: Facts) -> Derivation:
        """The same under a legislation that others share."""
        derivation = cls(facts, legislation.rights, legislation.overrides)
        derivation.legislation = legislation
        return derivation

    def outcome(self, person: PersonId, code: str) -> Outcome:
        """The whole history of one right of one person."""
        belief = self.belief(person, Derived(code))
        periods = tuple(
            RightSpan(run.span, tuple(sorted(run.numbers))) for run in joined(belief.sure)
        )
        return Outcome(periods, tuple(_doubts(belief)), partial(self._receipt, person, code))

    def belief(self, person: PersonId, term: Term) -> Belief:
        """When the term surely and possibly holds for the person."""
        known = self._beliefs.get((person, term))
        if known is None:
            known = self._beliefs[person, term] = self._evaluated(person, term)
        return known

    def _receipt(self, person: PersonId, code: str) -> Mapping[str, str]:
        """Rights that read the same kinds as far away share the digest of what they read."""
        law = self.legislation.law(code)
        read = person, law.reach, law.kinds
        if read not in self._digests:
            self._digests[read] = digest_of_facts(*read, self.facts)
        return receipt(law, self._digests[read])

    def _evaluated(self, person: PersonId, term: Term) -> Belief:
        match term:
            case Attested() | Reported() | Aged() | ResidesIn() | Permitted():
                return self._known(person, term)
            case PaidAtLeast() | PaidShare():
                return paid(term, self.facts, person)
            case Derived(code):
                return self._derived(person, code)
            case HeldInHousehold(inner, relations):
                return self._held_in_household(person, inner, relations)
            case AnyOf(terms):
                return _any(self.belief(person, inner) for inner in terms)
            case AllOf(terms):
                return _all(self.belief(person, inner) for inner in terms)
            case Not(inner):
                return complement(self.belief(person, inner))
            case CompleteMonths(inner):
                return complete_months(term, self.belief(person, inner))
            case LastingAtLeast() | Bridged() | CountedDays() | EverSince():
                return grown(term, self.belief(person, term.term))
            case (
                CarriedToYearEnd()
                | FromQuarterOfDecision()
                | FromStartOf()
                | OnReferenceDate()
                | ToEndOf()
                | WholeMonths()
                | WholeQuarters()
            ):
                return shifted(term, self.belief(person, term.term))
            case _:
                raise InvalidTerm(f"{type(term).__name__} has no meaning in this interpreter yet")

    def _known(
        self, person: PersonId, term: Attested | Reported | Aged | ResidesIn | Permitted
    ) -> Belief:
        match term:
            case Attested(kind):
                return self._attested(person, kind)
            case Reported():
                return reported(term, self.facts, person)
            case Aged():
                return aged(term, self.facts, person)
            case ResidesIn():
                return residing(term, self.facts, person)
            case Permitted():
                return permitted(term, self.facts, person)

    def _attested(self, person: PersonId, kind: str) -> Belief:
        return certain(
            Piece(attested.span, frozenset({attested.number}), origin=attested)
            for attested in self.facts.attested.get(person, ())
            if attested.kind == kind
        )

    def _derived(self, person: PersonId, code: str) -> Belief:
        """The law of each day: each window's term over the whole history, cut to the window."""
        return _any(
            _clipped(self.belief(person, term), days) for days, term in self.legislation.terms(code)
        )

    def _held_in_household(
        self, person: PersonId, inner: Term, relations: tuple[str, ...] | None
    ) -> Belief:
        """A household is never entered twice by one term, so this ends on any graph of them."""
        return _any(
            _shared(self.belief(cohabitation.other, inner), cohabitation)
            for cohabitation in self.facts.cohabitations(person)
            if relations is None or cohabitation.relation in relations
        )


def derive(
    person: PersonId,
    facts: Facts,
    rights: Mapping[str, Right],
    overrides: AllOverrides | None = None,
    *,
    codes: Iterable[str] | None = None,
) -> dict[str, Outcome]:
    """The rights `codes` of one person, by default all `rights`, in that order.

    `rights` must also hold those that are only read by others, switched on or not.
    """
    derivation = Derivation(facts, rights, overrides)
    return {code: derivation.outcome(person, code) for code in (rights if codes is None else codes)}


def _any(beliefs: Iterable[Belief]) -> Belief:
    held = [belief for belief in beliefs if belief.possible]
    if len(held) < 2:
        return held[0] if held else NEVER
    sure = tuple(piece for belief in held for piece in belief.sure)
    if all(belief.is_certain for belief in held):
        return Belief(sure, sure)
    return Belief(sure, tuple(piece for belief in held for piece in belief.possible))


def _all(beliefs: Iterable[Belief]) -> Belief:
    first, *others = beliefs
    sure, possible, is_certain = first.sure, first.possible, first.is_certain
    for other in others:
        sure, possible = common(sure, other.sure), common(possible, other.possible)
        is_certain = is_certain and other.is_certain
    return Belief(sure, sure) if is_certain else Belief(sure, possible)


def _clipped(belief: Belief, timeline: Timeline) -> Belief:
    sure: Pieces = within(belief.sure, timeline)
    if belief.is_certain:
        return Belief(sure, sure)
    return Belief(sure, within(belief.possible, timeline))


def _shared(belief: Belief, cohabitation: Cohabitation) -> Belief:
    other, together = cohabitation.other, cohabitation.days
    sure = shared(belief.sure, other, together)
    if belief.is_certain:
        return Belief(sure, sure)
    return Belief(sure, shared(belief.possible, other, together))


def _doubts(belief: Belief) -> Iterable[UndeterminedSpan]:
    for span in belief.uncertain_days:
        missing = {
            fact
            for piece in belief.possible
            if piece.missing and piece.span.overlaps(span)
            for fact in piece.missing
        }
        yield UndeterminedSpan(
            span, tuple(sorted(missing, key=lambda fact: (fact.person, fact.fact)))
        )
