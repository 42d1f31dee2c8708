"""The shapes of events: CloudEvents 1.0 documents and what stands in their `data`. Pure.

Every shape has its members in the order of their names. Written as they stand they are therefore
canonical, and need no sorting. A member without a value is left out.

They hold nothing that leads back to themselves, so the garbage collector need not look at them
(`gc=False`): a page makes thousands, and it would come by for every few hundred.
"""

from __future__ import annotations

from datetime import date
from typing import Any, TypeAlias

import msgspec
from msgspec import Struct, UnsetType

from partners.changes import Amount, Days, HouseholdMember, MissingFact


class RightsData(Struct, kw_only=True, rename="camel", gc=False):
    aid_kinds: list[str] | UnsetType
    amounts: list[Amount] | UnsetType
    attestations: list[Attestation] | UnsetType
    effect: str
    enterprise_numbers: list[str] | UnsetType
    filtered_elements: list[str] = []
    household: list[HouseholdMember] | UnsetType
    missing: list[MissingFact] | UnsetType
    periods: list[Days] | UnsetType
    previous_periods: list[Days] | UnsetType
    right: str
    ssin: str
    ticket: str
    undetermined_periods: list[Days] | UnsetType
    version: int


class Attestation(Struct, rename="camel", gc=False):
    attestation_number: str


class AttestationData(Struct, kw_only=True, rename="camel", gc=False):
    aid_kind: str | UnsetType
    amounts: list[Amount] | UnsetType
    attestation_number: str | UnsetType
    created_at: str
    end_date: date | UnsetType
    enterprise_number: str | UnsetType
    filtered_elements: list[str] = []
    household: list[HouseholdMember] | UnsetType
    nature: str
    previous_attestation_number: str | UnsetType
    sent_at: str | UnsetType
    ssin: str
    start_date: date | UnsetType
    superseded: bool = False
    ticket: str
    version: int


class FindingData(Struct, kw_only=True, rename="camel", gc=False):
    aid_kind: str | UnsetType
    cause: str
    due_date: date
    end_date: date | UnsetType
    enterprise_number: str | UnsetType
    filtered_elements: list[str] = []
    found_at: str
    missing_attestation_id: str
    resolved_at: str | UnsetType
    ssin: str
    start_date: date | UnsetType
    status: str
    ticket: str


class ThinData(Struct, kw_only=True, rename="camel", gc=False):
    person_reference: str
    ticket: str


class WithheldData(Struct, gc=False):
    reason: str


Data: TypeAlias = RightsData | AttestationData | FindingData


class Event(Struct, kw_only=True, gc=False):
    """A CloudEvent; `position` is dense per recipient within `epoch`."""

    data: Data | ThinData | WithheldData
    datacontenttype: str = "application/json"
    epoch: str
    id: str
    position: int
    source: str
    specversion: str = "1.0"
    time: str
    type: str


def document(event: Event) -> dict[str, Any]:
    """The event as a recipient finds it in the JSON."""
    plain: dict[str, Any] = msgspec.to_builtins(event)
    return plain
