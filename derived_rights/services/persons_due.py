"""Persons to be derived apart: changes around which too many live are passed on to all of them.

A change is set aside as a mark on its person, with a reach of so many households. It is passed on
from household to household, by a reach less each time, until all whom it may concern are marked;
each is then derived, and the mark goes. However many changes there are, a person has one mark.

All who write marks do so one after the other, and as the last thing in their transaction: so nobody
waits here for anybody who waits for a person. Whoever is marked and not taken is derived from facts
that are read later than now, and need not be marked again.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction

from attestations.locks import array_of, lock_name
from attestations.prepared import by_index, prepared
from attestations.recorded import believed_in_sql
from derived_rights.bells import persons_due
from derived_rights.surroundings import next_in_sql

# How many marks are passed on in one transaction: each may lead to hundreds.
AT_ONCE = 50


class Mark(NamedTuple):
    """Whose facts changed, by which ticket and when."""

    person: int
    ticket: uuid.UUID
    since: datetime


def set_aside(marks: Iterable[Mark], *, reach: int) -> None:
    """Have these derived, and all whom at most `reach` households lie between."""
    last = {mark.person: mark for mark in marks}
    if last:
        _mark(sorted(last.values()), reach=reach, next_=_THEMSELVES)


@transaction.atomic
def pass_on() -> bool:
    """Pass some marks on to the next households, those that reach furthest first; False if none."""
    _alone()
    by_index()
    with prepared() as cursor:
        cursor.execute(_FURTHEST, [AT_ONCE])
        rows = cursor.fetchall()
        if not rows:
            return False
        reach = rows[0][0]
        marks = [Mark(*row[1:]) for row in rows if row[0] == reach]
        next_ = next_in_sql("mark.person", believed_in_sql(None))
        # They are among each other's next: what they reached keeps them from being marked again.
        _mark(marks, reach=reach - 1, next_=next_)
        cursor.execute(
            "UPDATE derived_rights_persondue SET reach = 0 WHERE person_id = ANY(%s::bigint[])",
            [array_of(mark.person for mark in marks)],
        )
    return True


def following(count: int) -> list[int]:
    """Who is to be derived next; who was taken and given up comes last."""
    with prepared() as cursor:
        cursor.execute(
            "SELECT person_id FROM derived_rights_persondue WHERE reach = 0"
            " ORDER BY taken, person_id LIMIT %s",
            [count],
        )
        return [person for (person,) in cursor.fetchall()]


def among(person_ids: Iterable[int]) -> set[int]:
    """Who of these is due."""
    with prepared() as cursor:
        cursor.execute(
            "SELECT person_id FROM derived_rights_persondue WHERE person_id = ANY(%s::bigint[])",
            [array_of(person_ids)],
        )
        return {person for (person,) in cursor.fetchall()}


@transaction.atomic
def take(person_ids: Iterable[int]) -> dict[int, uuid.UUID]:
    """Say that these are derived from now on; their tickets. Who is marked meanwhile stays."""
    _alone()
    with prepared() as cursor:
        cursor.execute(
            "UPDATE derived_rights_persondue SET taken = true"
            " WHERE person_id = ANY(%s::bigint[]) AND reach = 0 RETURNING person_id, ticket",
            [array_of(person_ids)],
        )
        return dict(cursor.fetchall())


def done(person_ids: Iterable[int]) -> None:
    """These were derived, in this transaction: nothing of them is due but what came since."""
    _alone()
    with prepared() as cursor:
        cursor.execute(
            "DELETE FROM derived_rights_persondue WHERE person_id = ANY(%s::bigint[]) AND taken",
            [array_of(person_ids)],
        )


def _alone() -> None:
    lock_name("persons due")


def _mark(marks: Sequence[Mark], *, reach: int, next_: str) -> None:
    """Mark whom `next_` finds from each, unless a mark says as much already."""
    _alone()
    values: dict[str, Any] = {
        "persons": array_of(mark.person for mark in marks),
        "tickets": [mark.ticket for mark in marks],
        "since": [mark.since for mark in marks],
        "reach": reach,
    }
    with prepared() as cursor:
        cursor.execute(_MARK.format(next=next_), values)
    persons_due.ring_on_commit()


_THEMSELVES = """
SELECT coalesce(merged_into_id, id) AS person FROM attestations_person
 WHERE id = mark.person OFFSET 0
"""
_MARK = """
INSERT INTO derived_rights_persondue AS due (person_id, reach, taken, ticket, since)
SELECT DISTINCT ON (found.person) found.person, %(reach)s::int, false, mark.ticket, mark.since
  FROM unnest(%(persons)s::bigint[], %(tickets)s::uuid[], %(since)s::timestamptz[])
    AS mark (person, ticket, since)
  CROSS JOIN LATERAL ({next}) AS found
 ORDER BY found.person, mark.since
    ON CONFLICT (person_id) DO UPDATE
   SET reach = greatest(due.reach, excluded.reach), taken = false, ticket = excluded.ticket,
       since = least(due.since, excluded.since)
 WHERE due.taken OR due.reach < excluded.reach
"""
_FURTHEST = """
SELECT reach, person_id, ticket, since FROM derived_rights_persondue
 WHERE reach > 0 ORDER BY reach DESC, person_id DESC LIMIT %s
"""
