"""Comparing what is derived with what is stored: the one code path of rehearsing and of writing.

Nothing here writes. `reconciling` writes what these comparisons say, and nothing else; so what a
rehearsal of a law finds is what is written and told when that law takes effect.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from attestations.locks import array_of
from attestations.models.fields import to_span
from attestations.periods import Timeline
from attestations.prepared import prepared
from attestations.services import identities
from attestations.services.identities import NOBODY_MERGED, Identities
from derived_rights import facts as known
from derived_rights.models import RightPeriod
from derived_rights.services.applied_law import AppliedLaw
from derived_rights.services.outcomes import (
    Derived,
    DerivedPeriod,
    Key,
    StoredPeriod,
    derive,
    steps_of_a_fact,
)
from derived_rights.surroundings import surroundings
from derived_rights.transitions import transition


@dataclass(frozen=True)
class Difference:
    """What somebody is to be told about one right of one person: the days before and after.

    `before` and `after` are the days on which the right surely applies, the other two those of
    which it cannot be told. `transition` is the word that the RightChange bears.
    """

    person: int
    right: str
    before: Timeline
    after: Timeline
    undetermined_before: Timeline
    undetermined_after: Timeline
    transition: str


@dataclass(frozen=True)
class Comparison:
    """One right of one person: the rows that no longer hold, and the periods without a row.

    `stale` also holds the rows of whom was merged into this person. `difference` is None if nobody
    needs to be told: no day moved, only the attestations behind them.
    """

    key: Key
    stale: Sequence[StoredPeriod]
    fresh: Sequence[DerivedPeriod]
    difference: Difference | None

    @property
    def writes_nothing(self) -> bool:
        return not (self.stale or self.fresh or self.difference)


def differences(person_ids: Iterable[int], *, law: AppliedLaw) -> list[Difference]:
    """How these persons' rights would change if they were derived now, under this law.

    One for each RightChange that deriving them under it would write, in the same order. Persons
    are given under any id, and returned under that of today. What is pending in the ledger of
    facts counts as known. In a transaction of isolation level REPEATABLE READ the answer is that
    of one instant; without, facts that come in meanwhile may show in it.
    """
    asked = set(person_ids)
    same = identities.known(asked)
    persons = sorted(same.roots(asked))
    near = surroundings(persons, steps_of_a_fact())
    facts = known.load(near.persons, same=near.same, closed=True)
    compared = compare(derive(persons, facts, law), same=near.same)
    return [found.difference for found in compared if found.difference is not None]


def compare(derived: Derived, *, same: Identities = NOBODY_MERGED) -> list[Comparison]:
    """What is derived beside what is stored, for each (person, right) and in that order."""
    persons = {person for person, _ in derived}
    own: dict[Key, list[StoredPeriod]] = {key: [] for key in derived}
    merged: dict[Key, list[StoredPeriod]] = {}
    for row in _stored(same.ids(persons)):
        if (row.person, row.right) in own:
            own[row.person, row.right].append(row)
        else:
            merged.setdefault((same.root(row.person), row.right), []).append(row)
    overtaken = _overtaken(derived.keys(), same)
    return [
        _compared(key, own[key], periods, merged.get(key, ()), retell=key in overtaken)
        for key, periods in derived.items()
    ]


def versions(persons: Iterable[int], same: Identities) -> Iterable[tuple[int, str, int]]:
    """(person, right, last version) of the changes told about these persons, under any id."""
    with prepared() as cursor:
        cursor.execute(_VERSIONS, [array_of(same.ids(persons))])
        return cursor.fetchall()


# Asked at every derivation: the statements are written out, as making them anew costs more than
# they do.
_VERSIONS = """
SELECT asked.id, told."right", told.version
  FROM unnest(%s::bigint[]) AS asked (id) CROSS JOIN LATERAL (
    SELECT "right", max(version) AS version FROM derived_rights_rightchange
     WHERE person_id = asked.id GROUP BY "right" OFFSET 0) AS told
"""
# Those in force are told by a condition that no index has for its own: a planner without statistics
# would read the whole index of the exclusion constraint, of everybody's periods.
_PERIODS = """
SELECT stored.id, person_id, "right", outcome, period, attestation_numbers, missing_facts
  FROM unnest(%s::bigint[]) AS asked (id) CROSS JOIN LATERAL (
    SELECT * FROM derived_rights_rightperiod
     WHERE person_id = asked.id AND coalesce(superseded_at, 'infinity') = 'infinity'
    OFFSET 0) AS stored
 ORDER BY stored.id
"""


def _stored(person_ids: Iterable[int]) -> Iterator[StoredPeriod]:
    with prepared() as cursor:
        cursor.execute(_PERIODS, [array_of(person_ids)])
        for pk, person, right, outcome, period, numbers, missing in cursor.fetchall():
            yield StoredPeriod(
                pk, person, right, outcome, to_span(period), numbers, json.loads(missing)
            )


def _compared(
    key: Key,
    stored: Sequence[StoredPeriod],
    derived: Sequence[DerivedPeriod],
    of_merged: Sequence[StoredPeriod],
    *,
    retell: bool,
) -> Comparison:
    stale = [row for row in stored if not any(one.says_the_same_as(row) for one in derived)]
    fresh = [one for one in derived if not any(one.says_the_same_as(row) for row in stored)]
    difference = None
    if stale or fresh or retell:
        difference = _difference(key, stored, derived, retell=retell)
    return Comparison(key, [*stale, *of_merged], fresh, difference)


def _difference(
    key: Key, stored: Sequence[StoredPeriod], derived: Sequence[DerivedPeriod], *, retell: bool
) -> Difference | None:
    before, unsure_before = _days(stored, sure=True), _days(stored, sure=False)
    after, unsure_after = _days(derived, sure=True), _days(derived, sure=False)
    word = transition(before, after, unsure_before, unsure_after)
    if word is None and not retell:
        return None
    return Difference(*key, before, after, unsure_before, unsure_after, word or "corrected")


def _days(periods: Iterable[StoredPeriod | DerivedPeriod], *, sure: bool) -> Timeline:
    return Timeline(
        one.period if isinstance(one, StoredPeriod) else one.span
        for one in periods
        if (one.outcome == RightPeriod.Outcome.APPLIES) is sure
    )


def _overtaken(keys: Iterable[Key], same: Identities) -> set[Key]:
    """The rights of which a merged person's version is ahead of the root's.

    Once after a merge: those who followed either person are told the whole state anew.
    """
    if not same.merged:
        return set()
    own: dict[Key, int] = {}
    merged: dict[Key, int] = {}
    for person, right, version in versions({person for person, _ in keys}, same):
        key = same.root(person), right
        side = own if key[0] == person else merged
        side[key] = max(side.get(key, 0), version)
    return {key for key in keys if merged.get(key, 0) > own.get(key, 0)}
