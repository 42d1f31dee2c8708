"""Replaced numbers, as the federal service reports them."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from attestations.api.idempotency import IDEMPOTENCY, idempotent
from attestations.api.inputs import DayField, SsinField, StrictSerializer, strict
from attestations.services import replacing
from attestations.tickets import current_ticket


class ReplacementInput(StrictSerializer):
    """`ssin` was replaced by `replacedBy` on `date`."""

    ssin = SsinField()
    replacedBy = SsinField()
    date = DayField()


class ReplacementShape(serializers.Serializer[Any]):
    """A replacement as it is recorded."""

    ssin = serializers.CharField()
    replacedBy = serializers.CharField()
    date = serializers.DateField()


class SsinReplacements(APIView):
    scopes: ClassVar[frozenset[str]] = frozenset({"registry:claims"})

    @extend_schema(
        operation_id="recordSsinReplacement",
        request=ReplacementInput,
        responses={201: ReplacementShape, 200: ReplacementShape},
        parameters=[IDEMPOTENCY],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Record that a number was replaced: both lead to one history. 200 if it was recorded."""
        data = strict(ReplacementInput, request)
        found = replacing.replace(
            ssin=data["ssin"],
            replaced_by=data["replacedBy"],
            on=data["date"],
            ticket=current_ticket(),
        )
        body = {
            "ssin": found.ssin.number,
            "replacedBy": found.replaced_by.number,
            "date": found.date,
        }
        return Response(body, status=201 if found.is_new else 200)
