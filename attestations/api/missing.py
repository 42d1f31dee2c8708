"""Subsidy claims, and the findings of the missing-attestation control."""

from __future__ import annotations

import re
import uuid
from datetime import date
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import override
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from attestations.api import item_batches, pages, shapes
from attestations.api.idempotency import IDEMPOTENCY, idempotent
from attestations.api.inputs import (
    CodeField,
    FlagField,
    ItemsField,
    PlainField,
    SsinField,
    StrictSerializer,
    TextField,
    query_error,
    strict,
    strict_query,
)
from attestations.api.permissions import caller, own_cpas
from attestations.api.problems import issue
from attestations.api.tasks import TaskShape, accepted
from attestations.bell import control_asked
from attestations.codes import AidKind, Feedback
from attestations.models import BackgroundTask, MissingAttestation
from attestations.services import access, claims, missing, persons
from attestations.tickets import current_ticket

MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)


@extend_schema_field({"type": "string", "pattern": f"^{MONTH.pattern}$", "example": "2026-03"})
class MonthField(TextField):
    """A month as yyyy-MM; its Python value is the first day."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str) or not MONTH.fullmatch(data):
            raise serializers.ValidationError("Write a month as yyyy-MM.", "schemaViolation")
        if data < "1974":
            raise serializers.ValidationError("No aid was claimed before 1974.", "ext/outOfRange")
        return date.fromisoformat(f"{data}-01")


class ClaimInput(StrictSerializer):
    """A month of aid that a CPAS claimed."""

    enterpriseNumber = TextField(max_length=10)
    ssin = SsinField()
    aidKind = CodeField(AidKind)
    month = MonthField()


@extend_schema_field(ClaimInput(many=True))
class ClaimItems(ItemsField):
    """Claims, each judged by itself."""


class ClaimBatch(StrictSerializer):
    """Up to 10,000 claims; `atomic` makes it all or nothing."""

    items = ClaimItems()
    atomic = FlagField(required=False)


class SubsidyClaims(APIView):
    scopes: ClassVar[frozenset[str]] = frozenset({"registry:claims"})

    @extend_schema(
        operation_id="recordSubsidyClaims",
        request=ClaimBatch,
        responses={202: TaskShape},
        parameters=[IDEMPOTENCY],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Store what CPAS claimed; the monthly control crosses it with the attestations."""
        batch = strict(ClaimBatch, request)
        atomic = batch.get("atomic", False)
        judged = item_batches.judge(batch["items"], lambda _item: ClaimInput)
        if not (atomic and judged.bad):
            judged.refuse(_of_unknown_cpas(judged.good))
        return item_batches.take_in(
            judged,
            kind="subsidyClaims",
            owner=caller(request).owner,
            atomic=atomic,
            store=lambda items: claims.store(map(_claim, items), ticket=current_ticket()),
        )


def _claim(data: dict[str, Any]) -> claims.Claim:
    return claims.Claim(data["enterpriseNumber"], data["ssin"], data["aidKind"], data["month"])


@override("en")  # as fates are kept
def _of_unknown_cpas(items: list[tuple[int, dict[str, Any]]]) -> dict[int, list[dict[str, Any]]]:
    """The issues, by index, of claims of a CPAS that is not registered."""
    unknown = claims.unknown_cpas(data["enterpriseNumber"] for _, data in items)
    detail = "No CPAS is registered under this number."
    found = issue("referencedResourceNotFound", "enterpriseNumber", detail)
    return {index: [found] for index, data in items if data["enterpriseNumber"] in unknown}


