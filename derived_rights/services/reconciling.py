"""Reconciling what was derived with what is stored: only differences are written."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from attestations.models.fields import timeline_to_json
from attestations.periods import Span, Timeline
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


Derived = Mapping[tuple[int, str], Sequence[DerivedPeriod]]


def reconcile(
    derived: Derived, *, tickets: Mapping[int, uuid.UUID], now: datetime
) -> list[RightChange]:
    """Make the stored periods of these (person, right) pairs those derived; append the changes.

    The caller holds the locks of the persons. `tickets` gives each person's. Doing it twice
    writes nothing the second time.
    """
    stored: dict[tuple[int, str], list[RightPeriod]] = {key: [] for key in derived}
    persons = {person for person, _ in derived}
    for row in RightPeriod.objects.filter(person_id__in=persons, superseded_at=None):
        if (row.person_id, row.right) in stored:
            stored[row.person_id, row.right].append(row)
    closed: list[int] = []
    opened: list[RightPeriod] = []
    moved: list[tuple[int, str]] = []
    for key, periods in derived.items():
        stale, fresh = _difference(stored[key], periods)
        if stale or fresh:
            closed += [row.pk for row in stale]
            opened += [_row(key, period, now) for period in fresh]
            if _news(stored[key], periods):
                moved.append(key)
    RightPeriod.objects.filter(pk__in=closed).update(superseded_at=now)
    RightPeriod.objects.bulk_create(opened, batch_size=2_000)
    versions = _versions(moved)
    return RightChange.objects.bulk_create(
        [
            _change(key, stored[key], derived[key], versions[key], tickets[key[0]], now)
            for key in moved
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


def _versions(keys: Sequence[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """The next version of each (person, right)."""
    versions = dict.fromkeys(keys, 1)
    rows = RightChange.objects.filter(person_id__in={person for person, _ in keys})
    for person, right, version in rows.values_list("person_id", "right", "version"):
        if (person, right) in versions:
            versions[person, right] = max(versions[person, right], version + 1)
    return versions


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
        # The days are the same and only our certainty moved: that is what "undetermined" says.
        transition=transition(before, after) or "undetermined",
        periods=timeline_to_json(after),
        previous_periods=timeline_to_json(before),
        attestation_numbers=sorted(numbers),
        missing_facts=missing,
        ticket=ticket,
        recorded_at=now,
    )
