"""What goes out: the shapes of the contract, once as plain data and once as schema."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

from attestations.api.inputs import span_json
from attestations.models import Attestation, Decision, DecisionVersion, MissingAttestation
from attestations.services import households, persons


def _filled(**properties: Any) -> dict[str, Any]:
    """Only what has a value: empty properties are left out of answers."""
    return {name: value for name, value in properties.items() if value not in (None, "")}


def instant(value: Any) -> Any:
    """An instant with Brussels' offset."""
    return None if value is None else timezone.localtime(value)


def attestation(row: Attestation, *, with_decision: bool = False) -> dict[str, Any]:
    """An attestation; the decision's id is for the CPAS that owns it."""
    return _filled(
        attestationNumber=row.number,
        previousAttestationNumber=row.previous.number if row.previous else None,
        nature=row.nature,
        aidKind=row.aid_kind,
        **span_json(row.period),
        enterpriseNumber=row.cpas.enterprise_number,
        createdAt=instant(row.created_at),
        sentAt=instant(row.sent_at),
        superseded=row.superseded_at is not None,
        ticket=row.ticket,
        decisionId=row.decision_version.decision.public_id if with_decision else None,
    )


def decision(row: Decision) -> dict[str, Any]:
    """A decision as it stands, with its current attestations (whole chains in the history)."""
    current = row.versions.get(superseded_at=None)
    chain = _attestations(row)
    return {
        "decisionId": row.public_id,
        "version": row.version,
        "status": row.status,
        **_content(current),
        "attestations": [attestation(one, with_decision=True) for one in chain],
    }


def decision_history(row: Decision) -> dict[str, Any]:
    """Every version of the decision, and the household it names at present."""
    versions = row.versions.order_by("version")
    household = [
        {"ssin": ssin.number, "relation": relation} for ssin, relation in households.stated(row)
    ]
    number = persons.ssin_of([row.person_id])[row.person_id]
    return _filled(
        ssin=number,
        versions=[
            _filled(
                version=one.version,
                change=one.change,
                **_content(one),
                reason=one.reason,
                recordedAt=instant(one.recorded_at),
                ticket=one.ticket,
            )
            for one in versions
        ],
        household=household or None,
    )


def _content(version: DecisionVersion) -> dict[str, Any]:
    return _filled(
        aidKind=version.aid_kind,
        category=version.category,
        decidedOn=version.decided_on,
        **span_json(version.period),
        reference=version.reference,
    )


def _attestations(row: Decision) -> list[Attestation]:
    """The decision's chain, oldest first."""
    return list(
        Attestation.objects.filter(decision_version__decision=row)
        .select_related("cpas", "previous", "decision_version__decision")
        .order_by("id")
    )


def missing_attestation(row: MissingAttestation, ssin: str) -> dict[str, Any]:
    """A finding of the missing-attestation control."""
    return _filled(
        missingAttestationId=row.public_id,
        enterpriseNumber=row.cpas.enterprise_number,
        ssin=ssin,
        aidKind=row.aid_kind,
        **span_json(row.period),
        cause=row.cause,
        status=row.status,
        dueDate=row.due_on,
        foundAt=instant(row.found_at),
        resolvedAt=instant(row.resolved_at),
    )


# --- The same shapes as schema ---------------------------------------------------------------


class AttestationShape(serializers.Serializer[Any]):
    """An attestation."""

    attestationNumber = serializers.CharField(max_length=15)
    previousAttestationNumber = serializers.CharField(max_length=15, required=False)
    nature = serializers.ChoiceField(["original", "correction", "cancellation"])
    aidKind = serializers.CharField()
    startDate = serializers.DateField()
    endDate = serializers.DateField(required=False)
    enterpriseNumber = serializers.CharField()
    createdAt = serializers.DateTimeField()
    sentAt = serializers.DateTimeField(required=False)
    superseded = serializers.BooleanField()
    ticket = serializers.UUIDField()
    decisionId = serializers.UUIDField(required=False)


class DecisionShape(serializers.Serializer[Any]):
    """A decision with its attestations."""

    decisionId = serializers.UUIDField()
    version = serializers.IntegerField()
    status = serializers.ChoiceField(["active", "stopped", "cancelled"])
    aidKind = serializers.CharField()
    category = serializers.CharField(required=False)
    decidedOn = serializers.DateField()
    startDate = serializers.DateField()
    endDate = serializers.DateField(required=False)
    reference = serializers.CharField(required=False)
    attestations = AttestationShape(many=True)


class MissingAttestationShape(serializers.Serializer[Any]):
    """A finding of the missing-attestation control."""

    missingAttestationId = serializers.UUIDField()
    enterpriseNumber = serializers.CharField()
    ssin = serializers.CharField()
    aidKind = serializers.CharField()
    startDate = serializers.DateField()
    endDate = serializers.DateField(required=False)
    cause = serializers.CharField()
    status = serializers.CharField()
    dueDate = serializers.DateField()
    foundAt = serializers.DateTimeField()
    resolvedAt = serializers.DateTimeField(required=False)


def page_of(name: str, shape: type[serializers.Serializer[Any]]) -> Any:
    """The schema of a page of items."""
    return inline_serializer(
        name,
        {
            "items": shape(many=True),
            "self": serializers.CharField(required=False),
            "first": serializers.CharField(required=False),
            "next": serializers.CharField(required=False),
            "pageSize": serializers.IntegerField(required=False),
            "total": serializers.IntegerField(required=False),
        },
    )
