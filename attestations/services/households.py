"""The household that a decision names: stated for its period, restated when it changes."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from attestations.codes import HouseholdRelation
from attestations.models import Decision, FactChange, HouseholdStatement
from attestations.periods import Span
from attestations.recorded import believed
from attestations.services import persons
from attestations.ssin import Ssin

SOURCE_CPAS = "cpas"


class NamedMember(Protocol):
    """A member as the decision names it."""

    @property
    def ssin(self) -> Ssin: ...
    @property
    def relation(self) -> HouseholdRelation: ...


def state(
    decision: Decision,
    members: Iterable[NamedMember] | None,
    *,
    span: Span,
    ticket: uuid.UUID,
    now: datetime,
) -> None:
    """Make `members` the household that this decision states; None leaves what was stated.

    Every person that enters or leaves is written to the ledger, so that all are derived again.
    """
    current = list(decision.household_statements.filter(superseded_at=None))
    if members is None:
        wanted = {(row.member_id, row.relation) for row in current}
    else:
        members = list(members)
        numbers = persons.register_all(member.ssin for member in members)
        wanted = {
            (persons.resolve(numbers[member.ssin.number]).pk, str(member.relation))
            for member in members
        }
    kept = {(row.member_id, row.relation) for row in current if row.period == span} & wanted
    closed = [row for row in current if (row.member_id, row.relation) not in kept]
    for row in closed:
        row.superseded_at = now
        row.save(update_fields=["superseded_at"])
    added = HouseholdStatement.objects.bulk_create(
        HouseholdStatement(
            subject_id=decision.person_id,
            member_id=member_id,
            relation=relation,
            period=span,
            source=SOURCE_CPAS,
            decision=decision,
            ticket=ticket,
            recorded_at=now,
        )
        for member_id, relation in sorted(wanted - kept)
    )
    touched = {row.member_id for row in [*closed, *added]}
    if touched:
        touched.add(decision.person_id)
    FactChange.objects.bulk_create(
        FactChange(
            kind=FactChange.Kind.HOUSEHOLD,
            person_id=person_id,
            ticket=ticket,
            recorded_at=now,
            routed_at=now,  # nobody is told of a household by itself, only of what follows
        )
        for person_id in sorted(touched)
    )


def stated(decision: Decision, *, known_at: datetime | None = None) -> list[tuple[Ssin, str]]:
    """The members that the decision states, or stated then, and what each is to the person."""
    rows = list(decision.household_statements.filter(believed(known_at)).order_by("id"))
    numbers = persons.ssin_of(row.member_id for row in rows)
    return [(Ssin.parse(numbers[row.member_id], allow_test=True), row.relation) for row in rows]
