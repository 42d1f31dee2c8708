"""Reconciling what was derived with what is stored: only differences are written."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from attestations.locks import array_of
from attestations.models.fields import range_text, timeline_to_json
from attestations.prepared import prepared
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
    if stale:
        with prepared() as cursor:
            cursor.execute(_SUPERSEDE, [now, array_of(stale)])
    _write(_PERIODS, [_period(one.key, new) for one in compared for new in one.fresh], now)
    following = _next_versions({(one.person, one.right) for one in told}, same)
    _write(
        _CHANGES,
        [_change(one, derived, following, ticket=tickets[one.person]) for one in told],
        now,
    )
    return len(told)


_SUPERSEDE = "UPDATE derived_rights_rightperiod SET superseded_at = %s WHERE id = ANY(%s::bigint[])"
# A few rows or many go in by the same road, as one text: to send each value by itself takes longer,
# and a COPY waits for the server three times.
_PERIODS = """
INSERT INTO derived_rights_rightperiod
       (person_id, "right", outcome, period, attestation_numbers, missing_facts, receipt,
        recorded_at)
SELECT person, "right", outcome, period, numbers, missing, receipt, %(now)s
  FROM json_to_recordset(%(rows)s::json)
    AS new (person bigint, "right" text, outcome text, period daterange, numbers varchar[],
            missing jsonb, receipt jsonb)
"""
_CHANGES = """
INSERT INTO derived_rights_rightchange
       (person_id, "right", version, transition, periods, previous_periods, undetermined_periods,
        attestation_numbers, missing_facts, ticket, recorded_at)
SELECT person, "right", version, transition, periods, previous, undetermined, numbers, missing,
       ticket, %(now)s
  FROM json_to_recordset(%(rows)s::json)
    AS new (person bigint, "right" text, version int, transition text, periods jsonb,
            previous jsonb, undetermined jsonb, numbers varchar[], missing jsonb, ticket uuid)
"""


def _write(statement: str, rows: Sequence[Mapping[str, Any]], now: datetime) -> None:
    if rows:
        with prepared() as cursor:
            cursor.execute(statement, {"rows": msgspec.json.encode(rows).decode(), "now": now})


def _period(key: Key, period: DerivedPeriod) -> dict[str, Any]:
    return {
        "person": key[0],
        "right": key[1],
        "outcome": str(period.outcome),
        "period": range_text(period.span),
        "numbers": period.attestation_numbers,
        "missing": [dict(fact) for fact in period.missing_facts],
        "receipt": dict(period.receipt),
    }


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
    difference: Difference, derived: Derived, following: Mapping[Key, int], *, ticket: uuid.UUID
) -> dict[str, Any]:
    key = difference.person, difference.right
    periods = derived[key]
    return {
        "person": difference.person,
        "right": difference.right,
        "version": following[key],
        "transition": difference.transition,
        "periods": timeline_to_json(difference.after),
        "previous": timeline_to_json(difference.before),
        "undetermined": timeline_to_json(difference.undetermined_after),
        "numbers": sorted({number for one in periods for number in one.attestation_numbers}),
        "missing": _missing(periods),
        "ticket": ticket,
    }


def _missing(derived: Sequence[DerivedPeriod]) -> list[dict[str, str]]:
    """What is missing of any of the periods, each fact once."""
    every = (dict(fact) for one in derived for fact in one.missing_facts)
    return list({fact["fact"]: fact for fact in every}.values())
