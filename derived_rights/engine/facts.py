"""What is known about a few persons: the only thing the interpreters read. Pure.

Attestations and households are complete knowledge: what is not stated is not so. Reported facts
are open: what no source has spoken about is unknown, which is not the same as "no".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TypeAlias

from attestations.codes import CodeList, HouseholdRelation
from attestations.periods import Span, Timeline

# The registry's own number of a person: never an SSIN.
PersonId: TypeAlias = int


class Supplier(CodeList):
    """Who can supply a fact that is missing."""

    CPAS = "cpas", "le CPAS", "het OCMW", "das ÖSHZ", "the CPAS"
    MUTUALITY = (
        "mutuality",
        "la mutualité",
        "het ziekenfonds",
        "die Krankenkasse",
        "the mutuality",
    )
    NATIONAL_REGISTER = (
        "nationalRegister",
        "le Registre national",
        "het Rijksregister",
        "das Nationalregister",
        "the National Register",
    )


class FactKind(CodeList):
    """The kinds of facts that a right may need."""

    ATTESTATIONS = (
        "attestations",
        "les attestations",
        "de attesten",
        "die Bescheinigungen",
        "the attestations",
    )
    HOUSEHOLD = (
        "household",
        "la composition du ménage",
        "de gezinssamenstelling",
        "die Haushaltszusammensetzung",
        "the composition of the household",
    )
    INCREASED_INTERVENTION = (
        "increasedIntervention",
        "l'intervention majorée connue de la mutualité",
        "de verhoogde tegemoetkoming bekend bij het ziekenfonds",
        "die der Krankenkasse bekannte erhöhte Kostenbeteiligung",
        "the increased intervention known to the mutuality",
    )

    @property
    def supplier(self) -> Supplier:
        return _SUPPLIERS[self]


_SUPPLIERS = {
    FactKind.ATTESTATIONS: Supplier.CPAS,
    FactKind.HOUSEHOLD: Supplier.NATIONAL_REGISTER,
    FactKind.INCREASED_INTERVENTION: Supplier.MUTUALITY,
}

# The facts that some source reports as "yes" or "no" for a period.
REPORTED_FACTS = (FactKind.INCREASED_INTERVENTION,)

_INVERSE = {
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
    not mentioned has no attestation, lives alone, and nothing was reported of them.
    """

    attested: Mapping[PersonId, Sequence[AttestedSpan]] = field(default_factory=dict)
    household: Sequence[HouseholdSpan] = ()
    reported: Mapping[PersonId, Sequence[ReportedSpan]] = field(default_factory=dict)

    def cohabitations(self, person: PersonId) -> Sequence[Cohabitation]:
        """With whom the person lives, as what, and when; one for each other and relation.

        A subject and a member live together as stated; two members of one subject do while both
        are stated, as "other".
        """
        return self._cohabitations.get(person, ())

    @cached_property
    def _cohabitations(self) -> Mapping[PersonId, Sequence[Cohabitation]]:
        spans: defaultdict[tuple[PersonId, PersonId, str], list[Span]] = defaultdict(list)
        for person, other, relation, span in self._pairs():
            spans[person, other, relation].append(span)
        by_person: defaultdict[PersonId, list[Cohabitation]] = defaultdict(list)
        for (person, other, relation), held in sorted(spans.items()):
            by_person[person].append(Cohabitation(other, relation, Timeline(held)))
        return dict(by_person)

    @cached_property
    def _by_subject(self) -> Mapping[PersonId, Sequence[HouseholdSpan]]:
        by_subject: defaultdict[PersonId, list[HouseholdSpan]] = defaultdict(list)
        for stated in self.household:
            by_subject[stated.subject].append(stated)
        return dict(by_subject)

    def _pairs(self) -> Iterator[tuple[PersonId, PersonId, str, Span]]:
        for stated in self.household:
            yield stated.member, stated.subject, stated.relation, stated.span
            inverse = _INVERSE[HouseholdRelation(stated.relation)]
            yield stated.subject, stated.member, inverse, stated.span
        for members in self._by_subject.values():
            for one in members:
                for other in members:
                    both = one.span & other.span
                    if one.member != other.member and both is not None:
                        yield one.member, other.member, HouseholdRelation.OTHER, both

    def within(self, person: PersonId, steps: int) -> frozenset[PersonId]:
        """The person and all whom at most `steps` households, at any time, lie between."""
        found = edge = frozenset({person})
        for _ in range(steps):
            edge = frozenset(c.other for p in edge for c in self.cohabitations(p)) - found
            found |= edge
        return found

    def restricted(self, persons: Iterable[PersonId], kinds: Iterable[str]) -> Facts:
        """Only the facts about `persons`, and of the attestations and reports only `kinds`.

        `kinds` are codes of AidKind and of REPORTED_FACTS.
        """
        kept, wanted = frozenset(persons), frozenset(kinds)
        return Facts(
            {p: [a for a in self.attested.get(p, ()) if a.kind in wanted] for p in kept},
            [h for p in kept for h in self._by_subject.get(p, ()) if h.member in kept],
            {p: [r for r in self.reported.get(p, ()) if r.fact in wanted] for p in kept},
        )
