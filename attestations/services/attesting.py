"""From a decision's version to the attestations it must have, as rows."""

from __future__ import annotations

from datetime import datetime

from django.db import connection
from django.utils import timezone

from attestations.codes import AidKind, Nature
from attestations.errors import Overlap
from attestations.generation import (
    DecisionContent,
    Draft,
    Issued,
    attestation_number,
    drafts_for,
)
from attestations.models import Attestation, DecisionVersion, FactChange
from attestations.models.fields import to_range
from attestations.periods import Timeline
from attestations.services.identities import Identities, known


def attest(
    version: DecisionVersion, *, now: datetime, identities: Identities | None = None
) -> list[Attestation]:
    """Issue and send what the version demands; the caller holds the person's lock.

    A chain stays with the person under whom it began, whoever that person was merged into; the
    ledger names the person as known today. Raises Overlap, naming the attestation in the way,
    before anything is written.
    """
    if identities is None:
        identities = known([version.decision.person_id])
    current = _current(version)
    drafts = drafts_for(_content(version), _issued(current))
    if not drafts and current is not None and version.change == DecisionVersion.Change.REVISED:
        # What the attestation shows is unchanged, but a revision restates all data, and rights
        # depend on some that are not shown, such as the day of the decision.
        drafts = (_restated(current),)
    return [_issue(draft, version, current, identities, now=now) for draft in drafts]


def _current(version: DecisionVersion) -> Attestation | None:
    if version.change == DecisionVersion.Change.RECORDED:
        return None  # a new decision: nothing is attested yet
    return (
        Attestation.objects.filter(
            decision_version__decision=version.decision_id, superseded_at=None
        )
        .exclude(nature=Attestation.Nature.CANCELLATION)
        .first()
    )


def _content(version: DecisionVersion) -> DecisionContent | None:
    if version.change == DecisionVersion.Change.CANCELLED:
        return None
    return DecisionContent(aid_kind=AidKind(version.aid_kind), span=version.period)


def _issued(attestation: Attestation | None) -> Issued | None:
    if attestation is None:
        return None
    return Issued(
        number=attestation.number,
        aid_kind=AidKind(attestation.aid_kind),
        span=attestation.period,
        nature=Nature(attestation.nature),
    )


def _restated(current: Attestation) -> Draft:
    return Draft(
        nature=Nature.CORRECTION,
        attestation_type=current.attestation_type,
        aid_kind=current.aid_kind,
        span=current.period,
        previous=current.number,
    )


def _issue(
    draft: Draft,
    version: DecisionVersion,
    current: Attestation | None,
    identities: Identities,
    *,
    now: datetime,
) -> Attestation:
    decision = version.decision
    previous = current if draft.previous else None
    same_person = identities.ids([decision.person_id])
    if draft.nature != Nature.CANCELLATION:
        _refuse_overlap(draft, version, current, same_person)
    if previous is not None:
        previous.superseded_at = now
        previous.save(update_fields=["superseded_at"])
    number, told = _next(decision.cpas_id, same_person, now=now)
    attestation = Attestation.objects.create(
        number=number,
        nature=draft.nature,
        previous=previous,
        attestation_type=draft.attestation_type,
        cpas_id=decision.cpas_id,
        person_id=decision.person_id,
        number_as_sent_id=version.number_as_sent_id,
        decision_version=version,
        aid_kind=draft.aid_kind,
        period=draft.span,
        decided_on=version.decided_on,
        ticket=version.ticket,
        created_at=now,
        sent_at=now,
        recorded_at=now,
    )
    FactChange.objects.create(
        kind=FactChange.Kind.ATTESTATION,
        person_id=identities.root(decision.person_id),
        cpas_id=decision.cpas_id,
        attestation=attestation,
        version=told + 1,
        ticket=version.ticket,
        recorded_at=now,
    )
    return attestation


def _refuse_overlap(
    draft: Draft, version: DecisionVersion, current: Attestation | None, same_person: set[int]
) -> None:
    """Refuse days that the CPAS attests elsewhere; those it attested twice before a merge stay."""
    added = Timeline([draft.span])
    if current is not None and current.aid_kind == draft.aid_kind:
        added -= Timeline([current.period])
    candidates = (
        Attestation.objects.filter(
            person_id__in=same_person,
            cpas_id=version.decision.cpas_id,
            aid_kind=draft.aid_kind,
            superseded_at=None,
            period__overlap=to_range(draft.span),
        )
        .exclude(nature=Attestation.Nature.CANCELLATION)
        .exclude(pk__in=[current.pk] if current else [])
        .order_by("period")
    )
    in_the_way = next((row for row in candidates if added & Timeline([row.period])), None)
    if in_the_way is not None:
        raise Overlap.with_attestation(in_the_way.number, in_the_way.period)


def _next(cpas_id: int, same_person: set[int], *, now: datetime) -> tuple[str, int]:
    """The next number, and how many changes of this person and CPAS the ledger holds so far."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval('attestations_attestation_number'),"
            " (SELECT count(*) FROM attestations_factchange"
            "  WHERE kind = 'attestation' AND cpas_id = %s AND person_id = ANY(%s))",
            [cpas_id, list(same_person)],
        )
        sequence, told = cursor.fetchone()
    return attestation_number(timezone.localtime(now).year, sequence), told
