"""The files that a recipient holds: the reference directory as it sees it."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from attestations.api import item_batches, pages
from attestations.api.idempotency import IDEMPOTENCY, idempotent
from attestations.api.inputs import (
    DayField,
    FlagField,
    ItemsField,
    PeriodInput,
    PlainField,
    SsinField,
    StrictSerializer,
    span_json,
    span_of,
    strict,
)
from attestations.api.permissions import caller
from attestations.api.shapes import list_of, page_of
from attestations.api.tasks import TaskShape
from attestations.services import access, identities, persons
from attestations.tickets import current_ticket
from partners.models import Inscription
from partners.services import inscriptions
from partners.services.inscriptions import File

SCOPES = frozenset({"registry:consult"})


class InscriptionInput(PeriodInput):
    """A person on whom the caller holds a file, in what quality, and since when."""

    ssin = SsinField()
    qualityCode = PlainField(max_length=16)


class RemovalInput(StrictSerializer):
    """Which inscription ends, and its last day."""

    ssin = SsinField()
    qualityCode = PlainField(max_length=16)
    endDate = DayField()


class InscriptionQuery(StrictSerializer):
    """Everyone, or one person."""

    ssin = SsinField(required=False)


@extend_schema_field(InscriptionInput(many=True))
class InscriptionItems(ItemsField):
    """Inscriptions, each judged by itself."""


class InscriptionBatch(StrictSerializer):
    """Up to 10,000 inscriptions; `atomic` makes it all or nothing."""

    items = InscriptionItems()
    atomic = FlagField(required=False)


class InscriptionShape(serializers.Serializer[Any]):
    """An inscription."""

    inscriptionId = serializers.UUIDField()
    ssin = serializers.CharField()
    qualityCode = serializers.CharField()
    startDate = serializers.DateField()
    endDate = serializers.DateField(required=False)


def inscription_json(row: Inscription, ssin: str) -> dict[str, Any]:
    return {
        "inscriptionId": row.public_id,
        "ssin": ssin,
        "qualityCode": row.quality_code,
        **span_json(row.period),
    }


class Inscriptions(APIView):
    scopes: ClassVar[frozenset[str]] = SCOPES

    @extend_schema(
        operation_id="registerInscription",
        request=InscriptionInput,
        responses={201: InscriptionShape},
        parameters=[IDEMPOTENCY],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Say that the caller holds a file on a person; past changes become deliverable."""
        data = strict(InscriptionInput, request)
        row = inscriptions.register(
            organisation_id=caller(request).organisation_id,
            ssin=data["ssin"],
            quality_code=data["qualityCode"],
            span=span_of(data),
            ticket=current_ticket(),
        )
        return Response(inscription_json(row, data["ssin"].number), status=201)


class InscriptionBatches(APIView):
    scopes: ClassVar[frozenset[str]] = SCOPES

    @extend_schema(
        operation_id="registerInscriptions",
        request=InscriptionBatch,
        responses={202: TaskShape},
        parameters=[IDEMPOTENCY],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Register many inscriptions; each item's fate is reported."""
        batch = strict(InscriptionBatch, request)
        return item_batches.take_in(
            item_batches.judge(batch["items"], lambda _item: InscriptionInput),
            kind="inscriptions",
            owner=caller(request).owner,
            atomic=batch.get("atomic", False),
            store=lambda items: inscriptions.register_all(
                organisation_id=caller(request).organisation_id,
                files=[File(data["ssin"], data["qualityCode"], span_of(data)) for data in items],
                ticket=current_ticket(),
            ),
        )


class InscriptionsQuery(APIView):
    scopes: ClassVar[frozenset[str]] = SCOPES

    @extend_schema(
        operation_id="queryInscriptions",
        request=InscriptionQuery,
        responses=page_of("Inscriptions", InscriptionShape),
        parameters=pages.DOCUMENTED,
    )
    def post(self, request: Request) -> Response:
        """The caller's standing inscriptions, newest first."""
        data = strict(InscriptionQuery, request, parameters=pages.PARAMETERS)
        rows = Inscription.objects.filter(
            organisation=caller(request).organisation_id, superseded_at=None
        )
        if "ssin" in data:
            number = persons.find(data["ssin"])
            same = identities.ids_of(persons.root_id(number)) if number else ()
            rows = rows.filter(person_id__in=same)
        with access.reading(caller(request), operation="queryInscriptions") as reading:

            def render(found: list[Inscription]) -> list[dict[str, Any]]:
                numbers = persons.ssin_of(row.person_id for row in found)
                reading.served(*numbers)
                return [inscription_json(row, numbers[row.person_id]) for row in found]

            body = pages.page(request, rows, render)
        return Response(body)


class InscriptionsRemoval(APIView):
    scopes: ClassVar[frozenset[str]] = SCOPES

    @extend_schema(
        operation_id="removeInscription",
        request=RemovalInput,
        responses=list_of("RemovedInscriptions", InscriptionShape),
        parameters=[IDEMPOTENCY],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """End the caller's inscription of a person; the answer holds what is left of it."""
        data = strict(RemovalInput, request)
        left = inscriptions.remove(
            organisation_id=caller(request).organisation_id,
            ssin=data["ssin"],
            quality_code=data["qualityCode"],
            last_day=data["endDate"],
            ticket=current_ticket(),
        )
        return Response({"items": [inscription_json(row, data["ssin"].number) for row in left]})
