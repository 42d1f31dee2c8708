"""Who lives, or ever lived, how many households away from whom: one question for any number."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection

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
SELECT DISTINCT person FROM near
"""


def around(person_ids: Iterable[int], steps: int, *, known_at: datetime | None = None) -> set[int]:
    """The persons and all whom at most `steps` households, at any time, lie between.

    Persons are given under any id, and returned under that of today: merged ones are one. An id
    that is of nobody is left out. Households are those stated now, or believed at an instant.
    """
    believed = (
        "superseded_at IS NULL"
        if known_at is None
        else "recorded_at <= %(at)s AND (superseded_at IS NULL OR superseded_at > %(at)s)"
    )
    query = _AROUND.format(
        naming_own=_NAMING.format(person="own.id", believed=believed),
        naming_head=_NAMING.format(person="head.id", believed=believed),
    )
    values: dict[str, Any] = {"asked": list(set(person_ids)), "steps": steps, "at": known_at}
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return {person for (person,) in cursor.fetchall()}