class Control(APIView):
    scopes: ClassVar[frozenset[str]] = frozenset({"registry:claims"})

    @extend_schema(
        operation_id="controlMissingAttestations",
        request=StrictSerializer,
        responses={202: TaskShape},
        parameters=[IDEMPOTENCY],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Run the control now; a task that can be followed."""
        strict(StrictSerializer, request)
        task = BackgroundTask.objects.create(kind="control", owner=caller(request).owner)
        control_asked.ring_on_commit()
        return accepted(task)


class MissingAttestations(APIView):
    scopes: ClassVar[frozenset[str]] = frozenset({"registry:record", "registry:claims"})

    @extend_schema(
        operation_id="listMissingAttestations",
        parameters=[
            OpenApiParameter("status", str, enum=MissingAttestation.Status.values),
            OpenApiParameter("cause", str, enum=MissingAttestation.Cause.values),
            OpenApiParameter("enterpriseNumber", str),
            *pages.DOCUMENTED,
        ],
        responses=shapes.page_of("MissingAttestations", shapes.MissingAttestationShape),
    )
    def get(self, request: Request) -> Response:
        """The open findings of the caller's CPAS; a federal service sees those of every CPAS."""
        parameters = strict_query(
            request, ["status", "cause", "enterpriseNumber", *pages.PARAMETERS]
        )
        rows = self._rows(request, parameters)
        with access.reading(caller(request), operation="listMissingAttestations") as reading:

            def render(found: list[MissingAttestation]) -> list[dict[str, Any]]:
                named = [row.person_id for row in found if row.person_id is not None]
                numbers = persons.ssin_of(named)
                reading.served(*named)
                return [
                    shapes.missing_attestation(
                        row, None if row.person_id is None else numbers[row.person_id]
                    )
                    for row in found
                ]

            body = pages.page(request, rows.select_related("cpas"), render)
        return Response(body)

    def _rows(
        self, request: Request, parameters: dict[str, str]
    ) -> QuerySet[MissingAttestation, MissingAttestation]:
        rows = MissingAttestation.objects.all()
        if "registry:claims" not in caller(request).scopes:
            rows = rows.filter(cpas=own_cpas(request))
        if "enterpriseNumber" in parameters:
            rows = rows.filter(cpas__enterprise_number=parameters["enterpriseNumber"])
        for name, choices in (
            ("status", MissingAttestation.Status),
            ("cause", MissingAttestation.Cause),
        ):
            if name in parameters:
                if parameters[name] not in choices.values:
                    raise query_error(name, f"Use one of: {', '.join(choices.values)}.")
                rows = rows.filter(**{name: parameters[name]})
        if "status" not in parameters:
            rows = rows.filter(status__in=MissingAttestation.LIVE)
        return rows


class FeedbackInput(StrictSerializer):
    """The CPAS's answer to a finding."""

    code = CodeField(Feedback)
    comment = PlainField(max_length=500, required=False, allow_blank=True)


class MissingAttestationFeedback(APIView):
    scopes: ClassVar[frozenset[str]] = frozenset({"registry:record"})

    @extend_schema(
        operation_id="answerMissingAttestation",
        request=FeedbackInput,
        responses=shapes.MissingAttestationShape,
        parameters=[IDEMPOTENCY],
    )
    def post(self, request: Request, missingAttestationId: uuid.UUID) -> Response:
        """Answer a finding: `willAttest` keeps it open, every other code justifies it."""
        # The answer names the person, also where it is the kept answer to a call sent again.
        with access.reading(caller(request), operation="answerMissingAttestation") as reading:
            response = self._answered(request, missingAttestationId)
            finding = MissingAttestation.objects.get(public_id=missingAttestationId)
            if finding.person_id is not None:
                reading.served(finding.person_id)
            return response

    @idempotent
    def _answered(self, request: Request, finding_id: uuid.UUID) -> Response:
        data = strict(FeedbackInput, request)
        finding = missing.give_feedback(
            cpas=own_cpas(request),
            finding_id=finding_id,
            code=data["code"],
            comment=data.get("comment", ""),
        )
        person = finding.person_id
        ssin = None if person is None else persons.ssin_of([person])[person]
        return Response(shapes.missing_attestation(finding, ssin))
