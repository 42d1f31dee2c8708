"""The caller's feed, its subscriptions and its deliveries."""

from __future__ import annotations

import time
import uuid
from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from attestations.api import pages, shapes
from attestations.api.decisions import IDEMPOTENCY
from attestations.api.idempotency import idempotent
from attestations.api.inputs import StrictSerializer, TextField, query_error, strict, strict_query
from attestations.api.problems import Problem
from attestations.services.access import reading
from derived_rights.engine.catalogue import rights as catalogue
from partners.api.consultations import purpose
from partners.models import Authorisation, DeliveryAttempt, FeedEntry, FeedHead, Subscription
from partners.routing import TOPICS
from partners.services import events, subscriptions
from partners.services.subscriptions import Wanted

LONGEST_WAIT_SECONDS = 30
LOOK_AGAIN_SECONDS = 0.2
MAX_BATCH = 1_000


class FeedShape(serializers.Serializer[Any]):
    """A page of the feed; pass `cursor` as `after` next time, also when `items` is empty."""

    items = serializers.ListField(child=serializers.DictField())
    cursor = serializers.CharField()
    next = serializers.CharField(required=False)
    self = serializers.CharField()
    pageSize = serializers.IntegerField()


class Events(APIView):
    scopes: ClassVar[frozenset[str]] = frozenset({"registry:subscribe", "registry:consult"})

    @extend_schema(
        operation_id="listEvents",
        parameters=[
            OpenApiParameter("after", str),
            OpenApiParameter("pageSize", int),
            OpenApiParameter("wait", int),
        ],
        responses=FeedShape,
    )
    def get(self, request: Request) -> Response:
        """The caller's events after a cursor, oldest first; `wait` holds until one comes."""
        parameters = strict_query(request, ["after", "pageSize", "wait"])
        size = pages.page_size(parameters)
        organisation = request.user.organisation_id
        epoch = events.current_epoch()
        after = _position(parameters.get("after", ""), epoch, organisation)
        _wait(organisation, after, _seconds(parameters.get("wait", "0")))
        with reading(request.user, operation="listEvents") as noted:
            entries = list(
                events.with_changes(
                    FeedEntry.objects.filter(organisation=organisation, position__gt=after)
                ).order_by("position")[:size]
            )
            noted.served(*(entry.person_id for entry in entries))
            items = events.render(entries)
        last = entries[-1].position if entries else after
        cursor = f"{epoch}.{last}"
        body = {
            "items": items,
            "cursor": cursor,
            "self": request.get_full_path(),
            "pageSize": size,
        }
        if len(entries) == size:
            body["next"] = f"{request.path}?after={cursor}&pageSize={size}"
        return Response(body)


def _position(after: str, epoch: str, organisation_id: int) -> int:
    """The position that a cursor names; a cursor of another epoch is an explicit problem."""
    if not after:
        return 0
    named, _, text = after.rpartition(".")
    if not (text.isascii() and text.isdigit() and len(text) < 19 and named):
        raise query_error("after", "Pass the cursor as it was given.")
    position = int(text)
    if named == epoch:
        return position
    head = FeedHead.objects.filter(organisation_id=organisation_id).first()
    raise Problem(
        "streamEpochChanged",
        "The feed was restored since this cursor was given: compare, then go on after the last "
        "common position.",
        epoch=epoch,
        lastCommonPosition=min(position, head.position if head else 0),
    )


def _seconds(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 4):
        raise query_error("wait", "Give a whole number of seconds.")
    return min(int(text), LONGEST_WAIT_SECONDS)


def _wait(organisation_id: int, after: int, seconds: int) -> None:
    """Return when the feed has grown beyond `after`, or the seconds are over."""
    until = time.monotonic() + seconds
    grown = FeedHead.objects.filter(organisation_id=organisation_id, position__gt=after)
    while time.monotonic() < until and not grown.exists():
        time.sleep(LOOK_AGAIN_SECONDS)


class SubscriptionInput(StrictSerializer):
    """What the caller wants to be told; without `endpoint` it will poll."""

    legalContext = TextField(max_length=64)
    rights = serializers.ListField(child=TextField(max_length=64), required=False)
    events = serializers.ListField(child=serializers.ChoiceField(TOPICS), required=False)
    endpoint = TextField(max_length=500, required=False)
    signature = serializers.ChoiceField(["v1", "v1a"], required=False)
    batchSize = serializers.IntegerField(min_value=1, max_value=MAX_BATCH, required=False)
    thin = serializers.BooleanField(required=False)


class SubscriptionShape(serializers.Serializer[Any]):
    """A subscription; the secret stands in the answer to its creation only."""

    subscriptionId = serializers.UUIDField()
    legalContext = serializers.CharField()
    rights = serializers.ListField(child=serializers.CharField())
    events = serializers.ListField(child=serializers.CharField())
    endpoint = serializers.CharField(required=False)
    signature = serializers.CharField()
    batchSize = serializers.IntegerField()
    thin = serializers.BooleanField()
    status = serializers.CharField()
    secret = serializers.CharField(required=False)


