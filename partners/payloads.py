"""From a change to the minimum that one recipient may see. Pure.

Changes in, CloudEvents 1.0 documents out. Each member of `data` is there because no field governs
it, or because the recipient's authorisation names the field that does:

| field             | rights            | attestations              | missingAttestations     |
| ----------------- | ----------------- | ------------------------- | ----------------------- |
| none (always)     | ssin, right,      | ssin, nature, createdAt,  | missingAttestationId,   |
|                   | effect, version,  | sentAt, superseded,       | ssin, cause, status,    |
|                   | missing, ticket   | version, ticket           | dueDate, foundAt,       |
|                   |                   |                           | resolvedAt, ticket      |
| periods           | periods,          | startDate, endDate        | startDate, endDate      |
|                   | previousPeriods,  |                           |                         |
|                   | undeterminedPeri- |                           |                         |
|                   | ods               |                           |                         |
| attestationNumber | attestations      | attestationNumber,        |                         |
|                   |                   | previousAttestationNumber |                         |
| aidKind           | aidKinds          | aidKind                   | aidKind                 |
| cpas              | enterpriseNumbers | enterpriseNumber          | enterpriseNumber        |
| household         | household         | household                 |                         |
| amounts           | amounts           | amounts                   |                         |

What an authorisation does not name is left out, and its field is named in `filteredElements`, but
only if this change had something there. Otherwise properties without a value are left out, except
`periods` and `previousPeriods`, whose emptiness is news. The SSIN stands in `data`, nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, TypeAlias

import msgspec

from attestations.periods import Span
from derived_rights.transitions import WORDS
from partners.changes import (
    Amount,
    AttestationChange,
    Change,
    HouseholdMember,
    MissingAttestationChange,
    RightsChange,
)

FIELDS = frozenset({"periods", "aidKind", "cpas", "attestationNumber", "household", "amounts"})

NATURES = {"original": "created", "correction": "corrected", "cancellation": "cancelled"}
FINDINGS = {"open": "found", "notified": "found", "justified": "resolved", "resolved": "resolved"}

# Governing field ("" for none), member of `data`, value (None: nothing there).
Member: TypeAlias = tuple[str, str, Any]


@dataclass(frozen=True, slots=True)
class Envelope:
    """Where an event stands: in which recipient's feed, and in which life of that feed.

    `service` is the reverse-DNS name with its major version; `source` a URI reference; `position`
    is dense from 1 per recipient; `epoch` changes when the database was restored.
    """

    service: str
    source: str
    position: int
    epoch: str


def event_type(change: Change) -> str:
    """The event's type without the service, `rights.notify.granted`; KeyError for unknown codes."""
    match change:
        case RightsChange():
            return f"rights.notify.{WORDS[change.effect][change.transition]}"
        case AttestationChange():
            return f"attestations.notify.{NATURES[change.nature]}"
        case MissingAttestationChange():
            return f"missingAttestations.notify.{FINDINGS[change.status]}"


def cloud_event(change: Change, fields: frozenset[str], envelope: Envelope) -> dict[str, Any]:
    """The event as one recipient may see it. Names in `fields` outside FIELDS open nothing."""
    data: dict[str, Any] = {}
    filtered = set()
    for field, name, value in _members(change):
        if value is None:
            continue
        if not field or field in fields:
            data[name] = value
        else:
            filtered.add(field)
    data["filteredElements"] = sorted(filtered)
    return _event(change, envelope, data)


def thin_event(change: Change, envelope: Envelope, *, person_reference: str) -> dict[str, Any]:
    """The event of a recipient that fetches the content itself, by position or by ticket.

    `person_reference` is opaque and the recipient's own: two recipients cannot join on it.
    """
    data = {"personReference": person_reference, "ticket": change.ticket}
    return _event(change, envelope, data)


def withheld_event(event_id: str, entered_at: datetime, envelope: Envelope) -> dict[str, Any]:
    """What stands in the place of an event whose authorisation has ended: that, and nothing more.

    Its id and position are those of the event, so that positions stay dense.
    """
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": envelope.source,
        "type": f"{envelope.service}.events.notify.withheld",
        "time": _instant(entered_at),
        "datacontenttype": "application/json",
        "position": envelope.position,
        "epoch": envelope.epoch,
        "data": {"reason": "authorisationEnded"},
    }


def notice(
    name: str, event_id: str, at: datetime, data: dict[str, Any], *, service: str, source: str
) -> dict[str, Any]:
    """A message about a subscription itself: it stands in no feed, and has no position."""
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": source,
        "type": f"{service}.subscriptions.notify.{name}",
        "time": _instant(at),
        "datacontenttype": "application/json",
        "data": data,
    }


