"""The missing-attestation control: findings are opened, kept, and close themselves."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import attrgetter

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from attestations import clock, gaps
from attestations.bell import facts_changed
from attestations.codes import AidKind
from attestations.errors import InvalidInput, NotFound
from attestations.locks import lock_persons
from attestations.models import (
    Attestation,
    Cpas,
    Decision,
    DecisionVersion,
    FactChange,
    MissingAttestation,
    Person,
    SubsidyClaim,
)

CHUNK = 2_000
FEEDBACK_CODES = ("willAttest", "noAid", "wronglyClaimed", "otherCpas", "other")


@dataclass(frozen=True)
class ControlResult:
    """How many persons were looked at, and how many findings were opened and resolved."""

    persons: int = 0
    opened: int = 0
    resolved: int = 0

    def __add__(self, other: ControlResult) -> ControlResult:
        return ControlResult(
            self.persons + other.persons,
            self.opened + other.opened,
            self.resolved + other.resolved,
        )


def control(*, on: date, ticket: uuid.UUID) -> ControlResult:
    """Compare everything expected with everything attested; each chunk is its own transaction."""
    total = ControlResult()
    for person_ids in _chunks(_persons_concerned()):
        with transaction.atomic():
            lock_persons(person_ids)
            total += _settle(person_ids, on=on, now=clock.database_now(), ticket=ticket)
    return total


def settle_person(person: Person, *, on: date, now: datetime, ticket: uuid.UUID) -> None:
    """Close or open the findings of one person at once; the caller holds the person's lock."""
    live = person.missing.exclude(status=MissingAttestation.Status.RESOLVED)
    if live.exists() or person.claims.exists():
        _settle([person.pk], on=on, now=now, ticket=ticket)


@transaction.atomic
def give_feedback(
    *, cpas: Cpas, finding_id: uuid.UUID, code: str, comment: str
) -> MissingAttestation:
    """The CPAS answers a finding: `willAttest` keeps it open, any other code justifies it."""
    if code not in FEEDBACK_CODES:
        raise InvalidInput(f"Use one of {', '.join(FEEDBACK_CODES)}.", "code")
    finding = (
        MissingAttestation.objects.select_for_update()
        .filter(public_id=finding_id, cpas=cpas)
        .first()
    )
    if finding is None:
        raise NotFound("There is no such finding of your CPAS.")
    if finding.status == MissingAttestation.Status.RESOLVED:
        raise InvalidInput("The finding is already resolved.", "missingAttestationId")
    finding.feedback_code, finding.feedback_comment = code, comment
    finding.status = (
        MissingAttestation.Status.NOTIFIED
        if code == "willAttest"
        else MissingAttestation.Status.JUSTIFIED
    )
    finding.save(update_fields=["feedback_code", "feedback_comment", "status"])
    return finding


def _persons_concerned() -> QuerySet[Person, int]:
    claimed = SubsidyClaim.objects.values("person_id")
    waiting = Decision.objects.filter(attestation_due_on__isnull=False).values("person_id")
    unresolved = MissingAttestation.objects.exclude(
        status=MissingAttestation.Status.RESOLVED
    ).values("person_id")
    return claimed.union(waiting, unresolved).values_list("person_id", flat=True)


def _chunks(person_ids: Iterable[int]) -> Iterator[list[int]]:
    ordered = sorted(person_ids)
    for start in range(0, len(ordered), CHUNK):
        yield ordered[start : start + CHUNK]


def _settle(
    person_ids: list[int], *, on: date, now: datetime, ticket: uuid.UUID
) -> ControlResult:
    found = {_key(finding): finding for finding in _findings(person_ids, on=on)}
    open_rows = MissingAttestation.objects.filter(person_id__in=person_ids).exclude(
        status=MissingAttestation.Status.RESOLVED
    )
    known = {_key(row): row for row in open_rows}
    gone = [row for key, row in known.items() if key not in found]
    for row in gone:
        row.status, row.resolved_at = MissingAttestation.Status.RESOLVED, now
    MissingAttestation.objects.bulk_update(gone, ["status", "resolved_at"], batch_size=500)
    new = MissingAttestation.objects.bulk_create(
        MissingAttestation(
            cpas_id=finding.cpas,
            person_id=finding.person,
            aid_kind=finding.aid_kind,
            period=finding.span,
            cause=finding.cause,
            due_on=finding.due_on,
            found_at=now,
            ticket=ticket,
        )
        for key, finding in found.items()
        if key not in known
    )
    _tell(gone, new, ticket=ticket, now=now)
    return ControlResult(len(person_ids), len(new), len(gone))


