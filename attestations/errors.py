"""What can go wrong in the registry, as typed errors with a stable code. Pure.

Each says which field is at fault, what is wrong with the value and what to do. The API renders
them as problem details, the admin as a message; nobody parses the text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

from attestations.periods import Span


@dataclass
class DomainError(Exception):
    """A request that the registry refuses; nothing of it has been done."""

    detail: str
    field_name: str | None = None
    extra: dict[str, str] = field(default_factory=dict)

    code = "invalidInput"

    def __str__(self) -> str:
        return self.detail


class InvalidInput(DomainError):
    """A value that no rule of the registry can accept."""


class InvalidPeriod(InvalidInput):
    """An end before its start, or a period outside what may be recorded."""

    code = "ext/invalidPeriod"


class OutOfRange(InvalidInput):
    """A value beyond what there is."""

    code = "ext/outOfRange"


class Rejected(InvalidInput):
    """A value that is right by itself, and has no place here."""

    code = "ext/rejectedInput"


class UnknownReference(InvalidInput):
    """A code or identifier that names nothing here."""

    code = "referencedResourceNotFound"


class Overlap(InvalidInput):
    """A current attestation of the same person, CPAS and kind stands in the way."""

    code = "ext/rejectedInput"

    @classmethod
    def with_attestation(cls, number: str, period: Span) -> Self:
        """Names the attestation, and says what to do about it."""
        return cls(
            f"Attestation {number} of your CPAS already covers this kind of aid from "
            f"{period.start} to {period.last_day or 'an open end'}: revise or stop its decision "
            "first.",
            "startDate",
            {"attestationNumber": number},
        )


class NamedTooOften(InvalidInput):
    """A member of a household who is one of too many others' already."""

    code = "ext/rejectedInput"

    @classmethod
    def by(cls, most: int, field_name: str) -> Self:
        """`most` others name the person; `field_name` is the property that holds the number."""
        return cls(
            f"This person is already named in the households of at least {most} other persons, "
            "and no more are accepted: check the number, and leave out a member whose number is "
            "not known.",
            field_name,
        )


class NotFound(DomainError):
    """There is no such thing, or it is not the caller's: the answer is the same."""

    code = "resourceNotFound"


class NotPermitted(DomainError):
    """The caller has no authorisation for this; said before anything is looked up."""

    code = "missingPermission"


class StaleVersion(DomainError):
    """The caller changes a version that is no longer the current one."""

    code = "staleVersion"
