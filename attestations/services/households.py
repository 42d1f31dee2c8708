"""The household that a decision names: stated for its period, restated when it changes."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Protocol, TypeAlias

from attestations.codes import HouseholdRelation
from attestations.errors import InvalidInput
from attestations.models import Decision, FactChange, HouseholdStatement, PersonNumber
from attestations.periods import Span
from attestations.prepared import prepared
from attestations.recorded import believed
from attestations.services import persons
from attestations.services.memberships import Memberships
from attestations.ssin import Ssin

SOURCE_CPAS = "cpas"


# A member by our id of the person as known today, and what the member is to the other.
Placed: TypeAlias = tuple[int, str]


class NamedMember(Protocol):
    """A member as the decision names it."""

    @property
    def ssin(self) -> Ssin: ...
    @property
    def relation(self) -> HouseholdRelation: ...


def placed(named: Iterable[NamedMember], numbers: Mapping[str, PersonNumber]) -> list[Placed]:
    """The members whom a decision names, in that order, found by their stored numbers."""
    return [(persons.root_id(numbers[one.ssin.number]), str(one.relation)) for one in named]


def refuse_own(person_id: int, members: Iterable[Placed]) -> None:
    """A person is no member of the own household, under whatever number."""
    if any(member == person_id for member, _ in members):
        raise InvalidInput("The household names the person of the decision itself.", "household")


def refuse_crowded(person_id: int, members: Iterable[Placed]) -> None:
    """Nobody is a member of too many households; see there what is promised. One question."""
    named = [member for member, _ in members]
    if not named:
        return
    memberships = Memberships.of([(person_id, named)], cursor=prepared)
    if error := memberships.refusal(person_id, named, name="household"):
        raise error


def state(
    decision: Decision,
    members: Iterable[Placed],
    *,
    span: Span,
    ticket: uuid.UUID,
    now: datetime,
) -> None:
    """Make `members` the household that a new decision states.

    All of them are written to the ledger with the person, so that all are derived.
    """
    added = _add(decision, set(members), span=span, ticket=ticket, now=now)
    _tell(decision, added, ticket=ticket, now=now)


def restate(
    decision: Decision,
    members: Iterable[Placed] | None,
    *,
    span: Span,
    ticket: uuid.UUID,
    now: datetime,
) -> None:
    """Make `members` the household that the decision states; None leaves what was stated.

    Every person that enters or leaves is written to the ledger, so that all are derived again.
    """
    current = list(decision.household_statements.filter(superseded_at=None))
    stated_now = {(row.member_id, row.relation) for row in current}
    wanted = stated_now if members is None else set(members)
    kept = {(row.member_id, row.relation) for row in current if row.period == span} & wanted
    closed = [row for row in current if (row.member_id, row.relation) not in kept]
    for row in closed:
        row.superseded_at = now
        row.save(update_fields=["superseded_at"])
    added = _add(decision, wanted - kept, span=span, ticket=ticket, now=now)
    _tell(decision, [*closed, *added], ticket=ticket, now=now)


def _add(
    decision: Decision, members: Collection[Placed], *, span: Span, ticket: uuid.UUID, now: datetime
) -> list[HouseholdStatement]:
    return HouseholdStatement.objects.bulk_create(
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
        for member_id, relation in sorted(members)
    )


def _tell(
    decision: Decision, moved: Iterable[HouseholdStatement], *, ticket: uuid.UUID, now: datetime
) -> None:
    touched = {row.member_id for row in moved}
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