def subscription_json(row: Subscription) -> dict[str, Any]:
    body = {
        "subscriptionId": row.public_id,
        "legalContext": row.legal_context,
        "rights": row.rights,
        "events": row.events,
        "signature": row.signature,
        "batchSize": row.batch_size,
        "thin": row.thin,
        "status": row.status,
    }
    return body | ({"endpoint": row.endpoint} if row.endpoint else {})


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
    for name, allowed in (("rights", authorisation.rights), ("events", authorisation.events)):
        problems = {}
        for index, code in enumerate(data.get(name, [])):
            if name == "rights" and code not in catalogue():
                problem = ErrorDetail("There is no such right.", "referencedResourceNotFound")
                problems[index] = [problem]
            elif code not in allowed:
                problem = ErrorDetail("The authorisation does not cover it.", "ext/rejectedInput")
                problems[index] = [problem]
        if problems:
            raise ValidationError({name: problems})


SUBSCRIBE = frozenset({"registry:subscribe"})


class Subscriptions(APIView):
    scopes: ClassVar[frozenset[str]] = SUBSCRIBE

    @extend_schema(
        operation_id="listSubscriptions",
        responses=shapes.page_of("Subscriptions", SubscriptionShape),
        parameters=[OpenApiParameter("after", str), OpenApiParameter("pageSize", int)],
    )
    def get(self, request: Request) -> Response:
        """The caller's subscriptions."""
        parameters = strict_query(request, pages.PARAMETERS)
        rows = Subscription.objects.filter(
            organisation=request.user.organisation_id, removed_at=None
        )
        return Response(pages.page(request, rows, parameters, subscription_json))

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
            organisation_id=request.user.organisation_id, wanted=_wanted(request)
        )
        response = Response(subscription_json(subscription) | {"secret": secret}, status=201)
        response["Location"] = f"/registry/v1/subscriptions/{subscription.public_id}"
        return response


class OneSubscription(APIView):
    scopes: ClassVar[frozenset[str]] = SUBSCRIBE

    def own(self, request: Request, subscription_id: uuid.UUID) -> Subscription:
        return subscriptions.own(request.user.organisation_id, subscription_id)

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
        """Replace what the subscription asks for; a suspended one is active again."""
        subscription = self.own(request, subscriptionId)
        return Response(subscription_json(subscriptions.change(subscription, _wanted(request))))

    @extend_schema(operation_id="unsubscribe", responses={204: None})
    def delete(self, request: Request, subscriptionId: uuid.UUID) -> Response:
        """End the subscription; what entered the feed stays there."""
        subscriptions.remove(self.own(request, subscriptionId))
        return Response(status=204)


class Rotation(OneSubscription):
    http_method_names = ["post", "options"]

    @extend_schema(
        operation_id="rotateSecret", request=None, responses=dict, parameters=[IDEMPOTENCY]
    )
    @idempotent
    def post(self, request: Request, subscriptionId: uuid.UUID) -> Response:
        """A new secret; the old one signs beside it until `validUntil`."""
        strict(StrictSerializer, request)
        secret, until = subscriptions.rotate(self.own(request, subscriptionId))
        return Response({"secret": secret, "validUntil": shapes.instant(until)})


class DeliveryShape(serializers.Serializer[Any]):
    """One attempt to deliver one event."""

    eventId = serializers.UUIDField()
    position = serializers.IntegerField()
    subscriptionId = serializers.UUIDField()
    attempt = serializers.IntegerField()
    status = serializers.ChoiceField(DeliveryAttempt.Outcome.values)
    httpStatus = serializers.IntegerField(required=False)
    error = serializers.CharField(required=False)
    milliseconds = serializers.IntegerField()
    at = serializers.DateTimeField()
    ticket = serializers.UUIDField()


class Deliveries(APIView):
    scopes: ClassVar[frozenset[str]] = SUBSCRIBE

    @extend_schema(
        operation_id="listDeliveries",
        parameters=[
            OpenApiParameter("status", str),
            OpenApiParameter("subscriptionId", str),
            OpenApiParameter("after", str),
            OpenApiParameter("pageSize", int),
            OpenApiParameter("embed", str),
        ],
        responses=shapes.page_of("Deliveries", DeliveryShape),
    )
    def get(self, request: Request) -> Response:
        """The attempts to deliver the caller's events, newest first."""
        parameters = strict_query(request, ["status", "subscriptionId", *pages.PARAMETERS])
        rows = DeliveryAttempt.objects.filter(
            subscription__organisation=request.user.organisation_id
        ).select_related("entry", "subscription")
        if "status" in parameters:
            if parameters["status"] not in DeliveryAttempt.Outcome.values:
                known = ", ".join(DeliveryAttempt.Outcome.values)
                raise query_error("status", f"Use one of: {known}.")
            rows = rows.filter(outcome=parameters["status"])
        if "subscriptionId" in parameters:
            try:
                wanted = uuid.UUID(parameters["subscriptionId"])
            except ValueError as error:
                raise query_error("subscriptionId", "This is not an identifier.") from error
            rows = rows.filter(subscription__public_id=wanted)
        return Response(pages.page(request, rows, parameters, _delivery))


def _delivery(row: DeliveryAttempt) -> dict[str, Any]:
    body = {
        "eventId": row.entry.event_id,
        "position": row.entry.position,
        "subscriptionId": row.subscription.public_id,
        "attempt": row.number,
        "status": row.outcome,
        "milliseconds": row.milliseconds,
        "at": shapes.instant(row.at),
        "ticket": row.ticket,
    }
    if row.status is not None:
        body["httpStatus"] = row.status
    if row.error:
        body["error"] = row.error
    return body
