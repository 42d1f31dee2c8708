"""The missing-attestation control, for those who record, ask, and answer."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction

from attestations import clock
from attestations.codes import Feedback
from attestations.errors import InvalidInput, NotFound
from attestations.models import Cpas, MissingAttestation, Person, SubsidyClaim
from attestations.services import control_runs
from attestations.services.expectations import Persons
from attestations.services.settling import ControlResult, settle_locked


def control(*, on: date, ticket: uuid.UUID) -> ControlResult:
    """Compare everything expected with everything attested, here and to the end."""
    run = control_runs.begin(on=on, ticket=ticket)
    while control_runs.work(run):
        pass
    control_runs.finish(run)
    run.refresh_from_db()
    return ControlResult(run.persons, run.opened, run.resolved)


def settle_person(person: Person, *, on: date, now: datetime, ticket: uuid.UUID) -> None:
    """Close or open the findings of one person at once; the caller holds the person's lock.

    Persons without claims and findings, which are nearly all, cost a look at each.
    """
    concerned = Persons.of(person.pk)
    theirs = concerned.where("person_id")
    standing = MissingAttestation.objects.filter(theirs).exclude(
        status=MissingAttestation.Status.RESOLVED
    )
    if standing.exists() or SubsidyClaim.objects.filter(theirs).exists():
        settle_locked(concerned, on=on, now=now, ticket=ticket)


def note_told(finding_ids: Iterable[int], *, cpas_id: int, now: datetime) -> None:
    """The CPAS has been told of these findings of its own: what was open is `notified`."""
    MissingAttestation.objects.filter(
        pk__in=list(finding_ids), cpas=cpas_id, status=MissingAttestation.Status.OPEN
    ).update(status=MissingAttestation.Status.NOTIFIED, notified_at=now)


@transaction.atomic
def give_feedback(
    *, cpas: Cpas, finding_id: uuid.UUID, code: Feedback, comment: str
) -> MissingAttestation:
    """The CPAS answers a finding: `willAttest` keeps it open, any other code justifies it."""
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
    finding.notified_at = finding.notified_at or clock.database_now()
    finding.status = (
        MissingAttestation.Status.NOTIFIED
        if code == Feedback.WILL_ATTEST
        else MissingAttestation.Status.JUSTIFIED
    )
    finding.save(update_fields=["feedback_code", "feedback_comment", "status", "notified_at"])
    return finding
