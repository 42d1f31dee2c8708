"""Recording one decision: one look under the person's lock, and one statement that writes."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from attestations import clock
from attestations.bell import facts_changed
from attestations.errors import Overlap
from attestations.gap_rows import SEND_WITHIN_DAYS
from attestations.generation import DecisionContent, attestation_number, drafts_for
from attestations.models import (
    Attestation,
    Cpas,
    Decision,
    DecisionVersion,
    FactChange,
    MissingAttestation,
    PersonNumber,
)
from attestations.models.fields import to_range, to_span
from attestations.periods import Span
from attestations.prepared import prepared
from attestations.services import chained_rows, households, identities, persons
from attestations.services.decisions import Content
from attestations.services.expectations import Persons
from attestations.services.settling import break_silence, settle_locked
from attestations.ssin import Ssin


@dataclass(frozen=True)
class Recorded:
    """What was written: the decision, its first version and the attestation of that."""

    decision: Decision
    version: DecisionVersion
    attestation: Attestation


@dataclass(frozen=True)
class Seen:
    """What stands about a person and a CPAS, seen by whoever holds the person's lock."""

    now: datetime
    sequence: int  # of the next attestation
    told: int  # changes of attestations in the ledger so far
    has_claims_or_findings: bool
    is_silent: bool  # the CPAS, as a finding has it
    in_the_way: tuple[str, Span] | None  # number and period


# Asked at every decision, so prepared: each row is looked up by itself (OFFSET 0), or a planner
# that does not know whom it is about would read tables.
LOOK = """
WITH same AS (
    SELECT %(person)s::bigint AS id
    UNION ALL SELECT id FROM attestations_person WHERE merged_into_id = %(person)s
)
SELECT clock_timestamp(), nextval('attestations_attestation_number'),
    (SELECT count(*) FROM same CROSS JOIN LATERAL (
        SELECT FROM attestations_factchange
         WHERE person_id = same.id AND kind = 'attestation' AND cpas_id = %(cpas)s OFFSET 0
     ) AS told),
    EXISTS (SELECT FROM same CROSS JOIN LATERAL (
        SELECT FROM attestations_subsidyclaim WHERE person_id = same.id
        UNION ALL
        SELECT FROM attestations_missingattestation
         WHERE person_id = same.id AND status <> 'resolved' OFFSET 0
     ) AS concerning),
    EXISTS (SELECT FROM attestations_missingattestation
            WHERE person_id IS NULL AND cpas_id = %(cpas)s AND status <> 'resolved'),
    standing.number, standing.period
FROM (SELECT) AS nothing LEFT JOIN LATERAL (
    SELECT found.number, found.period FROM same CROSS JOIN LATERAL (
        SELECT number, period FROM attestations_attestation
         WHERE person_id = same.id AND cpas_id = %(cpas)s AND aid_kind = %(aid_kind)s
           AND period && %(period)s AND superseded_at IS NULL AND nature <> 'cancellation'
        OFFSET 0) AS found
    ORDER BY period LIMIT 1
) AS standing ON true
"""


@transaction.atomic(savepoint=False)
def record(*, cpas: Cpas, ssin: Ssin, content: Content, ticket: uuid.UUID) -> Recorded:
    """Record a decision and attest it. Raises DomainError, and then nothing was changed.

    Within a transaction of the caller's, the error must end that transaction too.
    """
    on = clock.today()
    content.check(on=on, ssin=ssin)
    numbers = persons.register_all([ssin, *content.named()])
    number = numbers[ssin.number]
    person_id = identities.lock_one(persons.root_id(number))
    members = households.placed(content.household or (), numbers)
    households.refuse_own(person_id, members)
    seen = _look(person_id, cpas, content)
    if seen.in_the_way is not None:
        raise Overlap.with_attestation(*seen.in_the_way)
    households.refuse_crowded(person_id, members)
    found = _rows(cpas, person_id, number, content, ticket=ticket, seen=seen)
    change = FactChange(
        kind=FactChange.Kind.ATTESTATION,
        person_id=person_id,
        cpas=cpas,
        attestation=found.attestation,
        version=seen.told + 1,
        ticket=ticket,
        recorded_at=seen.now,
    )
    chained_rows.insert(found.decision, found.version, found.attestation, change)
    if members:
        households.state(found.decision, members, span=content.span, ticket=ticket, now=seen.now)
    if on > content.decided_on + timedelta(days=SEND_WITHIN_DAYS):
        _note_late(found, now=seen.now)
    if seen.has_claims_or_findings:
        settle_locked(Persons.of(person_id), on=on, now=seen.now, ticket=ticket)
    if seen.is_silent:
        break_silence([cpas.pk], now=seen.now)
    facts_changed.ring_on_commit()
    return found


def _look(person_id: int, cpas: Cpas, content: Content) -> Seen:
    values = {
        "person": person_id,
        "cpas": cpas.pk,
        "aid_kind": content.aid_kind,
        "period": to_range(content.span),
    }
    with prepared() as cursor:
        cursor.execute(LOOK, values)
        now, sequence, told, concerned, is_silent, number, period = cursor.fetchone()
    in_the_way = None if number is None else (number, to_span(period))
    return Seen(now, sequence, told, concerned, is_silent, in_the_way)


def _rows(
    cpas: Cpas,
    person_id: int,
    number: PersonNumber,
    content: Content,
    *,
    ticket: uuid.UUID,
    seen: Seen,
) -> Recorded:
    (draft,) = drafts_for(DecisionContent(content.aid_kind, content.span), None)
    decision = Decision(
        cpas=cpas, person_id=person_id, reference=content.reference, created_at=seen.now
    )
    version = DecisionVersion(
        decision=decision,
        version=decision.version,
        change=DecisionVersion.Change.RECORDED,
        aid_kind=content.aid_kind,
        category=content.category or "",
        decided_on=content.decided_on,
        period=content.span,
        reference=content.reference,
        number_as_sent=number,
        ticket=ticket,
        recorded_at=seen.now,
    )
    attestation = Attestation(
        number=attestation_number(timezone.localtime(seen.now).year, seen.sequence),
        nature=draft.nature,
        attestation_type=draft.attestation_type,
        cpas=cpas,
        person_id=person_id,
        number_as_sent=number,
        decision_version=version,
        aid_kind=draft.aid_kind,
        period=draft.span,
        decided_on=content.decided_on,
        ticket=ticket,
        created_at=seen.now,
        sent_at=seen.now,
        recorded_at=seen.now,
    )
    return Recorded(decision, version, attestation)


def _note_late(found: Recorded, *, now: datetime) -> None:
    """Count a recording that came too late: a finding that is resolved as soon as it is found."""
    MissingAttestation.objects.create(
        cpas=found.decision.cpas,
        person_id=found.decision.person_id,
        aid_kind=found.version.aid_kind,
        period=found.version.period,
        cause=MissingAttestation.Cause.LATE,
        status=MissingAttestation.Status.RESOLVED,
        due_on=found.version.decided_on + timedelta(days=SEND_WITHIN_DAYS),
        found_at=now,
        resolved_at=now,
        ticket=found.version.ticket,
    )
