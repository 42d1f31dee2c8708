"""Rights of up to a million persons: asked at once, answered by the workers, read as a stream."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Any, ClassVar, cast

import msgspec
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ParseError, ValidationError
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from attestations import clock
from attestations.api.batches import LinesParser
from attestations.api.idempotency import IDEMPOTENCY, idempotent
from attestations.api.inputs import (
    SSIN_SCHEMA,
    DayField,
    InstantField,
    PeriodInput,
    StrictSerializer,
    TextField,
    span_of,
    strict_query,
)
from attestations.api.json import JSONParser, JSONRenderer
from attestations.api.permissions import caller
from attestations.api.tasks import TaskShape, accepted
from attestations.json_faults import NOT_JSON, fault_of
from attestations.tickets import current_ticket
from partners.api.consultations import SCOPES, authorised_rights, day_as_span, one_of
from partners.models import Authorisation
from partners.services import answering
from partners.services.access import authorised

MAX_PERSONS = 1_000_000
HOW_MANY = f"Give 1 to {MAX_PERSONS} persons."
NDJSON = "application/x-ndjson"


@extend_schema_field(
    {"type": "array", "items": SSIN_SCHEMA, "minItems": 1, "maxItems": MAX_PERSONS}
)
class SsinsField(serializers.Field[Iterable[str], Any, Any, Any]):
    """Up to a million SSINs; what is none is refused later, by its index."""

    def to_internal_value(self, data: Any) -> Iterable[str]:
        if isinstance(data, _Lines):
            return data
        if not isinstance(data, list) or not 0 < len(data) <= MAX_PERSONS:
            raise serializers.ValidationError(HOW_MANY, "schemaViolation")
        return [_one_line(item) for item in data]

    def to_representation(self, value: Any) -> Any:
        return value


class RightsBatchQuery(StrictSerializer):
    """Whose rights, which ones, on which day or in which period, and as known when."""

    legalContext = TextField(max_length=64)
    ssins = SsinsField()
    rights = serializers.ListField(child=TextField(max_length=64), required=False)
    date = DayField(required=False)
    period = PeriodInput(required=False)
    knownAt = InstantField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        one_of(attrs, "date", "period")
        return attrs


class LinesRenderer(BaseRenderer):
    """For negotiation only: the stream is made by the view."""

    media_type = NDJSON
    format = "ndjson"

    def render(self, data: Any, *_args: object, **_kwargs: object) -> bytes:
        return JSONRenderer().render(data)


class RightsBatches(APIView):
    scopes: ClassVar[frozenset[str]] = SCOPES
    parser_classes = (JSONParser, LinesParser)

    @extend_schema(
        operation_id="queryRightsBatch",
        request={"application/json": RightsBatchQuery, NDJSON: OpenApiTypes.BINARY},
        responses={202: TaskShape},
        parameters=[IDEMPOTENCY],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Rights of up to a million persons; the task's `result.href` leads to the answer.

        As lines of JSON: the question first, without `ssins`, then one person per line, as
        `{"ssin": "..."}`. Persons are counted from 0, without the first line and blank ones.
        """
        strict_query(request, [])
        body = _body(request)
        authorisation = authorised(
            caller(request).organisation_id, body.get("legalContext"), on=clock.today()
        )
        serializer = RightsBatchQuery(data=body)
        serializer.is_valid(raise_exception=True)
        data = serializer.validated_data
        task = answering.ask(
            authorisation,
            _question(data, authorisation),
            data["ssins"],
            owner=caller(request).owner,
            ticket=current_ticket(),
        )
        return accepted(task)


class RightsBatchAnswer(APIView):
    scopes: ClassVar[frozenset[str]] = SCOPES
    renderer_classes = (JSONRenderer, LinesRenderer)

    @extend_schema(
        operation_id="getRightsBatchAnswer",
        responses={(200, NDJSON): OpenApiResponse(OpenApiTypes.BINARY, "One right per line.")},
    )
    def get(self, request: Request, taskId: uuid.UUID) -> StreamingHttpResponse:
        """The answer, one person and right per line, as in `rights/query`; kept for seven days."""
        strict_query(request, [])
        lines = answering.answer(
            taskId,
            organisation_id=caller(request).organisation_id,
            owner=caller(request).owner,
        )
        return StreamingHttpResponse(lines, content_type=NDJSON)


def _question(data: dict[str, Any], authorisation: Authorisation) -> answering.Question:
    return answering.Question(
        authorised_rights(data.get("rights"), authorisation),
        span_of(data["period"]) if "period" in data else day_as_span(data["date"]),
        data.get("knownAt"),
    )


def _body(request: Request) -> dict[str, Any]:
    """The question with its persons, from either form."""
    body = cast(dict[str, Any], request.data)
    lines = body.get("lines")
    if not isinstance(lines, bytes):
        return body
    stream = BytesIO(lines)
    first = next((line for line in stream if line.strip()), b"")
    try:
        question = msgspec.json.decode(first)
    except NOT_JSON as error:
        raise ParseError(f"The first line is not valid JSON: {fault_of(error)}") from error
    if not isinstance(question, dict):
        raise ParseError("The first line must be the question, a JSON object.")
    if "ssins" in question:
        detail = ErrorDetail("In lines, each person has a line.", "ext/rejectedInput")
        raise ValidationError({"ssins": [detail]})
    return question | {"ssins": _Lines(stream)}


class _Person(msgspec.Struct, forbid_unknown_fields=True):
    ssin: str


class _Lines:
    """The persons of the lines that are left, read one by one.

    Raises ValidationError after the last of too many, and where there are none.
    """

    def __init__(self, stream: Iterable[bytes]) -> None:
        self.stream = stream

    def __iter__(self) -> Iterator[str]:
        decoder, found = msgspec.json.Decoder(_Person), 0
        for line in self.stream:
            if not line.strip():
                continue
            found += 1
            if found > MAX_PERSONS:
                break
            try:
                yield _one_line(decoder.decode(line).ssin)
            except NOT_JSON:
                yield ""
        if not 0 < found <= MAX_PERSONS:
            raise ValidationError({"ssins": [ErrorDetail(HOW_MANY, "schemaViolation")]})


def _one_line(item: Any) -> str:
    """The text, if it can stand on a line of its own; otherwise what is surely no SSIN."""
    return item if isinstance(item, str) and len(item) == 11 and item.isalnum() else ""
