"""What persons are entitled to under a law, in the form in which it is stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from attestations.periods import Span
from derived_rights.engine import one
from derived_rights.engine.catalogue import reach, rights
from derived_rights.engine.facts import Facts
from derived_rights.engine.right import Right
from derived_rights.models import RightPeriod
from derived_rights.services.applied_law import AppliedLaw


@dataclass(frozen=True)
class DerivedPeriod:
    """A period as derived, in the form in which it is stored."""

    span: Span
    attestation_numbers: tuple[str, ...]
    derived_from: one.Outcome = field(repr=False, compare=False)
    outcome: str = RightPeriod.Outcome.APPLIES
    missing_facts: tuple[Mapping[str, str], ...] = ()

    @property
    def receipt(self) -> Mapping[str, str]:
        """Made when it is asked for: most of what is derived is stored already."""
        return self.derived_from.receipt

    def says_the_same_as(self, row: StoredPeriod | RightPeriod) -> bool:
        """Whether the stored row needs no change; a receipt alone is no news."""
        return (
            row.outcome == self.outcome
            and row.period == self.span
            and tuple(row.attestation_numbers) == self.attestation_numbers
            and row.missing_facts == list(self.missing_facts)
        )


class StoredPeriod(NamedTuple):
    """What a row of RightPeriod says, but for its receipt and its instants."""

    pk: int
    person: int
    right: str
    outcome: str
    period: Span
    attestation_numbers: list[str]
    missing_facts: list[Mapping[str, str]]


Key: TypeAlias = tuple[int, str]  # person, right
Derived: TypeAlias = Mapping[Key, Sequence[DerivedPeriod]]


def derive(person_ids: Iterable[int], facts: Facts, law: AppliedLaw) -> Derived:
    """The periods of these persons by (person, active right); `facts` reach far enough."""
    derivation = one.Derivation.under(law.legislation, facts)
    persons = list(person_ids)
    return {
        (person, code): _stored_form(derivation.outcome(person, code))
        for code in law.active
        for person in persons
    }


def steps_of_a_fact() -> int:
    """Over how many households a fact of one person can travel to the right of another."""
    return _furthest(tuple(rights().values()))


# Asked at every decision, and reckoned by walking through the terms of every right.
@lru_cache(maxsize=8)
def _furthest(known: tuple[Right, ...]) -> int:
    return max((reach(right) for right in known), default=0)


def _stored_form(outcome: one.Outcome) -> list[DerivedPeriod]:
    sure = [
        DerivedPeriod(period.span, tuple(sorted(period.attestation_numbers)), outcome)
        for period in outcome.periods
    ]
    unsure = [
        DerivedPeriod(
            period.span,
            (),
            outcome,
            outcome=RightPeriod.Outcome.UNDETERMINED,
            # Of whom it is missing is not said: it may be a member of the household.
            missing_facts=tuple(
                {"fact": str(fact), "source": str(fact.supplier)}
                for fact in dict.fromkeys(lack.fact for lack in period.missing)
            ),
        )
        for period in outcome.undetermined
    ]
    return sure + unsure
