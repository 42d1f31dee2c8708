"""Reconciling what was derived with what is stored: only differences are written."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from attestations.models.fields import timeline_to_json
from attestations.periods import Span, Timeline
from attestations.services.identities import NOBODY_MERGED, Identities
from derived_rights.models import RightChange, RightPeriod
from derived_rights.transitions import transition


@dataclass(frozen=True)
class DerivedPeriod:
    """A period as derived, in the form in which it is stored."""

    span: Span
    attestation_numbers: tuple[str, ...]
    receipt: Mapping[str, Any]
    outcome: str = RightPeriod.Outcome.APPLIES
    missing_facts: tuple[Mapping[str, str], ...] = ()

    def says_the_same_as(self, row: RightPeriod) -> bool:
        """Whether the stored row needs no change; a receipt alone is no news."""
        return (
            row.outcome == self.outcome
            and row.period == self.span
            and tuple(row.attestation_numbers) == self.attestation_numbers
        )


Key: TypeAlias = tuple[int, str]  # person, right
Derived = Mapping[Key, Sequence[DerivedPeriod]]


def reconcile(
    derived: Derived,
    *,
    tickets: Mapping[int, uuid.UUID],
    now: datetime,
    same: Identities = NOBODY_MERGED,
) -> list[RightChange]:
    """Make the stored periods of these (person, right) pairs those derived; append the changes.

    The caller holds the locks of the persons. `tickets` gives each person's. Doing it twice
    writes nothing the second time. What was stored of a person merged into one of these is closed
    without a change of its own: the change of the root tells it, with a version beyond both.
    """
    stored: dict[tuple[int, str], list[RightPeriod]] = {key: [] for key in derived}
    persons = {person for person, _ in derived}
    closed = []
    for row in RightPeriod.objects.filter(person_id__in=same.ids(persons), superseded_at=None):
        if (row.person_id, row.right) in stored:
            stored[row.person_id, row.right].append(row)
        elif (same.root(row.person_id), row.right) in stored:
            closed.append(row.pk)
    opened: list[RightPeriod] = []
    moved = _overtaken(derived.keys(), same)
    for key, periods in derived.items():
        stale, fresh = _difference(stored[key], periods)
        if stale or fresh:
            closed += [row.pk for row in stale]
            opened += [_row(key, period, now) for period in fresh]
            if _news(stored[key], periods):
                moved.add(key)
    RightPeriod.objects.filter(pk__in=closed).update(superseded_at=now)
    RightPeriod.objects.bulk_create(opened, batch_size=2_000)
    versions = _next_versions(moved, same)
    return RightChange.objects.bulk_create(
        [
            _change(key, stored[key], derived[key], versions[key], tickets[key[0]], now)
            for key in derived
            if key in moved
        ],
        batch_size=2_000,
    )


def _difference(
    stored: Sequence[RightPeriod], derived: Sequence[DerivedPeriod]
) -> tuple[list[RightPeriod], list[DerivedPeriod]]:
    """The rows that no longer hold, and the periods that have no row yet."""
    stale = [row for row in stored if not any(one.says_the_same_as(row) for one in derived)]
    fresh = [one for one in derived if not any(one.says_the_same_as(row) for row in stored)]
    return stale, fresh


def _news(stored: Sequence[RightPeriod], derived: Sequence[DerivedPeriod]) -> bool:
    """Whether anybody needs to be told: the days moved, not only the attestations behind them."""
    return _days_stored(stored) != _days_derived(derived) or _unsure_stored(
        stored
    ) != _unsure_derived(derived)


def _days_stored(rows: Sequence[RightPeriod]) -> Timeline:
    return Timeline(row.period for row in rows if row.outcome == RightPeriod.Outcome.APPLIES)


def _days_derived(periods: Sequence[DerivedPeriod]) -> Timeline:
    return Timeline(one.span for one in periods if one.outcome == RightPeriod.Outcome.APPLIES)


def _unsure_stored(rows: Sequence[RightPeriod]) -> Timeline:
    return Timeline(row.period for row in rows if row.outcome != RightPeriod.Outcome.APPLIES)


def _unsure_derived(periods: Sequence[DerivedPeriod]) -> Timeline:
    return Timeline(one.span for one in periods if one.outcome != RightPeriod.Outcome.APPLIES)


def _row(key: tuple[int, str], period: DerivedPeriod, now: datetime) -> RightPeriod:
    person, right = key
    return RightPeriod(
        person_id=person,
        right=right,
        outcome=period.outcome,
        period=period.span,
        attestation_numbers=list(period.attestation_numbers),
        missing_facts=[dict(fact) for fact in period.missing_facts],
        receipt=dict(period.receipt),
        recorded_at=now,
    )


def _overtaken(keys: Iterable[Key], same: Identities) -> set[Key]:
    """The rights of which a merged person's version is ahead of the root's.

    Once after a merge: those who followed either person are told the whole state anew.
    """
    if not same.merged:
        return set()
    own: dict[Key, int] = {}
    merged: dict[Key, int] = {}
    for person, right, version in _versions({person for person, _ in keys}, same):
        key = same.root(person), right
        side = own if key[0] == person else merged
        side[key] = max(side.get(key, 0), version)
    return {key for key in keys if merged.get(key, 0) > own.get(key, 0)}


def _next_versions(keys: set[Key], same: Identities) -> dict[Key, int]:
    """The next version of each (person, right), beyond those of merged persons too."""
    versions = dict.fromkeys(keys, 1)
    for person, right, version in _versions({person for person, _ in keys}, same):
        key = same.root(person), right
        if key in versions:
            versions[key] = max(versions[key], version + 1)
    return versions


def _versions(persons: set[int], same: Identities) -> Iterable[tuple[int, str, int]]:
    rows = RightChange.objects.filter(person_id__in=same.ids(persons))
    return rows.values_list("person_id", "right", "version")


def _change(
    key: tuple[int, str],
    stored: Sequence[RightPeriod],
    derived: Sequence[DerivedPeriod],
    version: int,
    ticket: uuid.UUID,
    now: datetime,
) -> RightChange:
    person, right = key
    before, after = _days_stored(stored), _days_derived(derived)
    missing = [dict(fact) for one in derived for fact in one.missing_facts]
    numbers = {number for one in derived for number in one.attestation_numbers}
    return RightChange(
        person_id=person,
        right=right,
        version=version,
        transition=transition(before, after) or _unmoved(stored, derived),
        periods=timeline_to_json(after),
        previous_periods=timeline_to_json(before),
        attestation_numbers=sorted(numbers),
        missing_facts=missing,
        ticket=ticket,
        recorded_at=now,
    )


def _unmoved(stored: Sequence[RightPeriod], derived: Sequence[DerivedPeriod]) -> str:
    """The word where no day differs: our certainty moved, or the person was merged with another."""
    return "corrected" if _unsure_stored(stored) == _unsure_derived(derived) else "undetermined"
