"""Who lives, or ever lived, how many households away from whom: one question for any number."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from attestations.locks import lock_persons
from attestations.recorded import believed_in_sql
from attestations.services.identities import Identities

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
# which it is known today, and is found under every one that it ever had.
_AROUND = """
WITH RECURSIVE near (person, step) AS (
    SELECT coalesce(merged_into_id, id), 0 FROM attestations_person WHERE id = ANY(%(asked)s)
UNION
    SELECT other.person, near.step + 1
      FROM near CROSS JOIN LATERAL (
        SELECT DISTINCT coalesce(named.merged_into_id, named.id) AS person
          FROM attestations_person AS own
          CROSS JOIN LATERAL ({naming_own}) AS one
          JOIN attestations_person AS subject ON subject.id = one.subject_id
          JOIN attestations_person AS head
            ON head.id = coalesce(subject.merged_into_id, subject.id)
            OR head.merged_into_id = coalesce(subject.merged_into_id, subject.id)
          CROSS JOIN LATERAL ({naming_head}) AS other
          CROSS JOIN LATERAL (
            VALUES (other.subject_id), (other.member_id), (one.member_id)) AS both_ (id)
          JOIN attestations_person AS named ON named.id = both_.id
         WHERE own.id = near.person OR own.merged_into_id = near.person
      ) AS other
     WHERE near.step < %(steps)s
)
SELECT found.person, merged.id, (SELECT clock_timestamp())
  FROM (SELECT DISTINCT person FROM near) AS found
  LEFT JOIN attestations_person AS merged ON merged.merged_into_id = found.person
"""


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


def surroundings(
    person_ids: Iterable[int], steps: int, *, known_at: datetime | None = None
) -> Surroundings:
    """The same persons as of `around`, with their other ids: one question for both."""
    believed = believed_in_sql(known_at)
    query = _AROUND.format(
        naming_own=_NAMING.format(person="own.id", believed=believed),
        naming_head=_NAMING.format(person="head.id", believed=believed),
    )
    values: dict[str, Any] = {"asked": list(set(person_ids)), "steps": steps, "known_at": known_at}
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        rows = cursor.fetchall()
    return Surroundings(
        frozenset(person for person, _, _ in rows),
        Identities({merged: person for person, merged, _ in rows if merged is not None}),
        rows[0][2] if rows else None,
    )


def hold(person_ids: Iterable[int], steps: int) -> Surroundings:
    """Lock the persons and all around them; who they are, as asked when all were held.

    Somebody may move in, or a merge commit, while we wait: then those are locked too.
    """
    asked = set(person_ids)
    near = surroundings(asked, steps)
    held = set[int]()
    while missing := near.persons - held:
        lock_persons(missing)
        held |= missing
        near = surroundings(asked, steps)
    return near
