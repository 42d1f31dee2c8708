"""What a recipient answers to an event."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from attestations.api import shapes
from attestations.api.idempotency import IDEMPOTENCY, idempotent
from attestations.api.inputs import OneOfField, StrictSerializer, TextField, strict
from attestations.api.masking import without_ssin
from attestations.api.permissions import caller
from attestations.errors import UnknownReference
from attestations.tickets import current_ticket
from partners.models import EventFeedback
from partners.services import feedback


class EventFeedbackInput(StrictSerializer):
    """The event, what became of it in the caller's files, and why."""

    eventId = serializers.UUIDField()
    outcome = OneOfField(EventFeedback.Outcome.values)
    # Masked rather than refused: a program answers, and what became of the event must arrive.
    reason = TextField(max_length=500, required=False)


class EventFeedbackShape(serializers.Serializer[Any]):
    """An answer that was kept; what reads like a SSIN in the reason was not."""

    eventId = serializers.UUIDField()
    outcome = serializers.ChoiceField(EventFeedback.Outcome.values)
    reason = serializers.CharField(required=False)
    receivedAt = serializers.DateTimeField()
    ticket = serializers.UUIDField()


class Feedback(APIView):
    scopes: ClassVar[frozenset[str]] = frozenset({"registry:subscribe", "registry:consult"})

    @extend_schema(
        operation_id="answerEvent",
        request=EventFeedbackInput,
        responses={201: EventFeedbackShape},
        parameters=[IDEMPOTENCY],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Say what became of an event: applied, refused, or about a person the caller knows not."""
        data = strict(EventFeedbackInput, request)
        try:
            row = feedback.give(
                organisation_id=caller(request).organisation_id,
                event_id=data["eventId"],
                outcome=data["outcome"],
                reason=without_ssin(data.get("reason", "")),
                ticket=current_ticket(),
            )
        except UnknownReference as error:
            unknown = ErrorDetail(error.detail, error.code)
            raise ValidationError({"eventId": [unknown]}) from error
        return Response(_answer(row, data["eventId"]), status=201)


def _answer(row: EventFeedback, event_id: uuid.UUID) -> dict[str, Any]:
    body: dict[str, Any] = {"eventId": event_id, "outcome": row.outcome}
    if row.reason:
        body["reason"] = row.reason
    return body | {"receivedAt": shapes.instant(row.at), "ticket": row.ticket}
