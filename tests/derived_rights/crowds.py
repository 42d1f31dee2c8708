"""Registries in which very many live together, by what is stated, and what they must end as."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import date, timedelta

from attestations import clock
from attestations.codes import HouseholdRelation
from attestations.models import FactChange, HouseholdStatement, Person
from attestations.periods import Span
from attestations.services import identities
from attestations.tickets import new_ticket
from derived_rights import facts as known
from derived_rights.services import deriving, due_work
from derived_rights.services.applied_law import current_law
from derived_rights.services.comparing import Comparison, compare
from derived_rights.services.outcomes import derive

FIRST = date(2025, 1, 1)


def crowd(households: int, children: int, *, of: int = 3, seed: int = 1) -> list[int]:
    """So many households, each with some children of the same few; all changes are pending."""
    draw = random.Random(seed)
    persons = Person.objects.bulk_create(Person() for _ in range(households + children))
    ids = [person.pk for person in persons]
    for subject in ids[:households]:
        state(subject, draw.sample(ids[households:], of))
    return ids


def state(subject: int, members: Iterable[int], *, days: int = 400) -> None:
    """A CPAS names these in a decision on the subject: the statements, and what the ledger says."""
    members = [member for member in members if member != subject]
    now, ticket = clock.database_now(), new_ticket()
    HouseholdStatement.objects.bulk_create(
        HouseholdStatement(
            subject_id=subject,
            member_id=member,
            relation=HouseholdRelation.CHILD,
            period=Span(FIRST, FIRST + timedelta(days=days)),
            source="cpas",
            ticket=ticket,
            recorded_at=now,
        )
        for member in members
    )
    note(sorted({subject, *members}))


def withdraw(statement: HouseholdStatement) -> None:
    """What was stated holds no longer."""
    statement.superseded_at = clock.database_now()
    statement.save(update_fields=["superseded_at"])
    note(sorted({statement.subject_id, statement.member_id}))


def note(person_ids: Iterable[int]) -> None:
    """Write to the ledger that something about these persons has changed."""
    now, ticket = clock.database_now(), new_ticket()
    FactChange.objects.bulk_create(
        FactChange(
            kind=FactChange.Kind.HOUSEHOLD,
            person_id=person,
            ticket=ticket,
            recorded_at=now,
            routed_at=now,
        )
        for person in person_ids
    )


def derive_all() -> None:
    """Until nothing is pending and nobody is due."""
    while deriving.derive_batch() or due_work.step():
        pass


def unlike_a_full_derivation(person_ids: Iterable[int] | None = None) -> list[Comparison]:
    """What deriving everyone at once would write, or of these; nothing if all is as it must be."""
    everyone = list(Person.objects.filter(merged_into=None).values_list("pk", flat=True))
    same = identities.known(everyone)
    wanted = everyone if person_ids is None else sorted(same.roots(person_ids))
    derived = derive(wanted, known.load(everyone, same=same), current_law())
    return [one for one in compare(derived, same=same) if not one.writes_nothing]
