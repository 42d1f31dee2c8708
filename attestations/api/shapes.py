"""What goes out: the shapes of the contract, once as plain data and once as schema."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

from attestations.api.inputs import span_json
from attestations.codes import AidKind, Category, HouseholdRelation
from attestations.models import (
    Attestation,
    Decision,
    DecisionVersion,
    MissingAttestation,
)
from attestations.recorded import believed
from attestations.services import households, persons
from attestations.services.recording import Recorded

AID_KINDS = [kind.value for kind in AidKind]
CATEGORIES = [category.value for category in Category]
# How a decision stands after the last change that is known.
STATUS: dict[str, str] = {
    DecisionVersion.Change.RECORDED: Decision.Status.ACTIVE,
    DecisionVersion.Change.REVISED: Decision.Status.ACTIVE,
    DecisionVersion.Change.STOPPED: Decision.Status.STOPPED,
    DecisionVersion.Change.CANCELLED: Decision.Status.CANCELLED,
}


def _filled(**properties: Any) -> dict[str, Any]:
    """Only what has a value: empty properties are left out of answers."""
    return {name: value for name, value in properties.items() if value not in (None, "")}


def instant(value: Any) -> Any:
    """An instant with Brussels' offset."""
    return None if value is None else timezone.localtime(value)


def attestation(
    row: Attestation, *, with_decision: bool = False, known_at: datetime | None = None
) -> dict[str, Any]:
    """An attestation, as believed at an instant; the decision's id is for the CPAS that owns it."""
    superseded = row.superseded_at is not None and (
        known_at is None or row.superseded_at <= known_at
    )
    return _filled(
        attestationNumber=row.number,
        previousAttestationNumber=row.previous.number if row.previous else None,
        nature=row.nature,
        aidKind=row.aid_kind,
        **span_json(row.period),
        enterpriseNumber=row.cpas.enterprise_number,
        createdAt=instant(row.created_at),
        sentAt=instant(row.sent_at),
        superseded=superseded,
        ticket=row.ticket,
        decisionId=row.decision_version.decision.public_id if with_decision else None,
    )


def decision(row: Decision) -> dict[str, Any]:
    """A decision as it stands, with the chain of its attestations, oldest first."""
    (only,) = decisions([row])
    return only


def recorded(found: Recorded) -> dict[str, Any]:
    """The same for one that was recorded just now, from the rows at hand."""
    return _decision(
        found.decision, found.version, [attestation(found.attestation, with_decision=True)]
    )


def decisions(
    rows: Sequence[Decision], *, known_at: datetime | None = None
) -> list[dict[str, Any]]:
    """Decisions as they stand, or stood at an instant, in two queries however many they are.

    What changes between the two is left out: a version is shown with what was known when it came.
    """
    current = {
        version.decision_id: version
        for version in DecisionVersion.objects.filter(believed(known_at), decision__in=rows)
    }
    chains: defaultdict[int, list[Attestation]] = defaultdict(list)
    for one in (
        Attestation.objects.filter(decision_version__decision__in=rows)
        .select_related("cpas", "previous", "decision_version__decision")
        .order_by("id")
    ):
        chains[one.decision_version.decision_id].append(one)
    return [
        _decision(row, current[row.pk], _chain(chains[row.pk], current[row.pk])) for row in rows
    ]


def _chain(rows: Sequence[Attestation], version: DecisionVersion) -> list[dict[str, Any]]:
    """The attestations up to a version, as they stood with it."""
    at = version.recorded_at
    known = (row for row in rows if row.recorded_at <= at)
    return [attestation(row, with_decision=True, known_at=at) for row in known]


def _decision(
    row: Decision, version: DecisionVersion, attestations: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "decisionId": row.public_id,
        "version": version.version,
        "status": STATUS[version.change],
        **_content(version),
        "attestations": attestations,
    }


