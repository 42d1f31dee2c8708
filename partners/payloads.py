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
from datetime import datetime
from functools import cache
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from attestations.periods import Span
from derived_rights.transitions import WORDS
from partners.changes import (
    AttestationChange,
    Change,
    MissingAttestationChange,
    RightsChange,
    instant,
)
from partners.documents import (
    Attestation,
    AttestationData,
    Data,
    Event,
    FindingData,
    RightsData,
    ThinData,
    WithheldData,
)

FIELDS = frozenset({"periods", "aidKind", "cpas", "attestationNumber", "household", "amounts"})

NATURES = {"original": "created", "correction": "corrected", "cancellation": "cancelled"}
FINDINGS = {"open": "found", "notified": "found", "justified": "resolved", "resolved": "resolved"}

# By field, the members that it governs; all others are always there.
GOVERNED: dict[type[Data], dict[str, tuple[str, ...]]] = {
    RightsData: {
        "periods": ("periods", "previous_periods", "undetermined_periods"),
        "attestationNumber": ("attestations",),
        "aidKind": ("aid_kinds",),
        "cpas": ("enterprise_numbers",),
        "household": ("household",),
        "amounts": ("amounts",),
    },
    AttestationData: {
        "periods": ("start_date", "end_date"),
        "attestationNumber": ("attestation_number", "previous_attestation_number"),
        "aidKind": ("aid_kind",),
        "cpas": ("enterprise_number",),
        "household": ("household",),
        "amounts": ("amounts",),
    },
    FindingData: {
        "periods": ("start_date", "end_date"),
        "aidKind": ("aid_kind",),
        "cpas": ("enterprise_number",),
    },
}


class Envelope(Struct, frozen=True, gc=False):
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


def cloud_event(change: Change, fields: frozenset[str], envelope: Envelope) -> Event:
    """The event as one recipient may see it. Names in `fields` outside FIELDS open nothing."""
    data = _data(change)
    filtered = data.filtered_elements
    for field, name in _closed(type(data), fields):
        if getattr(data, name) is not UNSET:
            setattr(data, name, UNSET)
            if field not in filtered:
                filtered.append(field)
    return _event(change, envelope, data)


@cache
def _closed(kind: type[Data], fields: frozenset[str]) -> tuple[tuple[str, str], ...]:
    """The fields that are not opened, in their order, each with a member that it governs."""
    governed = GOVERNED[kind].items()
    pairs = ((field, name) for field, names in governed for name in names)
    return tuple(sorted(pair for pair in pairs if pair[0] not in fields))


def thin_event(change: Change, envelope: Envelope, *, person_reference: str) -> Event:
    """The event of a recipient that fetches the content itself, by position or by ticket.

    `person_reference` is opaque and the recipient's own: two recipients cannot join on it.
    """
    data = ThinData(person_reference=person_reference, ticket=change.ticket)
    return _event(change, envelope, data)


def withheld_event(event_id: str, entered_at: datetime, envelope: Envelope) -> Event:
    """What stands in the place of an event whose authorisation has ended: that, and nothing more.

    Its id and position are those of the event, so that positions stay dense.
    """
    return Event(
        data=WithheldData("authorisationEnded"),
        epoch=envelope.epoch,
        id=event_id,
        position=envelope.position,
        source=envelope.source,
        time=instant(entered_at),
        type=f"{envelope.service}.events.notify.withheld",
    )


def notice(
    name: str, event_id: str, at: datetime, data: dict[str, Any], *, service: str, source: str
) -> dict[str, Any]:
    """A message about a subscription itself: it stands in no feed, and has no position."""
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": source,
        "type": f"{service}.subscriptions.notify.{name}",
        "time": instant(at),
        "datacontenttype": "application/json",
        "data": data,
    }


def encode(event: Event | dict[str, Any]) -> bytes:
    """The bytes of an event or a batch: no spaces, keys sorted, so that one content is one text.

    For the values that events hold (no fractions) this is canonical JSON (RFC 8785): a recipient
    that has parsed the event can write the same bytes again.
    """
    return msgspec.json.encode(event, order="deterministic")


def encode_batch(events: Iterable[bytes]) -> bytes:
    """The body of a batch, `{"items": [...]}`, from events already encoded."""
    return b'{"items":[' + b",".join(events) + b"]}"


def _data(change: Change) -> Data:
    """All there is to tell of a change."""
    match change:
        case RightsChange():
            return _rights_data(change)
        case AttestationChange():
            return _attestation_data(change)
        case MissingAttestationChange():
            return _finding_data(change)


def _rights_data(change: RightsChange) -> RightsData:
    return RightsData(
        ssin=change.person_ssin,
        right=change.right,
        effect=change.effect,
        version=change.version,
        periods=change.periods,
        previous_periods=change.previous_periods,
        undetermined_periods=change.undetermined or UNSET,
        attestations=[Attestation(number) for number in change.attestation_numbers] or UNSET,
        aid_kinds=change.aid_kinds or UNSET,
        enterprise_numbers=change.cpas_numbers or UNSET,
        household=change.household or UNSET,
        amounts=change.amounts or UNSET,
        missing=change.missing or UNSET,
        ticket=change.ticket,
    )


def _attestation_data(change: AttestationChange) -> AttestationData:
    return AttestationData(
        ssin=change.person_ssin,
        attestation_number=change.attestation_number,
        previous_attestation_number=_given(change.previous_number),
        nature=change.nature,
        aid_kind=change.aid_kind,
        start_date=change.period.start_date,
        end_date=change.period.end_date,
        enterprise_number=change.cpas_number,
        household=change.household or UNSET,
        amounts=change.amounts or UNSET,
        created_at=change.created_at,
        sent_at=_given(change.sent_at),
        version=change.version,
        ticket=change.ticket,
    )


def _finding_data(change: MissingAttestationChange) -> FindingData:
    return FindingData(
        missing_attestation_id=change.missing_attestation_id,
        enterprise_number=change.cpas_number,
        ssin=change.person_ssin,
        aid_kind=change.aid_kind,
        start_date=change.period.start_date,
        end_date=change.period.end_date,
        cause=change.cause,
        status=change.status,
        due_date=change.due_on,
        found_at=change.found_at,
        resolved_at=_given(change.resolved_at),
        ticket=change.ticket,
    )


def _given(text: str | None) -> str | UnsetType:
    return UNSET if text is None else text


def _event(change: Change, envelope: Envelope, data: Data | ThinData) -> Event:
    return Event(
        data=data,
        epoch=envelope.epoch,
        id=change.event_id,
        position=envelope.position,
        source=envelope.source,
        time=change.occurred_at,
        type=f"{envelope.service}.{event_type(change)}",
    )


def dates(span: Span) -> dict[str, str]:
    """A span at the edge: inclusive end, left out when open."""
    last_day = span.last_day
    if last_day is None:
        return {"startDate": span.start.isoformat()}
    return {"startDate": span.start.isoformat(), "endDate": last_day.isoformat()}
