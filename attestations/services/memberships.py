"""In how many households one person may be named, and who has no room in one more.

A number that thousands name as a member of their household stands for nobody's: a placeholder, or
a spoilt file. It would give all of them rights for each other's sake.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Self, TypeAlias

from django.conf import settings
from django.db import connection
from django.db.backends.utils import CursorWrapper

from attestations.errors import NamedTooOften
from attestations.locks import array_of

# A person, and the members whom a household of this person names.
Named: TypeAlias = tuple[int, Sequence[int]]


class Memberships:
    """Whose households name the members that one call names; persons are given by their roots.

    Counted are the other persons in whose households a member is named by a statement that stands,
    from whatever source and for whatever days: HOUSEHOLDS_PER_MEMBER of them at most. To be named
    again in the same person's household takes no room. What the call itself states is counted as
    it is added, and the parts of a file that name one person wait for each other: so a call, a
    batch and a file keep the bound. Others who state households at this very moment are not waited
    for, as that would cost a lock on everybody who is named: together they may name a person in a
    few households more. A merge may bring more too, and what stands is never taken back.
    """

    def __init__(self, standing: Mapping[int, Counter[int]]) -> None:
        self._most = settings.HOUSEHOLDS_PER_MEMBER
        # member -> person -> statements; of those members only who might not have room.
        self._standing = standing

    @classmethod
    def of(
        cls,
        named: Iterable[Named],
        *,
        new: AbstractSet[int] = frozenset(),
        cursor: Callable[[], CursorWrapper] | None = None,
    ) -> Self:
        """Ask, once, about all whom a call may name; of those that are `new` nothing stands.

        A batch is planned anew each time, by the size that the tables have now: who asks about
        few, and often, gives a `cursor` that prepares.
        """
        times = Counter(member for _, members in named for member in set(members))
        most = settings.HOUSEHOLDS_PER_MEMBER
        crowded = (member for member, count in times.items() if count > most and member in new)
        standing: dict[int, Counter[int]] = {member: Counter() for member in crowded}
        if known := times.keys() - new:
            asked = {member: times[member] for member in known}
            with (cursor or connection.cursor)() as answering:
                standing |= _standing(asked, most, answering)
        return cls(standing)

    def __bool__(self) -> bool:
        """Whether anybody might have no room, so that it must be looked at one by one."""
        return bool(self._standing)

    def refusal(self, person: int, members: Sequence[int], *, name: str) -> NamedTooOften | None:
        """Why this person's household cannot name these members, who are listed as `name`."""
        for place, member in enumerate(members):
            households = self._standing.get(member)
            if households is None or person == member or person in households:
                continue
            if len(households) - (member in households) >= self._most:
                return NamedTooOften.by(self._most, f"{name}[{place}].ssin")
        return None

    def add(self, person: int, members: Iterable[int]) -> None:
        """This person's household names these members from now on, each by one more statement."""
        for member in members:
            if member in self._standing:
                self._standing[member][person] += 1

    def remove(self, person: int, members: Iterable[int]) -> None:
        """A statement by which it named each of them stands no longer."""
        for member in members:
            households = self._standing.get(member)
            if households is not None:
                households[person] -= 1
                if households[person] <= 0:
                    del households[person]


# First how many statements name each member at all: mostly so few that nothing more is looked at.
# OFFSET 0 keeps all that is asked of a statement out of its look-up by the member, or a planner
# without statistics goes through the whole index of those that stand, for each member.
STANDING = """
WITH same AS (
    SELECT root, times, root AS id
    FROM unnest(%(members)s::bigint[], %(times)s::int[]) AS named (root, times)
    UNION ALL
    SELECT merged_into_id, 0, id FROM attestations_person
    WHERE merged_into_id = ANY(%(members)s::bigint[])
),
crowded AS MATERIALIZED (
    SELECT root FROM same CROSS JOIN LATERAL (
        SELECT count(*) AS statements FROM (
            SELECT superseded_at FROM attestations_householdstatement
            WHERE member_id = same.id OFFSET 0
        ) AS stated
        WHERE superseded_at IS NULL
    ) AS counted
    GROUP BY root HAVING sum(times) + sum(statements) > %(most)s::bigint
)
SELECT root, subject, count(subject) FROM crowded JOIN same USING (root)
LEFT JOIN LATERAL (
    SELECT coalesce(person.merged_into_id, person.id) AS subject
    FROM (
        SELECT subject_id, superseded_at FROM attestations_householdstatement
        WHERE member_id = same.id OFFSET 0
    ) AS stated
    JOIN attestations_person AS person ON person.id = subject_id
    WHERE superseded_at IS NULL
) AS standing ON true
GROUP BY root, subject
"""


def _standing(
    times: Mapping[int, int], most: int, cursor: CursorWrapper
) -> dict[int, Counter[int]]:
    """For the members who may have no room: whose households name them, by how many statements."""
    values: dict[str, Any] = {
        "members": array_of(times),
        "times": array_of(times.values()),
        "most": most,
    }
    found: defaultdict[int, Counter[int]] = defaultdict(Counter)
    cursor.execute(STANDING, values)
    for member, person, statements in cursor:
        households = found[member]  # of nobody, if no person follows
        if person is not None:
            households[person] = statements
    return dict(found)
