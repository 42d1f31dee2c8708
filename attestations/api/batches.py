"""Decisions by the batch: as JSON or as lines of JSON, each item judged by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, cast

from django.utils import timezone
from django.utils.translation import gettext as framework_text  # not collected: its own texts
from django.utils.translation import override
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from attestations import clock
from attestations.api.decision_inputs import DecisionInput
from attestations.api.idempotency import IDEMPOTENCY, idempotent
from attestations.api.inputs import (
    MAX_ITEMS,
    FlagField,
    ItemsField,
    StrictSerializer,
    query_error,
    strict,
    strict_query,
)
from attestations.api.json import JSONParser, read_body
from attestations.api.permissions import caller, own_cpas
from attestations.api.problems import item_issues
from attestations.api.tasks import TaskShape, accepted
from attestations.models import BackgroundTask
from attestations.services.bulk import Line, Outcome, Refused, record_all
from attestations.services.bulk_items import Unacceptable, read_item, read_line
from attestations.tickets import current_ticket

MAX_LINES_BODY = 256 * 1024 * 1024
MAX_LINES = 10 * MAX_ITEMS  # blank ones included
ATOMIC = OpenApiParameter(
    "atomic", bool, description="true: all or nothing. In a JSON body it may stand there instead."
)


class LinesParser(BaseParser):
    """Takes lines of JSON, at most 256 MiB, as they are: each is judged by itself."""

    media_type = "application/x-ndjson"

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        return {"lines": read_body(stream, parser_context, limit=MAX_LINES_BODY)}


@extend_schema_field(DecisionInput(many=True))
class DecisionItems(ItemsField):
    """Decisions, each judged by itself: here only their number is looked at."""

    def to_internal_value(self, data: Any) -> list[Any]:
        if isinstance(data, list) and 0 < len(data) <= MAX_ITEMS:
            return data
        return super().to_internal_value(data)


class DecisionBatch(StrictSerializer):
    """Up to 10,000 decisions; `atomic` makes it all or nothing."""

    items = DecisionItems()
    atomic = FlagField(required=False)


class Batches(APIView):
    scopes: ClassVar[frozenset[str]] = frozenset({"registry:record"})
    parser_classes = (JSONParser, LinesParser)

    @extend_schema(
        operation_id="recordDecisions",
        request={
            "application/json": DecisionBatch,
            "application/x-ndjson": OpenApiTypes.BINARY,
        },
        responses={202: TaskShape},
        parameters=[ATOMIC, IDEMPOTENCY],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Record up to 10,000 decisions; the task tells the fate of each, by index from 0.

        Lines of JSON are counted from 0 too, blank ones included. The work is done when the answer
        comes: no body with SSINs waits anywhere.
        """
        cpas = own_cpas(request)
        atomic = _atomic_asked(request)
        lines, bad = [], []
        on = clock.today()
        for index, read, raw in _raw_items(request):
            try:
                sound = read(raw, on=on)
                lines.append(Line(index, cpas.pk, sound.ssin, sound.content))
            except Unacceptable as error:
                bad.append(Refused.unread(index, error))
        outcome = record_all(
            lines, ticket=current_ticket(), atomic=atomic, check_only=atomic and bool(bad)
        )
        task = _task(
            outcome,
            sorted([*bad, *outcome.refused], key=lambda one: one.index),
            failed=atomic and not outcome.recorded,
            total=len(lines) + len(bad),
            owner=caller(request).owner,
        )
        return accepted(task)


def _atomic_asked(request: Request) -> bool:
    asked = strict_query(request, ["atomic"]).get("atomic", "false")
    if asked not in ("true", "false"):
        raise query_error("atomic", "Write true or false.")
    return asked == "true" or _body(request).get("atomic") is True


def _body(request: Request) -> dict[str, Any]:
    """What the parsers give: an object, or the lines as they came."""
    return cast(dict[str, Any], request.data)


def _raw_items(request: Request) -> Iterator[tuple[int, Any, Any]]:
    """Each item with its index and what reads it; a ValidationError for an unreadable envelope."""
    lines = _body(request).get("lines")
    if not isinstance(lines, bytes):
        batch = strict(DecisionBatch, request, parameters=["atomic"])
        return ((index, read_item, item) for index, item in enumerate(batch["items"]))
    # Looked at before they are taken apart: 256 MiB hold so many empty lines that they would take
    # gigabytes.
    too_many = lines.count(b"\n") > MAX_LINES
    found = [
        (index, read_line, line)
        for index, line in enumerate([] if too_many else lines.split(b"\n"))
        if line.strip()
    ]
    detail = None
    if too_many or len(found) > MAX_ITEMS:
        detail = framework_text("Ensure this field has no more than {max_length} elements.")
        detail = detail.format(max_length=MAX_ITEMS)
    elif not found:
        detail = framework_text("This list may not be empty.")
    if detail is not None:
        raise ValidationError({"body": [ErrorDetail(detail, "schemaViolation")]})
    return iter(found)


@override("en")  # as fates are kept
def _task(
    outcome: Outcome, refused: list[Refused], *, failed: bool, total: int, owner: str
) -> BackgroundTask:
    """The task that tells the fates; it is done already."""
    accepted = len(outcome.recorded)
    decisions = [
        {"index": index, "decisionId": public_id} for index, public_id in outcome.recorded.items()
    ]
    return BackgroundTask.objects.create(
        kind="decisions",
        owner=owner,
        status=BackgroundTask.Status.FAILED if failed else BackgroundTask.Status.DONE,
        total=total,
        accepted=accepted,
        rejected=total - accepted,
        issues=[_fate(one) for one in refused],
        result={"decisions": decisions} if decisions else None,
        finished_at=timezone.now(),
    )


def _fate(refused: Refused) -> dict[str, Any]:
    return {"index": refused.index, "issues": list(item_issues(refused.issues))}
