"""The caller's subscriptions and their secrets."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from attestations.api import pages, shapes
from attestations.api.idempotency import IDEMPOTENCY, idempotent
from attestations.api.inputs import (
    FlagField,
    OneOfField,
    PlainField,
    StrictSerializer,
    TextField,
    WholeField,
    strict,
    strict_query,
)
from attestations.api.pages import each
from attestations.api.permissions import caller
from derived_rights.engine.catalogue import rights as catalogue
from partners.addresses import MAX_URL_LENGTH
from partners.api.consultations import purpose
from partners.models import Authorisation, EndpointProbe, Subscription
from partners.routing import TOPICS
from partners.services import subscriptions
from partners.services.subscriptions import Wanted
from partners.signing import PRIVATE, public_key

MAX_BATCH = 1_000


class SubscriptionInput(StrictSerializer):
    """What the caller wants to be told; without `endpoint` it will poll."""

    legalContext = TextField(max_length=64)
    rights = serializers.ListField(child=TextField(max_length=64), required=False)
    events = serializers.ListField(child=OneOfField(TOPICS), required=False)
    endpoint = PlainField(max_length=MAX_URL_LENGTH, required=False)
    signature = OneOfField(Subscription.Signature.values, required=False)
    batchSize = WholeField(min_value=1, max_value=MAX_BATCH, required=False)
    thin = FlagField(required=False)


class ProbeShape(serializers.Serializer[Any]):
    """A message to the endpoint that is no event: a test, or the challenge that comes first."""

    eventId = serializers.UUIDField()
    kind = serializers.ChoiceField(EndpointProbe.Kind.values)
    status = serializers.ChoiceField(EndpointProbe.Status.values)
    attempts = serializers.IntegerField()
    httpStatus = serializers.IntegerField(required=False)
    error = serializers.CharField(required=False)
    askedAt = serializers.DateTimeField()
    finishedAt = serializers.DateTimeField(required=False)
    ticket = serializers.UUIDField()


class SubscriptionShape(serializers.Serializer[Any]):
    """A subscription; `secret` checks its signatures, and is shown when it is made only."""

    subscriptionId = serializers.UUIDField()
    legalContext = serializers.CharField()
    rights = serializers.ListField(child=serializers.CharField())
    events = serializers.ListField(child=serializers.CharField())
    endpoint = serializers.CharField(required=False)
    signature = serializers.ChoiceField(Subscription.Signature.values)
    batchSize = serializers.IntegerField()
    thin = serializers.BooleanField()
    status = serializers.ChoiceField(Subscription.Status.values)
    endpointStatus = serializers.ChoiceField(["pending", "proved", "failed"], required=False)
    lastTest = ProbeShape(required=False)
    secret = serializers.CharField(required=False)


def subscription_json(row: Subscription, secret: str | None = None) -> dict[str, Any]:
    """A subscription, with its secret if it was made just now."""
    body: dict[str, Any] = {
        "subscriptionId": row.public_id,
        "legalContext": row.legal_context,
        "rights": row.rights,
        "events": row.events,
        "signature": row.signature,
        "batchSize": row.batch_size,
        "thin": row.thin,
        "status": row.status,
    }
    if row.endpoint:
        body["endpoint"] = row.endpoint
        body["endpointStatus"] = _endpoint_status(row)
    last = row.probes.filter(kind=EndpointProbe.Kind.TEST).first()
    if last is not None:
        body["lastTest"] = probe_json(last)
    if secret is not None:
        body["secret"] = shown(secret)
    return body


def _endpoint_status(row: Subscription) -> str:
    if row.proved_at is not None:
        return "proved"
    last = row.probes.filter(kind=EndpointProbe.Kind.CHALLENGE).first()
    return "failed" if last and last.status == EndpointProbe.Status.FAILED else "pending"


def probe_json(row: EndpointProbe) -> dict[str, Any]:
    """A probe, and what came of it so far."""
    body: dict[str, Any] = {
        "eventId": row.event_id,
        "kind": row.kind,
        "status": row.status,
        "attempts": row.attempts,
        "askedAt": shapes.instant(row.asked_at),
        "ticket": row.ticket,
    }
    if row.http_status is not None:
        body["httpStatus"] = row.http_status
    if row.error:
        body["error"] = row.error
    if row.finished_at is not None:
        body["finishedAt"] = shapes.instant(row.finished_at)
    return body


def shown(secret: str) -> str:
    """What the recipient checks signatures with: of a pair of keys, the public half."""
    return public_key(secret) if secret.startswith(PRIVATE) else secret


def _wanted(request: Request) -> Wanted:
    authorisation = purpose(request)
    data = strict(SubscriptionInput, request)
    _check_authorised(data, authorisation)
    return Wanted(
        legal_context=authorisation.legal_context,
        rights=data.get("rights", []),
        events=data.get("events", []),
        endpoint=data.get("endpoint", ""),
        signature=data.get("signature", "v1"),
        batch_size=data.get("batchSize", 1),
        thin=data.get("thin", False),
    )


def _check_authorised(data: dict[str, Any], authorisation: Authorisation) -> None:
    """Unknown codes are input errors; rights that are not authorised are refused."""
    unknown: dict[Any, Any] = {
        index: [ErrorDetail("There is no such right.", "referencedResourceNotFound")]
        for index, code in enumerate(data.get("rights", []))
        if code not in catalogue()
    }
    if unknown:
        raise ValidationError({"rights": unknown})
    if not set(data.get("rights", [])) <= set(authorisation.rights):
        raise PermissionDenied("This authorisation does not cover every right you ask for.")
    rejected: dict[Any, Any] = {
        index: [ErrorDetail("The authorisation does not cover it.", "ext/rejectedInput")]
        for index, topic in enumerate(data.get("events", []))
        if topic not in authorisation.events
    }
    if rejected:
        raise ValidationError({"events": rejected})


SUBSCRIBE = frozenset({"registry:subscribe"})


class Subscriptions(APIView):
    scopes: ClassVar[frozenset[str]] = SUBSCRIBE

    @extend_schema(
        operation_id="listSubscriptions",
        responses=shapes.page_of("Subscriptions", SubscriptionShape),
        parameters=pages.DOCUMENTED,
    )
    def get(self, request: Request) -> Response:
        """The caller's subscriptions."""
        strict_query(request, pages.PARAMETERS)
        rows = Subscription.objects.filter(
            organisation=caller(request).organisation_id, removed_at=None
        )
        return Response(pages.page(request, rows, each(subscription_json)))

    @extend_schema(
        operation_id="subscribe",
        request=SubscriptionInput,
        responses={201: SubscriptionShape},
        parameters=[IDEMPOTENCY],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Subscribe; the signing secret is shown in this answer and never again."""
        subscription, secret = subscriptions.subscribe(
            organisation_id=caller(request).organisation_id, wanted=_wanted(request)
        )
        response = Response(subscription_json(subscription, secret), status=201)
        response["Location"] = f"/registry/v1/subscriptions/{subscription.public_id}"
        return response


class OneSubscription(APIView):
    scopes: ClassVar[frozenset[str]] = SUBSCRIBE

    def own(self, request: Request, subscription_id: uuid.UUID) -> Subscription:
        return subscriptions.own(caller(request).organisation_id, subscription_id)

    @extend_schema(operation_id="getSubscription", responses=SubscriptionShape)
    def get(self, request: Request, subscriptionId: uuid.UUID) -> Response:
        """One subscription of the caller's."""
        strict_query(request, [])
        return Response(subscription_json(self.own(request, subscriptionId)))

    @extend_schema(
        operation_id="changeSubscription",
        request=SubscriptionInput,
        responses=SubscriptionShape,
    )
    def put(self, request: Request, subscriptionId: uuid.UUID) -> Response:
        """Replace what the subscription asks for; a suspended one is active again.

        Another kind of signature comes with another secret, shown in this answer only.
        """
        subscription = self.own(request, subscriptionId)
        return Response(subscription_json(*subscriptions.change(subscription, _wanted(request))))

    @extend_schema(operation_id="unsubscribe", responses={204: None})
    def delete(self, request: Request, subscriptionId: uuid.UUID) -> Response:
        """End the subscription; what entered the feed stays there."""
        strict_query(request, [])
        subscriptions.remove(self.own(request, subscriptionId))
        return Response(status=204)
