"""Which of our persons are one person: two numbers may turn out to belong to the same one.

A merged person points straight to the one it was merged into, its root. History keeps the person
under whom it was recorded; who reads asks for all ids of an identity, and who writes about a
person holds the lock of its root.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection, transaction

from attestations.locks import array_of, lock_person, lock_persons
from attestations.models import PersonNumber


@dataclass(frozen=True)
class Identities:
    """The merged persons among those asked about, or among those of the same identity.

    As known today, or as known at an instant.
    """

    merged: Mapping[int, int] = field(default_factory=dict)  # person -> root

    def root(self, person_id: int) -> int:
        """The person under whom this one is, or then was, known."""
        return self.merged.get(person_id, person_id)

    def roots(self, person_ids: Iterable[int]) -> set[int]:
        return {self.root(person_id) for person_id in person_ids}

    def ids(self, person_ids: Iterable[int]) -> set[int]:
        """Every id of these persons: the roots and all that were merged into them."""
        roots = self.roots(person_ids)
        return roots | {person for person, root in self.merged.items() if root in roots}


NOBODY_MERGED = Identities()


def known(person_ids: Iterable[int]) -> Identities:
    """The identities of these persons, of whom a batch has thousands."""
    with connection.cursor() as cursor:
        cursor.execute(MERGED, [array_of(set(person_ids))])
        return Identities(dict(cursor.fetchall()))


# All that were merged into the same ones as those asked about. Written with arrays, as a planner
# that knows nothing of how few are merged would read the whole table for joins.
MERGED = """
WITH asked AS (SELECT %s::bigint[] AS ids)
SELECT id, merged_into_id FROM attestations_person
WHERE merged_into_id = ANY(ARRAY(
    SELECT merged_into_id FROM attestations_person
    WHERE id = ANY((SELECT ids FROM asked)::bigint[]) AND merged_into_id IS NOT NULL
    UNION
    SELECT merged_into_id FROM attestations_person
    WHERE merged_into_id = ANY((SELECT ids FROM asked)::bigint[])
))
"""


def known_at(person_ids: Iterable[int], instant: datetime | None) -> Identities:
    """The identities of these persons as known at an instant; without one, today's.

    Persons whose numbers were not yet known to be one's are then still apart.
    """
    today = known(person_ids)
    if instant is None or not today.merged:
        return today
    everybody = today.ids(today.merged)
    numbers = {row.pk: row for row in PersonNumber.objects.filter(person_id__in=everybody)}
    merged = {}
    for row in numbers.values():
        if row.joined_at is not None:
            continue  # not the number under which the person was first known
        last = row
        while last.replaced_by_id is not None and _by(last.replaced_at, instant):
            following = numbers.get(last.replaced_by_id)
            if following is None:
                break  # a replacement committed since we asked who is who today
            last = following
        if last.person_id != row.person_id:
            merged[row.person_id] = last.person_id
    return Identities(merged)


def _by(recorded_at: datetime | None, instant: datetime) -> bool:
    """Whether it was known by then; what was recorded without an instant always was."""
    return recorded_at is None or recorded_at <= instant


def leads(number: PersonNumber, instant: datetime | None) -> bool:
    """Whether a number led to its person at an instant already; without one, it does.

    One that only a later replacement brought to a person led to nobody.
    """
    return instant is None or _by(number.joined_at, instant)


def ids_of(person_id: int) -> set[int]:
    """Every id of one person."""
    return known([person_id]).ids([person_id])


def ids_under(number: PersonNumber, instant: datetime | None) -> set[int]:
    """Every id of the person that a number led to at an instant, or leads to; none of nobody."""
    if not leads(number, instant):
        return set()
    return known_at([number.person_id], instant).ids([number.person_id])


def lock_one(person_id: int) -> int:
    """Hold the lock of a person as known today, given by any of its ids; returns its root.

    A merge may commit while we wait: then the lock of the new root is taken in its place.
    """
    root: int | None = person_id
    while root is not None:
        person_id = root
        root = lock_person(person_id)
    return person_id


def lock(roots: Iterable[int]) -> Identities:
    """Hold the locks of these persons, given by their roots; returns their identities.

    A merge may commit while we wait: then all are let go, and taken anew with that of the new
    root in its place, or two might wait for each other out of order. Whoever returns from here is
    alone with the whole identity.
    """
    wanted = set(roots)
    held = wanted
    while True:
        savepoint = transaction.savepoint()
        lock_persons(held)
        identities = known(wanted)
        known_now = identities.roots(wanted)
        if known_now == held:
            transaction.savepoint_commit(savepoint)
            return identities
        transaction.savepoint_rollback(savepoint)
        held = known_now
