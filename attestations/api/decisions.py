"""The calls of a CPAS about its own decisions."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from attestations import clock
from attestations.api import pages, shapes
from attestations.api.decision_inputs import (
    CancellationInput,
    DecisionInput,
    DecisionQuery,
    RevisionInput,
    StopInput,
    content_of,
)
from attestations.api.idempotency import IDEMPOTENCY, idempotent
from attestations.api.if_match import IF_MATCH, versions_asked
from attestations.api.inputs import (
    span_of,
    strict,
    strict_query,
)
from attestations.api.permissions import caller, own_cpas
from attestations.models import Cpas, Decision
from attestations.periods import Span
from attestations.services import access, asking, decisions, persons, recording
from attestations.services.bulk_items import read_item
from attestations.tickets import current_ticket


class DecisionView(APIView):
    """What the calls on decisions share: the scope, and the shape of an answer."""

    scopes: ClassVar[frozenset[str]] = frozenset({"registry:record"})

    def answer(self, decision: Decision) -> Response:
        response = Response(body := shapes.decision(decision))
        response["ETag"] = f'"{body["version"]}"'
        return response

    def changed(self, request: Request, decision: Decision, *, operation: str) -> Response:
        """The decision as it now stands: that shows of its person what the caller did not send."""
        with access.reading(caller(request), operation=operation) as reading:
            reading.served(decision.person_id)
            return self.answer(decision)


class Decisions(DecisionView):
    @extend_schema(
        operation_id="recordDecision",
        request=DecisionInput,
        responses={201: shapes.DecisionShape},
        parameters=[IDEMPOTENCY],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Record a decision for the caller's CPAS; its attestations come with the answer."""
        strict_query(request, [])
        read = read_item(request.data, on=clock.today())
        found = recording.record(
            cpas=own_cpas(request), ssin=read.ssin, content=read.content, ticket=current_ticket()
        )
        body = shapes.recorded(found)
        # A number that was replaced is kept as sent; its sender is told the one in use.
        in_use = persons.replaced_by(found.version.number_as_sent)
        response = Response(body if in_use is None else body | {"replacedBy": in_use}, status=201)
        response["ETag"] = f'"{found.version.version}"'
        response["Location"] = f"/registry/v1/decisions/{found.decision.public_id}"
        return response


class OneDecision(DecisionView):
    @extend_schema(operation_id="getDecision", responses=shapes.DecisionFileShape)
    def get(self, request: Request, decisionId: uuid.UUID) -> Response:
        """The decision as it stands, its versions and its attestations."""
        strict_query(request, [])
        with access.reading(caller(request), operation="getDecision") as reading:
            decision = decisions.find(cpas=own_cpas(request), decision_id=decisionId)
            reading.served(decision.person_id)
            response = self.answer(decision)
            version = response.data["version"]
            response.data |= shapes.decision_history(decision, version=version)
        return response


class Revisions(DecisionView):
    @extend_schema(
        operation_id="reviseDecision",
        request=RevisionInput,
        responses=shapes.DecisionShape,
        parameters=[IF_MATCH, IDEMPOTENCY],
    )
    @idempotent
    def post(self, request: Request, decisionId: uuid.UUID) -> Response:
        """Replace the decision's content: a new version, a correction attestation."""
        cpas, versions = _change_asked(request, decisionId)
        data = strict(RevisionInput, request)
        decision = decisions.revise(
            cpas=cpas,
            decision_id=decisionId,
            expected_versions=versions,
            content=content_of(data),
            reason=data["reason"],
            ticket=current_ticket(),
        )
        return self.changed(request, decision, operation="reviseDecision")


class Stop(DecisionView):
    @extend_schema(
        operation_id="stopDecision",
        request=StopInput,
        responses=shapes.DecisionShape,
        parameters=[IF_MATCH, IDEMPOTENCY],
    )
    @idempotent
    def post(self, request: Request, decisionId: uuid.UUID) -> Response:
        """End the aid: a correction that shortens. What had begun elsewhere may run on."""
        cpas, versions = _change_asked(request, decisionId)
        data = strict(StopInput, request)
        decision = decisions.stop(
            cpas=cpas,
            decision_id=decisionId,
            expected_versions=versions,
            last_day=data["endDate"],
            reason=data["reason"],
            ticket=current_ticket(),
        )
        return self.changed(request, decision, operation="stopDecision")


class Cancellation(DecisionView):
    @extend_schema(
        operation_id="cancelDecision",
        request=CancellationInput,
        responses=shapes.DecisionShape,
        parameters=[IF_MATCH, IDEMPOTENCY],
    )
    @idempotent
    def post(self, request: Request, decisionId: uuid.UUID) -> Response:
        """Say that the decision should never have existed: a cancellation attestation."""
        cpas, versions = _change_asked(request, decisionId)
        data = strict(CancellationInput, request)
        decision = decisions.cancel(
            cpas=cpas,
            decision_id=decisionId,
            expected_versions=versions,
            reason=data["reason"],
            ticket=current_ticket(),
        )
        return self.changed(request, decision, operation="cancelDecision")


class DecisionsQuery(DecisionView):
    @extend_schema(
        operation_id="queryDecisions",
        request=DecisionQuery,
        responses=shapes.page_of("Decisions", shapes.DecisionShape),
        parameters=pages.DOCUMENTED,
    )
    def post(self, request: Request) -> Response:
        """The caller's own decisions on a person or under a reference, newest first.

        Under two clocks: whose aid covers a day or period, as known now or at an instant.
        """
        data = strict(DecisionQuery, request, parameters=pages.PARAMETERS)
        cpas, known_at = own_cpas(request), data.get("knownAt")
        with access.reading(caller(request), operation="queryDecisions") as reading:
            rows = asking.decisions_of(
                cpas=cpas,
                ssin=data.get("ssin"),
                reference=data.get("reference"),
                during=_days_asked(data),
                known_at=known_at,
            )

            def render(found: list[Decision]) -> list[dict[str, Any]]:
                reading.served(*(row.person_id for row in found))
                return shapes.decisions(found, known_at=known_at)

            body = pages.page(request, rows, render)
        return Response(body)


def _days_asked(data: Mapping[str, Any]) -> Span | None:
    if "date" in data:
        return Span.inclusive(data["date"], data["date"])
    return span_of(data["period"]) if "period" in data else None


def _change_asked(request: Request, decision_id: uuid.UUID) -> tuple[Cpas, frozenset[int] | None]:
    """The caller's CPAS and the versions that it may change by its `If-Match`: None is any.

    A decision that is not the caller's is absent, whatever version was given.
    """
    strict_query(request, [])
    cpas = own_cpas(request)
    decisions.find(cpas=cpas, decision_id=decision_id)
    return cpas, versions_asked(request.headers.get("If-Match"))
