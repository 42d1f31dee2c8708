"""What the check for missing attestations compares, and what it says: rows, and due dates. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol, TypeVar

from attestations.codes import Cause
from attestations.periods import ONE_DAY, Span, add_days, next_month_start

# The circulars give the CPAS 7 days after the decision to grant, withdraw or revise.
SEND_WITHIN_DAYS = 7


@dataclass(frozen=True, slots=True)
class Claimed:
    """A CPAS claimed the subsidy for this person and kind of aid for the month `month` lies in."""

    cpas: int
    person: int
    aid_kind: str
    month: date


@dataclass(frozen=True, slots=True)
class Attested:
    """`via_replaced`: sent under a number that had already been replaced when it was sent."""

    cpas: int
    person: int
    aid_kind: str
    span: Span
    number: str = ""
    via_replaced: bool = False


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision as it now stands: `span` is None when it is cancelled.

    `decided_on` and `recorded_on` are those of its last version; `stopped` says that this version
    ended the aid before its term.
    """

    cpas: int
    person: int
    aid_kind: str
    span: Span | None
    decided_on: date
    recorded_on: date
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """Days to be put right by `cpas`, which should have been done by the end of `due_on`.

    `person` and `aid_kind` are None for the cause `silence` only, which concerns a whole CPAS.
    `by_month`: they are claimed months, or months of silence, and each is due by itself.
    """

    cpas: int
    person: int | None
    aid_kind: str | None
    span: Span
    cause: Cause
    due_on: date
    by_month: bool = field(default=False, compare=False)

    def due_from(self, day: date) -> date:
        """When what is missing from that day on is due."""
        return claim_due_on(day) if self.by_month and day > self.span.start else self.due_on


def send_by(decided_on: date) -> date:
    """The last day on which an attestation of a decision of `decided_on` is in time."""
    return add_days(decided_on, SEND_WITHIN_DAYS)


def claim_due_on(month: date) -> date:
    """The last day on which an attestation for that month is in time.

    Aid for a month may be decided as late as its last day; the sending time runs from there.
    """
    return send_by(next_month_start(month) - ONE_DAY)


class _OfPerson(Protocol):
    @property
    def person(self) -> int: ...


_Row = TypeVar("_Row", bound=_OfPerson)


def by_person(rows: Iterable[_Row], *, only: set[int] | None = None) -> dict[int, list[_Row]]:
    """The rows of each person, or of each of those asked for."""
    persons = defaultdict(list)
    for row in rows:
        if only is None or row.person in only:
            persons[row.person].append(row)
    return persons


def finding_of(decided: Decided, span: Span, cause: Cause, due_on: date) -> Finding:
    """A finding about days of a decision."""
    return Finding(decided.cpas, decided.person, decided.aid_kind, span, cause, due_on)


def reading_order(finding: Finding) -> tuple[int, int, str, Span, str]:
    """By CPAS, person, kind and day."""
    whom = finding.cpas, finding.person or 0, finding.aid_kind or ""
    return *whom, finding.span, finding.cause
