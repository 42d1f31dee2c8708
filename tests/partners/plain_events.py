"""An event in the plain, slow way: from the rows of the database to dictionaries, one by one.

Written from the table of `partners/payloads.py`, to be held against what is read set by set and
made by shapes.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

from attestations.models import Attestation
from attestations.models.fields import timeline_from_json
from attestations.services import persons
from derived_rights.transitions import transition
from partners.models import FeedEntry

SERVICE = "be.attestation-registry.v1"
NATURES = {"original": "created", "correction": "corrected", "cancellation": "cancelled"}


def plainly(entry: FeedEntry, *, epoch: str, source: str, fields: set[str]) -> bytes:
    """The bytes of the event of an entry for a recipient to whom these fields are open."""
    if entry.right_change is not None:
        kind, at, free, governed = _right(entry)
    elif entry.fact_change is not None and entry.fact_change.attestation is not None:
        kind, at, free, governed = _attestation(entry)
    else:
        kind, at, free, governed = _finding(entry)
    assert entry.number is not None
    data = free | {"ssin": persons.keyring().open(bytes(entry.number.sealed))}
    cut = []
    for field, members in governed.items():
        given = {name: value for name, value in members.items() if value not in (None, [])}
        if field == "periods":  # their emptiness is news
            given |= {
                name: [] for name in ("periods", "previousPeriods") if members.get(name) == []
            }
        if field in fields:
            data |= given
        elif given:
            cut.append(field)
    event = {
        "specversion": "1.0",
        "id": str(entry.event_id),
        "source": source,
        "type": f"{SERVICE}.{kind}",
        "time": _instant(at),
        "datacontenttype": "application/json",
        "position": entry.position,
        "epoch": epoch,
        "data": data | {"filteredElements": sorted(cut), "ticket": str(entry.ticket)},
    }
    return json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _right(entry: FeedEntry) -> tuple[str, datetime, dict[str, Any], dict[str, dict[str, Any]]]:
    row = entry.right_change
    assert row is not None
    word, previous = row.transition, row.previous_periods
    if entry.told_version is not None:  # it stands for several changes
        told = row.person.right_changes.filter(right=row.right, version=entry.told_version).first()
        previous = told.periods if told else []
        doubted = told.undetermined_periods if told else []
        states = (previous, row.periods, doubted, row.undetermined_periods)
        word = transition(*map(timeline_from_json, states)) or word
    caused_by = [Attestation.objects.get(number=number) for number in row.attestation_numbers]
    free = {"right": row.right, "effect": "grant", "version": row.version}
    if row.missing_facts:
        free["missing"] = [
            {"fact": one["fact"], "source": one["source"]} for one in row.missing_facts
        ]
    governed = {
        "periods": {
            "periods": _days(row.periods),
            "previousPeriods": _days(previous),
            "undeterminedPeriods": _days(row.undetermined_periods),
        },
        "attestationNumber": {
            "attestations": [{"attestationNumber": one.number} for one in caused_by]
        },
        "aidKind": {"aidKinds": _each_once(one.aid_kind for one in caused_by)},
        "cpas": {"enterpriseNumbers": _each_once(one.cpas.enterprise_number for one in caused_by)},
    }
    return f"rights.notify.{word}", row.recorded_at, free, governed


def _attestation(entry: FeedEntry) -> tuple[str, datetime, dict[str, Any], dict[str, Any]]:
    fact = entry.fact_change
    assert fact is not None
    row = fact.attestation
    assert row is not None
    free: dict[str, Any] = {
        "nature": row.nature,
        "superseded": False,
        "version": fact.version,
        "createdAt": _instant(row.created_at),
    }
    if row.sent_at is not None:
        free["sentAt"] = _instant(row.sent_at)
    governed = {
        "periods": {"startDate": _day(row.period.start), "endDate": _day(row.period.last_day)},
        "attestationNumber": {
            "attestationNumber": row.number,
            "previousAttestationNumber": row.previous.number if row.previous else None,
        },
        "aidKind": {"aidKind": row.aid_kind},
        "cpas": {"enterpriseNumber": fact.cpas.enterprise_number if fact.cpas else None},
    }
    return f"attestations.notify.{NATURES[row.nature]}", fact.recorded_at, free, governed


def _finding(entry: FeedEntry) -> tuple[str, datetime, dict[str, Any], dict[str, Any]]:
    fact = entry.fact_change
    assert fact is not None
    row = fact.missing
    assert row is not None
    free: dict[str, Any] = {
        "missingAttestationId": str(row.public_id),
        "cause": row.cause,
        "status": "resolved" if fact.resolved else "open",
        "dueDate": _day(row.due_on),
        "foundAt": _instant(row.found_at),
    }
    if fact.resolved and row.resolved_at is not None:
        free["resolvedAt"] = _instant(row.resolved_at)
    governed = {
        "periods": {"startDate": _day(row.period.start), "endDate": _day(row.period.last_day)},
        "aidKind": {"aidKind": row.aid_kind},
        "cpas": {"enterpriseNumber": fact.cpas.enterprise_number if fact.cpas else None},
    }
    word = "resolved" if fact.resolved else "found"
    return f"missingAttestations.notify.{word}", fact.recorded_at, free, governed


def _instant(at: datetime) -> str:
    """In UTC, cut to the millisecond."""
    at = at.astimezone(UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}+00:00"


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _days(stored: list[list[str | None]]) -> list[dict[str, str]]:
    """Stored with an exclusive end, written with an inclusive one."""
    found = []
    for start, end in stored:
        assert start is not None
        days = {"startDate": start}
        if end is not None:
            days["endDate"] = (date.fromisoformat(end) - timedelta(days=1)).isoformat()
        found.append(days)
    return found


def _each_once(values: Any) -> list[str]:
    return list(dict.fromkeys(values))
