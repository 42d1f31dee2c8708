"""What can have changed about a person, before anybody's authorisation is looked at. Pure.

Built from the ledgers when an event is read or sent, never stored: a change holds SSINs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeAlias

from attestations.periods import Span, Timeline


@dataclass(frozen=True, slots=True)
class HouseholdMember:
    ssin: str
    relation: str


@dataclass(frozen=True, slots=True)
class Amount:
    month: str
    euro_cent: int


@dataclass(frozen=True, slots=True)
class MissingFact:
    """A fact that would settle an undetermined right, and who can supply it."""

    fact: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsChange:
    """A person's right as it stands after a change. `effect` and `transition` are codes.

    `attestation_numbers`, `aid_kinds` and `cpas_numbers` (enterprise numbers) are those that cause
    the periods, in a fixed order. `undetermined` are the days of which it cannot be told, for want
    of the `missing` facts. `version` grows per person and right.
    """

    event_id: str
    person_ssin: str
    right: str
    effect: str
    transition: str
    version: int
    periods: Timeline
    previous_periods: Timeline
    ticket: str
    occurred_at: datetime
    attestation_numbers: tuple[str, ...] = ()
    aid_kinds: tuple[str, ...] = ()
    cpas_numbers: tuple[str, ...] = ()
    household: tuple[HouseholdMember, ...] = ()
    amounts: tuple[Amount, ...] = ()
    undetermined: Timeline = field(default_factory=Timeline)
    missing: tuple[MissingFact, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestationChange:
    """An attestation at the moment it was made; `version` grows per person and CPAS.

    `sent_at` must be the instant known when the change was recorded, or None for good: an event
    says the same at every retry. For that reason too it is never `superseded`: its successor will
    have an event of its own.
    """

    event_id: str
    person_ssin: str
    attestation_number: str
    nature: str
    aid_kind: str
    period: Span
    cpas_number: str
    created_at: datetime
    version: int
    ticket: str
    occurred_at: datetime
    previous_number: str | None = None
    sent_at: datetime | None = None
    household: tuple[HouseholdMember, ...] = ()
    amounts: tuple[Amount, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingAttestationChange:
    """An attestation that should exist and does not, found or resolved (`status`, `cause`: codes).

    As with attestations, `status` and `resolved_at` are those of the moment of the change.
    """

    event_id: str
    missing_attestation_id: str
    person_ssin: str
    aid_kind: str
    period: Span
    cpas_number: str
    cause: str
    status: str
    due_on: date
    found_at: datetime
    ticket: str
    occurred_at: datetime
    resolved_at: datetime | None = None


Change: TypeAlias = RightsChange | AttestationChange | MissingAttestationChange
