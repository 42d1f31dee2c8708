"""What is known about a few persons: the only thing the interpreters read. Pure.

Attestations and households are complete knowledge: what is not stated is not so. All else is open:
what no source has spoken about is unknown, which is not the same as "no", and so is a day about
which two sources contradict each other (docs/decisions/0011-silence-is-not-a-no.md).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TypeAlias, TypeVar

from attestations.codes import HouseholdRelation
from attestations.periods import Span, Timeline, month_start, next_month_start
from derived_rights.engine.fact_kinds import REPORTED_FACTS, FactKind, Supplier

__all__ = [
    "REPORTED_FACTS",
    "AttestedSpan",
    "Cohabitation",
    "FactKind",
    "Facts",
    "HouseholdSpan",
    "MissingFact",
    "PaidMonth",
    "PermitSpan",
    "PersonId",
    "ReportedSpan",
    "ResidenceSpan",
    "Supplier",
]

# The registry's own number of a person: never an SSIN.
PersonId: TypeAlias = int
T = TypeVar("T")


INVERSE_RELATION = {
    HouseholdRelation.PARTNER: HouseholdRelation.PARTNER,
    HouseholdRelation.CHILD: HouseholdRelation.PARENT,
    HouseholdRelation.PARENT: HouseholdRelation.CHILD,
    HouseholdRelation.OTHER: HouseholdRelation.OTHER,
}


@dataclass(frozen=True, slots=True)
class AttestedSpan:
    """What one current attestation says: `kind` is a code of AidKind.

    `decided_on` is the day on which the aid was decided; a later decision that only extends or
    shortens it does not move that day, or the social tariff would begin later than it did.
    """

    kind: str
    span: Span
    decided_on: date
    number: str


@dataclass(frozen=True, slots=True)
class HouseholdSpan:
    """`member` lives with `subject` during `span` and is its `relation` (a HouseholdRelation)."""

    subject: PersonId
    member: PersonId
    relation: str
    span: Span

    def __post_init__(self) -> None:
        HouseholdRelation(self.relation)
        if self.subject == self.member:
            raise ValueError(f"person {self.subject} cannot be a member of their own household")


@dataclass(frozen=True, slots=True)
class ReportedSpan:
    """A source says whether `fact` (a code of REPORTED_FACTS) holds during `span`."""

    fact: str
    span: Span
    holds: bool


@dataclass(frozen=True, slots=True)
class ResidenceSpan:
    """A source says that the person lives in `municipality` (a NIS code of these days)."""

    municipality: str
    span: Span


@dataclass(frozen=True, slots=True)
class PermitSpan:
    """A source says that the person holds a residence permit of this value."""

    value: str
    span: Span


@dataclass(frozen=True, slots=True)
class PaidMonth:
    """A source says what was paid of a kind of aid (AidKind) for a calendar month, in euro cents.

    `month` is the first day of the month; 0 says that nothing was paid.
    """

    kind: str
    month: date
    cents: int

    def __post_init__(self) -> None:
        if self.month != month_start(self.month):
            raise ValueError(f"month is the first day of a month, got {self.month}")
        if self.cents < 0:
            raise ValueError(f"an amount is at least 0 euro cents, got {self.cents}")

    @property
    def span(self) -> Span:
        return Span(self.month, next_month_start(self.month))


@dataclass(frozen=True, slots=True)
class MissingFact:
    """Nobody has said whether `fact` holds for `person`, and the answer would matter."""

    person: PersonId
    fact: FactKind

    @property
    def supplier(self) -> Supplier:
        return self.fact.supplier


@dataclass(frozen=True, slots=True)
class Cohabitation:
    """The days on which a person lives with `other`, as the `relation` of that other."""

    other: PersonId
    relation: str
    days: Timeline


@dataclass(frozen=True)
class Facts:
    """The facts of the persons of a calculation, and of all who may matter to them.

    Must hold the households up to the reach of the rights (see `catalogue.reach`); a person who is
    not mentioned has no attestation, lives alone, and nothing else is known of them. What later
    statements of one source replace is left out; what several sources state stands side by side.
    `births` are the dates of birth as stated: one, unless sources differ.
    """

    attested: Mapping[PersonId, Sequence[AttestedSpan]] = field(default_factory=dict)
    household: Sequence[HouseholdSpan] = ()
    reported: Mapping[PersonId, Sequence[ReportedSpan]] = field(default_factory=dict)
    births: Mapping[PersonId, Sequence[date]] = field(default_factory=dict)
    residences: Mapping[PersonId, Sequence[ResidenceSpan]] = field(default_factory=dict)
    permits: Mapping[PersonId, Sequence[PermitSpan]] = field(default_factory=dict)
    paid: Mapping[PersonId, Sequence[PaidMonth]] = field(default_factory=dict)

    def cohabitations(self, person: PersonId) -> Sequence[Cohabitation]:
        """With whom the person lives, as what, and when; one for each other and relation.

        A subject and a member live together as stated; two members of one subject do while both
        are stated, as "other".
        """
        found = self._cohabitations.get(person)
        if found is None:
            found = self._cohabitations[person] = self._cohabitations_of(person)
        return found

    # Of those who were asked for: where very many live together, few of all pairs are wanted.
    @cached_property
    def _cohabitations(self) -> dict[PersonId, Sequence[Cohabitation]]:
        return {}

    def _cohabitations_of(self, person: PersonId) -> Sequence[Cohabitation]:
        spans: defaultdict[tuple[PersonId, str], list[Span]] = defaultdict(list)
        for stated in self._by_subject.get(person, ()):
            inverse = INVERSE_RELATION[HouseholdRelation(stated.relation)]
            spans[stated.member, inverse].append(stated.span)
        for stated in self._by_member.get(person, ()):
            spans[stated.subject, stated.relation].append(stated.span)
            for other in self._by_subject[stated.subject]:
                both = stated.span & other.span
                if other.member != person and both is not None:
                    spans[other.member, HouseholdRelation.OTHER].append(both)
        return [
            Cohabitation(other, relation, Timeline(held))
            for (other, relation), held in sorted(spans.items())
        ]

    @cached_property
    def _by_subject(self) -> Mapping[PersonId, Sequence[HouseholdSpan]]:
        by_subject: defaultdict[PersonId, list[HouseholdSpan]] = defaultdict(list)
        for stated in self.household:
            by_subject[stated.subject].append(stated)
        return dict(by_subject)

    @cached_property
    def _by_member(self) -> Mapping[PersonId, Sequence[HouseholdSpan]]:
        by_member: defaultdict[PersonId, list[HouseholdSpan]] = defaultdict(list)
        for stated in self.household:
            by_member[stated.member].append(stated)
        return dict(by_member)

    def within(self, person: PersonId, steps: int) -> frozenset[PersonId]:
        """The person and all whom at most `steps` households, at any time, lie between."""
        found = edge = frozenset({person})
        for _ in range(steps):
            edge = frozenset(c.other for p in edge for c in self.cohabitations(p)) - found
            found |= edge
        return found

    def restricted(self, persons: Iterable[PersonId], kinds: Iterable[str]) -> Facts:
        """Only the facts about `persons`, and of all but their households only `kinds`.

        `kinds` are codes of AidKind, for attestations and amounts, and of FactKind.
        """
        kept, wanted = frozenset(persons), frozenset(kinds)

        def of(kind: FactKind, known: Mapping[PersonId, Sequence[T]]) -> dict[PersonId, list[T]]:
            return {p: list(known.get(p, ())) for p in kept} if kind in wanted else {}

        paid = of(FactKind.PAID_AMOUNT, self.paid)
        return Facts(
            {p: [a for a in self.attested.get(p, ()) if a.kind in wanted] for p in kept},
            [h for p in kept for h in self._by_subject.get(p, ()) if h.member in kept],
            {p: [r for r in self.reported.get(p, ()) if r.fact in wanted] for p in kept},
            of(FactKind.BIRTH_DATE, self.births),
            of(FactKind.RESIDENCE, self.residences),
            of(FactKind.RESIDENCE_PERMIT, self.permits),
            {
                p: [amount for amount in amounts if amount.kind in wanted]
                for p, amounts in paid.items()
            },
        )
