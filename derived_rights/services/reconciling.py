"""Reconciling what was derived with what is stored: only differences are written."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

from attestations.models.fields import timeline_to_json
from attestations.services.identities import NOBODY_MERGED, Identities
from derived_rights.models import RightChange, RightPeriod
from derived_rights.services.comparing import Difference, compare, versions
from derived_rights.services.outcomes import Derived, DerivedPeriod, Key


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
    compared = compare(derived, same=same)
    stale = [row.pk for one in compared for row in one.stale]
    opened = [_row(one.key, period, now) for one in compared for period in one.fresh]
    told = [one.difference for one in compared if one.difference is not None]
    if stale:
        RightPeriod.objects.filter(pk__in=stale).update(superseded_at=now)
    RightPeriod.objects.bulk_create(opened, batch_size=2_000)
    following = _next_versions({(one.person, one.right) for one in told}, same)
    return RightChange.objects.bulk_create(
        [
            _change(
                one,
                derived[one.person, one.right],
                version=following[one.person, one.right],
                ticket=tickets[one.person],
                now=now,
            )
            for one in told
        ],
        batch_size=2_000,
    )


def _row(key: Key, period: DerivedPeriod, now: datetime) -> RightPeriod:
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


def _next_versions(keys: set[Key], same: Identities) -> dict[Key, int]:
    """The next version of each (person, right), beyond those of merged persons too."""
    following = dict.fromkeys(keys, 1)
    if keys:
        for person, right, version in versions({person for person, _ in keys}, same):
            key = same.root(person), right
            if key in following:
                following[key] = max(following[key], version + 1)
    return following


def _change(
    difference: Difference,
    derived: Sequence[DerivedPeriod],
    *,
    version: int,
    ticket: uuid.UUID,
    now: datetime,
) -> RightChange:
    return RightChange(
        person_id=difference.person,
        right=difference.right,
        version=version,
        transition=difference.transition,
        periods=timeline_to_json(difference.after),
        previous_periods=timeline_to_json(difference.before),
        undetermined_periods=timeline_to_json(difference.undetermined_after),
        attestation_numbers=sorted(
            {number for one in derived for number in one.attestation_numbers}
        ),
        missing_facts=_missing(derived),
        ticket=ticket,
        recorded_at=now,
    )


def _missing(derived: Sequence[DerivedPeriod]) -> list[dict[str, str]]:
    """What is missing of any of the periods, each fact once."""
    every = (dict(fact) for one in derived for fact in one.missing_facts)
    return list({fact["fact"]: fact for fact in every}.values())