def encode(event: dict[str, Any]) -> bytes:
    """The bytes of an event or a batch: no spaces, keys sorted, so that one content is one text.

    For the values that events hold (no fractions) this is canonical JSON (RFC 8785): a recipient
    that has parsed the event can write the same bytes again.
    """
    return msgspec.json.encode(event, order="deterministic")


def encode_batch(events: Iterable[bytes]) -> bytes:
    """The body of a batch, `{"items": [...]}`, from events already encoded."""
    return b'{"items":[' + b",".join(events) + b"]}"


def _members(change: Change) -> Iterable[Member]:
    match change:
        case RightsChange():
            return _rights_members(change)
        case AttestationChange():
            return _attestation_members(change)
        case MissingAttestationChange():
            return _finding_members(change)


def _rights_members(change: RightsChange) -> Iterable[Member]:
    numbers = [{"attestationNumber": number} for number in change.attestation_numbers]
    missing = [{"fact": lack.fact, "source": lack.source} for lack in change.missing]
    return (
        ("", "ssin", change.person_ssin),
        ("", "right", change.right),
        ("", "effect", change.effect),
        ("", "version", change.version),
        ("periods", "periods", [dates(span) for span in change.periods]),
        ("periods", "previousPeriods", [dates(span) for span in change.previous_periods]),
        ("periods", "undeterminedPeriods", [dates(span) for span in change.undetermined] or None),
        ("attestationNumber", "attestations", numbers or None),
        ("aidKind", "aidKinds", list(change.aid_kinds) or None),
        ("cpas", "enterpriseNumbers", list(change.cpas_numbers) or None),
        ("household", "household", _household(change.household)),
        ("amounts", "amounts", _amounts(change.amounts)),
        ("", "missing", missing or None),
        ("", "ticket", change.ticket),
    )


def _attestation_members(change: AttestationChange) -> Iterable[Member]:
    return (
        ("", "ssin", change.person_ssin),
        ("attestationNumber", "attestationNumber", change.attestation_number),
        ("attestationNumber", "previousAttestationNumber", change.previous_number),
        ("", "nature", change.nature),
        ("aidKind", "aidKind", change.aid_kind),
        ("periods", "startDate", change.period.start.isoformat()),
        ("periods", "endDate", _day(change.period.last_day)),
        ("cpas", "enterpriseNumber", change.cpas_number),
        ("household", "household", _household(change.household)),
        ("amounts", "amounts", _amounts(change.amounts)),
        ("", "createdAt", _instant(change.created_at)),
        ("", "sentAt", _instant(change.sent_at)),
        ("", "superseded", False),
        ("", "version", change.version),
        ("", "ticket", change.ticket),
    )


def _finding_members(change: MissingAttestationChange) -> Iterable[Member]:
    return (
        ("", "missingAttestationId", change.missing_attestation_id),
        ("cpas", "enterpriseNumber", change.cpas_number),
        ("", "ssin", change.person_ssin),
        ("aidKind", "aidKind", change.aid_kind),
        ("periods", "startDate", change.period.start.isoformat()),
        ("periods", "endDate", _day(change.period.last_day)),
        ("", "cause", change.cause),
        ("", "status", change.status),
        ("", "dueDate", change.due_on.isoformat()),
        ("", "foundAt", _instant(change.found_at)),
        ("", "resolvedAt", _instant(change.resolved_at)),
        ("", "ticket", change.ticket),
    )


def _event(change: Change, envelope: Envelope, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": change.event_id,
        "source": envelope.source,
        "type": f"{envelope.service}.{event_type(change)}",
        "time": _instant(change.occurred_at),
        "datacontenttype": "application/json",
        "position": envelope.position,
        "epoch": envelope.epoch,
        "data": data,
    }


def dates(span: Span) -> dict[str, str]:
    """A span at the edge: inclusive end, left out when open."""
    last_day = span.last_day
    if last_day is None:
        return {"startDate": span.start.isoformat()}
    return {"startDate": span.start.isoformat(), "endDate": last_day.isoformat()}


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _instant(instant: datetime | None) -> str | None:
    # In UTC whatever the offset of the connection that read it: the bytes must not depend on that.
    if instant is None:
        return None
    if instant.tzinfo is None:
        raise ValueError(f"an instant needs an offset, got {instant}")
    if instant.tzinfo is not UTC:
        instant = instant.astimezone(UTC)
    return instant.isoformat(timespec="milliseconds")


def _household(members: tuple[HouseholdMember, ...]) -> list[dict[str, str]] | None:
    return [{"ssin": member.ssin, "relation": member.relation} for member in members] or None


def _amounts(amounts: tuple[Amount, ...]) -> list[dict[str, str | int]] | None:
    return [{"month": paid.month, "amountEuroCent": paid.euro_cent} for paid in amounts] or None
