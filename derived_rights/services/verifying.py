"""Verifying receipts: stored periods are derived again, as known when they were recorded.

A period that was recorded then must follow from the facts and figures of that instant, and so must
its receipt. Persons who were merged since are told apart again, as they were then.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, islice

from django.db.models import Max, Min

from attestations.recorded import believed
from attestations.services import identities
from derived_rights import facts as known
from derived_rights.engine.catalogue import rights
from derived_rights.engine.facts import Facts
from derived_rights.models import RightPeriod
from derived_rights.services.applied_law import AppliedLaw
from derived_rights.services.catalogue import overrides
from derived_rights.services.outcomes import (
    Derived,
    DerivedPeriod,
    Key,
    derive,
    steps_of_a_fact,
)
from derived_rights.surroundings import fitting, surroundings

# Rows of one instant are verified together; so many at most.
TOGETHER = 1_000
# Persons read for them; where more lived around, fewer are verified at a time, and one at least.
MOST = 10_000
# A figure may have been recorded while a derivation that had read the one before was going on.
OVERLAP = timedelta(minutes=1)


@dataclass(frozen=True)
class Mismatch:
    """A stored period that does not follow from what was known; `what` are the parts that differ.

    They are "periods", "version", "parameters" and "facts", or "right" if no module of this
    release has that right. `period` is the number of the row.
    """

    period: int
    person: int
    right: str
    recorded_at: datetime
    what: tuple[str, ...]


@dataclass(frozen=True)
class Verified:
    """How many periods were looked at, and which of them are wrong."""

    periods: int
    mismatches: tuple[Mismatch, ...]


def count(sample: int | None = None) -> int:
    """How many periods `verify` will look at, at most."""
    total = RightPeriod.objects.count()
    return total if sample is None else min(sample, total)


def verify(sample: int | None = None) -> Iterator[Verified]:
    """Verify all stored periods, also superseded ones, or a random sample; by and by."""
    rows: Iterable[RightPeriod]
    rows = _all() if sample is None else _some(sample)
    for recorded_at, together in groupby(rows, key=lambda row: row.recorded_at):
        while part := list(islice(together, TOGETHER)):
            yield _verified(recorded_at, part)


def _all() -> Iterator[RightPeriod]:
    return RightPeriod.objects.order_by("pk").iterator(chunk_size=TOGETHER)


def _some(sample: int) -> Iterator[RightPeriod]:
    """Rows by random numbers: few numbers are of no row, as none is ever deleted."""
    ends = RightPeriod.objects.aggregate(first=Min("pk"), last=Max("pk"))
    if ends["first"] is None:
        return
    numbers = range(ends["first"], ends["last"] + 1)
    # Twice as many as needed, for those of no row.
    drawn = random.sample(numbers, min(2 * sample, len(numbers)))
    found = RightPeriod.objects.in_bulk(drawn)
    rows = [found[number] for number in drawn if number in found][:sample]
    yield from sorted(rows, key=lambda row: (row.recorded_at, row.pk))


def _verified(recorded_at: datetime, rows: Sequence[RightPeriod]) -> Verified:
    existing = [row for row in rows if row.right in rights()]
    gone = [row for row in rows if row.right not in rights()]
    mismatches = _mismatches(existing, recorded_at, law_at=recorded_at)
    # A law that changed at that very moment may not have been read yet.
    other_law = {one.period for one in mismatches if "parameters" in one.what}
    if other_law:
        suspects = [row for row in existing if row.pk in other_law]
        again = _mismatches(suspects, recorded_at, law_at=recorded_at - OVERLAP)
        still = {one.period for one in again if "parameters" in one.what}
        mismatches = [one for one in mismatches if one.period not in other_law - still]
        mismatches += [one for one in again if one.period not in still]
    mismatches += [_mismatch(row, ("right",)) for row in gone]
    return Verified(len(rows), tuple(mismatches))


def _mismatches(
    rows: Sequence[RightPeriod], recorded_at: datetime, *, law_at: datetime
) -> list[Mismatch]:
    if not rows:
        return []
    persons = {row.person_id for row in rows}
    law = AppliedLaw(tuple({row.right: None for row in rows}), overrides(known_at=law_at))
    derived = _derived_then(persons, recorded_at, law)
    stored = _stored(persons, recorded_at)
    found = []
    for row in rows:
        key = row.person_id, row.right
        what = _differing(row, derived[key], stored.get(key, []))
        if what:
            found.append(_mismatch(row, what))
    return found


def _derived_then(persons: Iterable[int], recorded_at: datetime, law: AppliedLaw) -> Derived:
    """What follows from what was known then, of as many persons at a time as fit."""
    derived: dict[Key, Sequence[DerivedPeriod]] = {}
    rest, size = sorted(persons), TOGETHER
    while rest:
        part = fitting(rest[:size], steps_of_a_fact(), most=MOST, known_at=recorded_at)
        derived.update(derive(part, _known_then(set(part), recorded_at), law))
        rest, size = rest[len(part) :], 8 * len(part)
    return derived


def _known_then(persons: set[int], recorded_at: datetime) -> Facts:
    """What was known about these persons and all around them, each told apart as then."""
    near = surroundings(persons, steps_of_a_fact(), known_at=recorded_at)
    if not near.same.merged:
        return known.load(near.persons, known_at=recorded_at, same=near.same)
    everybody = near.same.ids(near.persons)
    then = identities.known_at(everybody, recorded_at)
    return known.load(everybody, known_at=recorded_at, same=then, as_then=True)


def _stored(persons: set[int], at: datetime) -> dict[Key, list[RightPeriod]]:
    """What was stored of these persons once the derivation of that instant was done."""
    found: dict[Key, list[RightPeriod]] = {}
    for row in RightPeriod.objects.filter(believed(at), person_id__in=persons):
        found.setdefault((row.person_id, row.right), []).append(row)
    return found


def _differing(
    row: RightPeriod, derived: Sequence[DerivedPeriod], stored: Sequence[RightPeriod]
) -> tuple[str, ...]:
    """Which parts of the row, and of those that stood beside it, do not follow."""
    alike = next((one for one in derived if one.says_the_same_as(row)), None)
    complete = len(stored) == len(derived) and all(
        any(one.says_the_same_as(other) for other in stored) for one in derived
    )
    receipt = derived[0].receipt if derived else {}
    parts = [
        part
        for part in ("version", "parameters", "facts")
        if receipt and row.receipt.get(part) != receipt[part]
    ]
    return tuple(parts) if alike and complete else ("periods", *parts)


def _mismatch(row: RightPeriod, what: tuple[str, ...]) -> Mismatch:
    return Mismatch(row.pk, row.person_id, row.right, row.recorded_at, what)