def _key(finding: gaps.Finding | MissingAttestation) -> tuple[object, ...]:
    if isinstance(finding, MissingAttestation):
        person, cpas, span = finding.person_id, finding.cpas_id, finding.period
    else:
        person, cpas, span = finding.person, finding.cpas, finding.span
    return (person, cpas, str(finding.aid_kind), str(finding.cause), span)


def _findings(person_ids: list[int], *, on: date) -> Iterator[gaps.Finding]:
    attested = [
        gaps.Attested(
            cpas=row["cpas_id"],
            person=row["person_id"],
            aid_kind=AidKind(row["aid_kind"]),
            span=row["period"],
            number=row["number"],
        )
        for row in Attestation.objects.filter(person_id__in=person_ids, superseded_at=None)
        .exclude(nature=Attestation.Nature.CANCELLATION)
        .values("cpas_id", "person_id", "aid_kind", "period", "number")
    ]
    claims = [
        gaps.Claimed(
            cpas=row["cpas_id"],
            person=row["person_id"],
            aid_kind=AidKind(row["aid_kind"]),
            month=row["month"],
        )
        for row in SubsidyClaim.objects.filter(person_id__in=person_ids).values(
            "cpas_id", "person_id", "aid_kind", "month"
        )
    ]
    yield from gaps.claim_findings(claims, attested, on=on)
    yield from gaps.decision_findings(_decisions(person_ids), attested, on=on)


def _decisions(person_ids: list[int]) -> list[gaps.Decided]:
    """All decisions of those persons of whom one still waits for its attestation.

    That happens where decisions are stored before they are attested, as bulk intake does; all
    others are attested in the transaction that records them.
    """
    waiting = Decision.objects.filter(person_id__in=person_ids, attestation_due_on__isnull=False)
    versions = DecisionVersion.objects.filter(
        decision__person_id__in=waiting.values("person_id"), superseded_at=None
    ).select_related("decision")
    return [
        gaps.Decided(
            cpas=version.decision.cpas_id,
            person=version.decision.person_id,
            aid_kind=AidKind(version.aid_kind),
            span=None if version.change == DecisionVersion.Change.CANCELLED else version.period,
            decided_on=version.decided_on,
            recorded_on=timezone.localdate(version.recorded_at),
            stopped=version.change == DecisionVersion.Change.STOPPED,
        )
        for version in versions
    ]


def _tell(
    gone: list[MissingAttestation],
    new: list[MissingAttestation],
    *,
    ticket: uuid.UUID,
    now: datetime,
) -> None:
    """Write the findings' changes to the ledger, with a version that grows per person and CPAS."""
    changed = sorted(
        [(row, True) for row in gone] + [(row, False) for row in new],
        key=lambda item: (item[0].person_id, item[0].cpas_id),
    )
    rows = []
    for (person_id, cpas_id), group in groupby(
        changed, key=lambda item: attrgetter("person_id", "cpas_id")(item[0])
    ):
        known = FactChange.objects.filter(
            kind=FactChange.Kind.MISSING, person_id=person_id, cpas_id=cpas_id
        ).count()
        rows += [
            FactChange(
                kind=FactChange.Kind.MISSING,
                person_id=person_id,
                cpas_id=cpas_id,
                missing=finding,
                resolved=resolved,
                version=known + step,
                ticket=ticket,
                recorded_at=now,
                derived_at=now,  # no right depends on a finding
            )
            for step, (finding, resolved) in enumerate(group, start=1)
        ]
    if rows:
        FactChange.objects.bulk_create(rows)
        facts_changed.ring_on_commit()
