"""What can have changed about a person, before anybody's authorisation is looked at. Pure.

Built from the ledgers when an event is read or sent, never stored: a change holds SSINs. Its parts
stand as documents write them, as thousands are made for one page: days inclusive (`Days`), instants
as text (`instant`), and the members of a part in the order of their names. None leads back to
itself: the garbage collector need not look at them (`gc=False`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import TypeAlias

from msgspec import UNSET, Struct, UnsetType, field

from attestations.periods import Span


class Days(Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """A span of days, both inclusive; without an end it is open."""

    end_date: date | UnsetType = UNSET
    start_date: date

    @classmethod
    def of(cls, span: Span) -> Days:
        last_day = span.last_day
        return cls(start_date=span.start, end_date=UNSET if last_day is None else last_day)

    @classmethod
    def each(cls, spans: Iterable[Span]) -> list[Days]:
        """The spans of a timeline."""
        return [cls.of(span) for span in spans]


def instant(at: datetime) -> str:
    """An instant in UTC to the millisecond, whatever its offset; ValueError if it has none.

    The bytes of an event must not depend on the connection that read it.
    """
    if at.tzinfo is None:
        raise ValueError(f"an instant needs an offset, got {at}")
    return at.astimezone(UTC).isoformat(timespec="milliseconds")


class HouseholdMember(Struct, frozen=True, kw_only=True, gc=False):
    relation: str
    ssin: str


class Amount(Struct, frozen=True, kw_only=True, gc=False):
    euro_cent: int = field(name="amountEuroCent")
    month: str


class MissingFact(Struct, frozen=True, gc=False):
    """A fact that would settle an undetermined right, and who can supply it."""

    fact: str
    source: str


class RightsChange(Struct, frozen=True, kw_only=True, gc=False):
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
    periods: list[Days]
    previous_periods: list[Days]
    ticket: str
    occurred_at: str
    attestation_numbers: list[str] = []
    aid_kinds: list[str] = []
    cpas_numbers: list[str] = []
    household: list[HouseholdMember] = []
    amounts: list[Amount] = []
    undetermined: list[Days] = []
    missing: list[MissingFact] = []


class AttestationChange(Struct, frozen=True, kw_only=True, gc=False):
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
    period: Days
    cpas_number: str
    created_at: str
    version: int
    ticket: str
    occurred_at: str
    previous_number: str | None = None
    sent_at: str | None = None
    household: list[HouseholdMember] = []
    amounts: list[Amount] = []


class MissingAttestationChange(Struct, frozen=True, kw_only=True, gc=False):
    """An attestation that should exist and does not, found or resolved (`status`, `cause`: codes).

    As with attestations, `status` and `resolved_at` are those of the moment of the change.
    """

    event_id: str
    missing_attestation_id: str
    person_ssin: str
    aid_kind: str
    period: Days
    cpas_number: str
    cause: str
    status: str
    due_on: date
    found_at: str
    ticket: str
    occurred_at: str
    resolved_at: str | None = None


Change: TypeAlias = RightsChange | AttestationChange | MissingAttestationChange
