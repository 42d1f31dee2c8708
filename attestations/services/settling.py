"""From what is missing now to the findings: opened, kept, and closed when the days have come."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Count

from attestations import clock, gap_warnings
from attestations.bell import facts_changed
from attestations.codes import Cause
from attestations.findings import Key, compare
from attestations.gap_rows import Finding
from attestations.models import Attestation, FactChange, MissingAttestation
from attestations.periods import Span
from attestations.services import identities
from attestations.services.expectations import Persons, findings

Status = MissingAttestation.Status


@dataclass(frozen=True)
class ControlResult:
    """How many persons were looked at, and how many findings were opened and resolved."""

    persons: int = 0
    opened: int = 0
    resolved: int = 0


@dataclass(frozen=True)
class Known:
    """A finding on record that is not over, of a person as known today."""

    row: MissingAttestation
    person: int | None

    @property
    def key(self) -> Key:
        return self.row.cpas_id, self.person, self.row.aid_kind or None, str(self.row.cause)

    @property
    def period(self) -> Span:
        return self.row.period


@dataclass(frozen=True)
class Differences:
    """What must be written: findings to open, findings that are over, recordings that were late."""

    opened: list[Finding]
    over: list[Known]
    late: list[Finding]

    @property
    def persons(self) -> set[int]:
        rows: Iterable[Finding | Known] = [*self.opened, *self.over, *self.late]
        return {row.person for row in rows if row.person is not None}


def settle(persons: Persons, *, on: date, ticket: uuid.UUID) -> ControlResult:
    """Bring the findings of many persons up to date. Sound persons are only read, not locked."""
    suspected = _differences(persons, on=on).persons
    if not suspected:
        return ControlResult()
    with transaction.atomic():
        # Looked at again, alone: somebody may have recorded in between, or replaced a number.
        alone = identities.lock(suspected).roots(suspected)
        return write(
            _differences(Persons.of(*alone), on=on), now=clock.database_now(), ticket=ticket
        )


def settle_locked(persons: Persons, *, on: date, now: datetime, ticket: uuid.UUID) -> None:
    """The same for persons whose locks the caller holds."""
    write(_differences(persons, on=on), now=now, ticket=ticket)


def settle_silence(*, on: date, now: datetime, ticket: uuid.UUID) -> ControlResult:
    """Bring the findings about silent CPAS up to date; an attestation of theirs closes them."""
    sendings = Attestation.objects.order_by().values_list("cpas_id", "created_at__date").distinct()
    known = [
        Known(row, None)
        for row in MissingAttestation.objects.filter(cause=Cause.SILENCE).exclude(
            status=Status.RESOLVED
        )
    ]
    opened, over = compare(gap_warnings.silence_findings(sendings, on=on), known)
    return write(Differences(opened, over, []), now=now, ticket=ticket)


def break_silence(cpas_ids: Collection[int], *, now: datetime) -> None:
    """These CPAS have sent something: findings that they were silent are over.

    Nobody is told, as a silence names no person. Nor does anybody wait here: a finding that
    somebody else is closing is left to them, and if they fail to the next control.
    """
    rows = MissingAttestation.objects.filter(person=None, cpas__in=cpas_ids).order_by()
    rows = rows.exclude(status=Status.RESOLVED).select_for_update(skip_locked=True)
    if found := list(rows.values_list("pk", flat=True)):
        MissingAttestation.objects.filter(pk__in=found).update(
            status=Status.RESOLVED, resolved_at=now
        )


def _differences(persons: Persons, *, on: date) -> Differences:
    found = findings(persons, on=on)
    rows = MissingAttestation.objects.filter(persons.where("person_id")).order_by()
    known = [
        Known(row, root)
        for row in rows.exclude(status=Status.RESOLVED)
        if row.person_id is not None and (root := persons.known_as(row.person_id)) is not None
    ]
    opened, over = compare((one for one in found if one.cause != Cause.LATE), known)
    return Differences(opened, over, _not_yet_counted(found, persons))


def _not_yet_counted(found: list[Finding], persons: Persons) -> list[Finding]:
    """The late recordings among them that have no finding; it is made once and never open."""
    late = [finding for finding in found if finding.cause == Cause.LATE]
    if not late:
        return []
    rows = MissingAttestation.objects.filter(
        persons.where("person_id"), cause=Cause.LATE
    ).values_list("cpas_id", "person_id", "aid_kind", "period")
    counted = {
        (cpas, persons.known_as(person), aid_kind, span)
        for cpas, person, aid_kind, span in rows
        if person is not None
    }
    unique = {(one.cpas, one.person, one.aid_kind, one.span): one for one in late}
    return [finding for key, finding in unique.items() if key not in counted]


def write(differences: Differences, *, now: datetime, ticket: uuid.UUID) -> ControlResult:
    """Write them, and tell the stages below."""
    MissingAttestation.objects.filter(pk__in=[known.row.pk for known in differences.over]).update(
        status=Status.RESOLVED, resolved_at=now
    )
    opened = MissingAttestation.objects.bulk_create(
        (_row(finding, now=now, ticket=ticket) for finding in differences.opened), batch_size=1_000
    )
    MissingAttestation.objects.bulk_create(
        _row(finding, now=now, ticket=ticket, status=Status.RESOLVED, resolved_at=now)
        for finding in differences.late
    )
    changes = [
        _Change(known.person, known.row.cpas_id, known.row.pk, resolved=True)
        for known in differences.over
        if known.person is not None
    ]
    changes += [
        _Change(row.person_id, row.cpas_id, row.pk, resolved=False)
        for row in opened
        if row.person_id is not None
    ]
    _tell(changes, ticket=ticket, now=now)
    return ControlResult(len(differences.persons), len(opened), len(differences.over))


def _row(
    finding: Finding,
    *,
    now: datetime,
    ticket: uuid.UUID,
    status: str = Status.OPEN,
    resolved_at: datetime | None = None,
) -> MissingAttestation:
    return MissingAttestation(
        cpas_id=finding.cpas,
        person_id=finding.person,
        aid_kind=finding.aid_kind or "",
        period=finding.span,
        cause=finding.cause,
        due_on=finding.due_on,
        status=status,
        found_at=now,
        resolved_at=resolved_at,
        ticket=ticket,
    )


@dataclass(frozen=True)
class _Change:
    person: int
    cpas: int
    finding: int
    resolved: bool


def _tell(changes: list[_Change], *, ticket: uuid.UUID, now: datetime) -> None:
    """Write the findings' changes to the ledger, with a version that grows per person and CPAS."""
    if not changes:
        return
    concerned = {change.person for change in changes}
    same = identities.known(concerned)
    told = (
        FactChange.objects.filter(kind=FactChange.Kind.MISSING, person__in=same.ids(concerned))
        .order_by()
        .values_list("person_id", "cpas_id")
        .annotate(Count("id"))
    )
    versions: defaultdict[tuple[int, int | None], int] = defaultdict(int)
    for person, cpas, count in told:
        versions[same.root(person), cpas] += count
    rows = []
    for change in sorted(changes, key=lambda one: (one.person, one.cpas)):
        versions[change.person, change.cpas] += 1
        rows.append(
            FactChange(
                kind=FactChange.Kind.MISSING,
                person_id=change.person,
                cpas_id=change.cpas,
                missing_id=change.finding,
                resolved=change.resolved,
                version=versions[change.person, change.cpas],
                ticket=ticket,
                recorded_at=now,
                derived_at=now,  # no right depends on a finding
            )
        )
    FactChange.objects.bulk_create(rows, batch_size=1_000)
    facts_changed.ring_on_commit()
