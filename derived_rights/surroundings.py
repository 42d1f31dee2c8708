"""Who lives, or ever lived, how many households away from whom: one question for any number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db import OperationalError, transaction
from psycopg.errors import DeadlockDetected

from attestations.locks import array_of, lock_persons, try_lock_persons
from attestations.prepared import prepared
from attestations.recorded import believed_in_sql
from attestations.services.identities import Identities

Result = TypeVar("Result")

# Each time somebody else got on: so many in a row are no accident.
ATTEMPTS = 20

# Statements that name a person, in whatever role.
_NAMING = """
SELECT subject_id, member_id FROM attestations_householdstatement
 WHERE subject_id = {person} AND {believed}
UNION ALL
SELECT subject_id, member_id FROM attestations_householdstatement
 WHERE member_id = {person} AND {believed}
"""

# From person to person: the statements that name it, those that name their subjects, and all whom
# these name; members of one household also meet through its subject. A person has the id under
# which it is known today, and is found under every one that it ever had. Each row is looked up by
# itself (OFFSET 0): a planner that does not know how few are asked for would read tables. Nothing
# on the way needs to be complete before the next (no DISTINCT): whoever wants a few rows of it has
# them at the price of a few.
_NEXT = """
SELECT named.person
  FROM ({all_of_person}) AS own
  CROSS JOIN LATERAL ({naming_own}) AS one
  CROSS JOIN LATERAL (
    SELECT coalesce(merged_into_id, id) AS person FROM attestations_person
     WHERE id = one.subject_id OFFSET 0) AS subject
  CROSS JOIN LATERAL ({all_of_subject}) AS head
  CROSS JOIN LATERAL ({naming_head}) AS other
  CROSS JOIN LATERAL (VALUES (other.subject_id), (other.member_id)) AS both_ (id)
  CROSS JOIN LATERAL (
    SELECT coalesce(merged_into_id, id) AS person FROM attestations_person
     WHERE id = both_.id OFFSET 0) AS named
"""
# A person is found once for each number of steps that lead to it.
_AROUND = """
WITH RECURSIVE near (person, step) AS (
    SELECT one.person, 0 FROM unnest(%(asked)s::bigint[]) AS asked (id) CROSS JOIN LATERAL (
        SELECT coalesce(merged_into_id, id) AS person FROM attestations_person
         WHERE id = asked.id OFFSET 0) AS one
UNION
    SELECT next.person, near.step + 1
      FROM near CROSS JOIN LATERAL ({next}) AS next
     WHERE near.step < %(steps)s::int
)
SELECT found.person, merged.id, (SELECT clock_timestamp())
  FROM (
    SELECT DISTINCT person FROM (SELECT person FROM near LIMIT %(rows)s::bigint) AS fetched
  ) AS found
  LEFT JOIN LATERAL (
    SELECT id FROM attestations_person WHERE merged_into_id = found.person OFFSET 0
  ) AS merged ON true
