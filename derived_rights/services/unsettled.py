"""What is known of persons and not derived yet: changes that wait, and persons who are due."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from attestations.locks import array_of
from attestations.prepared import prepared
from derived_rights.engine.facts import Facts
from derived_rights.surroundings import Surroundings

_Latest: TypeAlias = dict[int, tuple[datetime, uuid.UUID]]  # of each person


@dataclass(frozen=True)
class Unsettled:
    """Of whom a fact has changed, and who is to be derived, whatever changed; when, by what."""

    changed: _Latest
    due: _Latest

    def concerning(self, persons: Iterable[int], facts: Facts, steps: int) -> dict[int, uuid.UUID]:
        """Those of the persons who are to be derived, each with the ticket of the last change."""
        found = {}
        for person in persons:
            news = [self.changed[one] for one in facts.within(person, steps) if one in self.changed]
            if person in self.due:
                news.append(self.due[person])
            if news:
                _, found[person] = max(news)
        return found


def anything() -> bool:
    """Whether anything is to be derived about anybody."""
    with prepared() as cursor:
        cursor.execute(_ANYTHING)
        (found,) = cursor.fetchone()
    return bool(found)


def around(person_ids: Iterable[int], near: Surroundings) -> Unsettled:
    """What may concern these persons; `near` are all who live around them."""
    found = Unsettled({}, {})
    with prepared() as cursor:
        cursor.execute(
            _AROUND,
            {
                "near": array_of(near.same.ids(near.persons)),
                "persons": array_of(near.same.ids(person_ids)),
            },
        )
        for person, since, ticket, changed in cursor.fetchall():
            of_whom = found.changed if changed else found.due
            root = near.same.root(person)
            of_whom[root] = max((since, ticket), of_whom.get(root, (since, ticket)))
    return found


_ANYTHING = """
SELECT EXISTS (SELECT FROM attestations_factchange WHERE derived_at IS NULL)
    OR EXISTS (SELECT FROM derived_rights_persondue)
"""
# Whoever is due and passes nothing on any more is of no matter to others.
_AROUND = """
SELECT person_id, recorded_at, ticket, true FROM attestations_factchange
 WHERE derived_at IS NULL AND person_id = ANY(%(near)s::bigint[])
UNION ALL
SELECT person_id, since, ticket, reach > 0 FROM derived_rights_persondue
 WHERE person_id = ANY(%(near)s::bigint[])
   AND (reach > 0 OR person_id = ANY(%(persons)s::bigint[]))
"""