def decision_history(row: Decision, *, version: int) -> dict[str, Any]:
    """The versions of the decision up to one, and the household that it named with that one."""
    versions = list(row.versions.filter(version__lte=version).order_by("version"))
    household = [
        {"ssin": ssin.number, "relation": relation}
        for ssin, relation in households.stated(row, known_at=versions[-1].recorded_at)
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


def missing_attestation(row: MissingAttestation, ssin: str | None) -> dict[str, Any]:
    """A finding of the missing-attestation control; a silent CPAS is one without a person."""
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


class PeriodShape(serializers.Serializer[Any]):
    """A period; without `endDate` it is open."""

    startDate = serializers.DateField()
    endDate = serializers.DateField(required=False)


class AttestationShape(serializers.Serializer[Any]):
    """An attestation."""

    attestationNumber = serializers.CharField(max_length=15)
    previousAttestationNumber = serializers.CharField(max_length=15, required=False)
    nature = serializers.ChoiceField(Attestation.Nature.values)
    aidKind = serializers.ChoiceField(AID_KINDS)
    startDate = serializers.DateField()
    endDate = serializers.DateField(required=False)
    enterpriseNumber = serializers.CharField()
    createdAt = serializers.DateTimeField()
    sentAt = serializers.DateTimeField(required=False)
    superseded = serializers.BooleanField()
    ticket = serializers.UUIDField()
    decisionId = serializers.UUIDField(required=False)


class ContentShape(serializers.Serializer[Any]):
    """What a decision says."""

    aidKind = serializers.ChoiceField(AID_KINDS)
    category = serializers.ChoiceField(CATEGORIES, required=False)
    decidedOn = serializers.DateField()
    startDate = serializers.DateField()
    endDate = serializers.DateField(required=False)
    reference = serializers.CharField(required=False)


class DecisionShape(ContentShape):
    """A decision with its attestations."""

    decisionId = serializers.UUIDField()
    version = serializers.IntegerField()
    status = serializers.ChoiceField(Decision.Status.values)
    replacedBy = serializers.CharField(required=False)
    attestations = AttestationShape(many=True)


class VersionShape(ContentShape):
    """A version of a decision, and what made it."""

    version = serializers.IntegerField()
    change = serializers.ChoiceField(DecisionVersion.Change.values)
    reason = serializers.CharField(required=False)
    recordedAt = serializers.DateTimeField()
    ticket = serializers.UUIDField()


class MemberShape(serializers.Serializer[Any]):
    """A member of the household, and what the member is to the person."""

    ssin = serializers.CharField()
    relation = serializers.ChoiceField([relation.value for relation in HouseholdRelation])


class DecisionFileShape(DecisionShape):
    """A decision with its person, its household and all its versions."""

    ssin = serializers.CharField()
    versions = VersionShape(many=True)
    household = MemberShape(many=True, required=False)


class MissingAttestationShape(serializers.Serializer[Any]):
    """A finding of the missing-attestation control."""

    missingAttestationId = serializers.UUIDField()
    enterpriseNumber = serializers.CharField()
    ssin = serializers.CharField(required=False)
    aidKind = serializers.ChoiceField(AID_KINDS, required=False)
    startDate = serializers.DateField()
    endDate = serializers.DateField(required=False)
    cause = serializers.ChoiceField(MissingAttestation.Cause.values)
    status = serializers.ChoiceField(MissingAttestation.Status.values)
    dueDate = serializers.DateField()
    foundAt = serializers.DateTimeField()
    resolvedAt = serializers.DateTimeField(required=False)


def page_of(name: str, shape: type[serializers.Serializer[Any]]) -> Any:
    """The schema of a page of items."""
    return inline_serializer(
        name,
        {
            "items": shape(many=True),
            "self": serializers.CharField(),
            "first": serializers.CharField(),
            "next": serializers.CharField(required=False),
            "pageSize": serializers.IntegerField(),
            "total": serializers.IntegerField(required=False),
        },
    )


def list_of(
    name: str,
    shape: type[serializers.Serializer[Any]],
    **others: serializers.Field[Any, Any, Any, Any],
) -> Any:
    """The schema of items that come all at once."""
    return inline_serializer(
        name,
        {"items": shape(many=True), "self": serializers.CharField(required=False), **others},
    )