"""
# All ids of a person, given by that of today.
_ALL_OF = """
SELECT {person} AS id
UNION ALL SELECT id FROM attestations_person WHERE merged_into_id = {person}
"""


def next_in_sql(person: str, believed: str) -> str:
    """A question for all whom one household at most lies between, some more than once.

    `person` is an expression for somebody's id of today, and those of today are given.
    """
    return _NEXT.format(
        all_of_person=_ALL_OF.format(person=person),
        all_of_subject=_ALL_OF.format(person="subject.person"),
        naming_own=_NAMING.format(person="own.id", believed=believed),
        naming_head=_NAMING.format(person="head.id", believed=believed),
    )


@dataclass(frozen=True)
class Surroundings:
    """Persons, by the ids of today, with every id that each ever had.

    `at` is the clock of the database when it was asked, or None if nobody was found.
    """

    persons: frozenset[int]
    same: Identities
    at: datetime | None


def around(person_ids: Iterable[int], steps: int, *, known_at: datetime | None = None) -> set[int]:
    """The persons and all whom at most `steps` households, at any time, lie between.

    Persons are given under any id, and returned under that of today: merged ones are one. An id
    that is of nobody is left out. Households are those stated now, or believed at an instant.
    """
    return set(surroundings(person_ids, steps, known_at=known_at).persons)


class Crowded(Exception):
    """More persons are around than were asked for at most."""


def surroundings(
    person_ids: Iterable[int],
    steps: int,
    *,
    known_at: datetime | None = None,
    most: int | None = None,
) -> Surroundings:
    """The same persons as of `around`, with their other ids: one question for both.

    Raises Crowded if they are more than `most`, and does not look for much more then.
    """
    believed = believed_in_sql(known_at)
    query = _AROUND.format(next=next_in_sql("near.person", believed))
    values: dict[str, Any] = {
        "asked": array_of(set(person_ids)),
        "steps": steps,
        "known_at": known_at,
        # Nobody is found more often than this, so that a cut leaves more than `most`.
        "rows": None if most is None else most * (steps + 1) + 1,
    }
    with prepared() as cursor:
        cursor.execute(query, values)
        rows = cursor.fetchall()
    persons = frozenset(person for person, _, _ in rows)
    if most is not None and len(persons) > most:
        raise Crowded
    return Surroundings(
        persons,
        Identities({merged: person for person, merged, _ in rows if merged is not None}),
        rows[0][2] if rows else None,
    )


class HouseholdsMoved(Exception):
    """Somebody moved in meanwhile whom another holds: begin again, with no locks held."""


def hold(
    person_ids: Iterable[int], steps: int, *, wait: bool = True, most: int | None = None
) -> Surroundings:
    """Lock the persons and all around them; who they are, as asked when all were held.

    Somebody may move in, or a merge commit, while we wait: then those are locked too, but nobody is
    waited for out of the order that all keep, or two might wait for each other. Raises
    HouseholdsMoved where that would be needed. Whoever holds locks of persons already must not
    `wait` at all. Within a transaction; see `restarting`. Raises Crowded, with nobody locked, if
    they are more than `most`.
    """
    asked = set(person_ids)
    near = surroundings(asked, steps, most=most)
    held = set[int]()
    while missing := near.persons - held:
        if wait and not held:
            lock_persons(missing)
        elif not try_lock_persons(missing):
            raise HouseholdsMoved
        held |= missing
        try:
            near = surroundings(asked, steps, most=most)
        except Crowded as many:
            raise HouseholdsMoved from many
    return near


def fitting(
    person_ids: Sequence[int], steps: int, *, most: int, known_at: datetime | None = None
) -> Sequence[int]:
    """As many of the first of them as have at most so many around, roughly; one at least."""
    while len(person_ids) > 1:
        try:
            surroundings(person_ids, steps, known_at=known_at, most=most)
        except Crowded:
            person_ids = person_ids[: max(len(person_ids) // 8, 1)]
        else:
            break
    return person_ids


def apart(
    person_ids: Iterable[int], steps: int, *, most: int, wide: int
) -> tuple[list[int], list[int]]:
    """The first of them: who have at most so many around together, and who more than `wide` each.

    One question for each person: for where `hold` has raised Crowded.
    """
    together = set[int]()
    few, many = [], []
    for person in person_ids:
        try:
            near = surroundings([person], steps, most=wide).persons
        except Crowded:
            many.append(person)
            continue
        if together and len(together | near) > most:
            break
        together |= near
        few.append(person)
    return few, many


def restarting(work: Callable[[], Result]) -> Result:
    """What the work gives, in a transaction; begun anew, without its locks, if households moved.

    Also if it was ended to resolve a deadlock, with somebody who does not keep the order. Raises
    OperationalError after ATTEMPTS.
    """
    for _ in range(ATTEMPTS):
        try:
            with transaction.atomic():
                return work()
        except HouseholdsMoved:
            continue
        except OperationalError as error:
            if not isinstance(error.__cause__, DeadlockDetected):
                raise
    raise OperationalError(f"persons could not be locked in {ATTEMPTS} attempts")
