"""Reconciling what was derived with what is stored: only differences are written."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from attestations.models.fields import timeline_to_json, to_range
from attestations.services.identities import NOBODY_MERGED, Identities
from derived_rights.services.comparing import Difference, compare, versions
from derived_rights.services.outcomes import Derived, DerivedPeriod, Key


def reconcile(
    derived: Derived,
    *,
    tickets: Mapping[int, uuid.UUID],
    now: datetime,
    same: Identities = NOBODY_MERGED,
) -> int:
    """Make the stored periods of these (person, right) pairs those derived; append the changes.

    Returns how many changes there are. The caller holds the locks of the persons. `tickets` gives
    each person's. Doing it twice writes nothing the second time. What was stored of a person
    merged into one of these is closed without a change of its own: the change of the root tells
    it, with a version beyond both.
    """
    compared = [one for one in compare(derived, same=same) if not one.writes_nothing]
    stale = [row.pk for one in compared for row in one.stale]
    told = [one.difference for one in compared if one.difference is not None]
    with connection.cursor() as cursor:
        if stale:
            cursor.execute(_SUPERSEDE, [now, stale])
        _write(
            cursor,
            _PERIODS,
            (_period(one.key, period, now) for one in compared for period in one.fresh),
        )
        following = _next_versions({(one.person, one.right) for one in told}, same)
        _write(
            cursor,
            _CHANGES,
            (_change(one, derived, following, ticket=tickets[one.person], now=now) for one in told),
        )
    return len(told)


_SUPERSEDE = "UPDATE derived_rights_rightperiod SET superseded_at = %s WHERE id = ANY(%s::bigint[])"
# A few rows or many go in by the same road: one COPY costs no more than one INSERT.
_PERIODS = """
COPY derived_rights_rightperiod
     (person_id, "right", outcome, period, attestation_numbers, missing_facts, receipt, recorded_at)
FROM STDIN
"""
_CHANGES = """
COPY derived_rights_rightchange
     (person_id, "right", version, transition, periods, previous_periods, undetermined_periods,
      attestation_numbers, missing_facts, ticket, recorded_at)
FROM STDIN
"""


def _write(cursor: Any, statement: str, rows: Iterator[tuple[Any, ...]]) -> None:
    first = next(rows, None)
    if first is None:
        return
    with cursor.copy(statement) as copy:
        copy.write_row(first)
        for row in rows:
            copy.write_row(row)


def _period(key: Key, period: DerivedPeriod, now: datetime) -> tuple[Any, ...]:
    return (
        *key,
        str(period.outcome),
        to_range(period.span),
        list(period.attestation_numbers),
        _json([dict(fact) for fact in period.missing_facts]),
        _json(dict(period.receipt)),
        now,
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
    derived: Derived,
    following: Mapping[Key, int],
    *,
    ticket: uuid.UUID,
    now: datetime,
) -> tuple[Any, ...]:
    key = difference.person, difference.right
    periods = derived[key]
    return (
        *key,
        following[key],
        difference.transition,
        _json(timeline_to_json(difference.after)),
        _json(timeline_to_json(difference.before)),
        _json(timeline_to_json(difference.undetermined_after)),
        sorted({number for one in periods for number in one.attestation_numbers}),
        _json(_missing(periods)),
        ticket,
        now,
    )


def _missing(derived: Sequence[DerivedPeriod]) -> list[dict[str, str]]:
    """What is missing of any of the periods, each fact once."""
    every = (dict(fact) for one in derived for fact in one.missing_facts)
    return list({fact["fact"]: fact for fact in every}.values())


def _json(value: object) -> str:
    return json.dumps(value)
