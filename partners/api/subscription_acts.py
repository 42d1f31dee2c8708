"""What is done to a subscription beside changing it: a new secret, a test, a replay."""

from __future__ import annotations

import uuid
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from attestations.api import shapes
from attestations.api.idempotency import IDEMPOTENCY, idempotent
from attestations.api.inputs import InstantField, StrictSerializer, WholeField, strict
from attestations.errors import Rejected
from attestations.tickets import current_ticket
from partners.api.subscriptions import OneSubscription, ProbeShape, probe_json, shown
from partners.models import EndpointProbe, Subscription
from partners.services import probing, replaying, subscriptions


class RotationShape(serializers.Serializer[Any]):
    """The new secret, shown here only, and until when the old one signs beside it."""

    secret = serializers.CharField()
    validUntil = serializers.DateTimeField()


class Rotation(OneSubscription):
    http_method_names = ["post", "options"]

    @extend_schema(
        operation_id="rotateSecret",
        request=StrictSerializer,
        responses=RotationShape,
        parameters=[IDEMPOTENCY],
    )
    @idempotent
    def post(self, request: Request, subscriptionId: uuid.UUID) -> Response:
        """A new secret; the old one signs beside it until `validUntil`."""
        strict(StrictSerializer, request)
        secret, until = subscriptions.rotate(self.own(request, subscriptionId))
        return Response({"secret": shown(secret), "validUntil": shapes.instant(until)})


class Test(OneSubscription):
    http_method_names = ["post", "options"]

    @extend_schema(
        operation_id="testSubscription",
        request=StrictSerializer,
        responses={202: ProbeShape},
        parameters=[IDEMPOTENCY],
    )
    @idempotent
    def post(self, request: Request, subscriptionId: uuid.UUID) -> Response:
        """Have a test event sent to the endpoint, signed like every event; it stands in no feed.

        What came of it is shown as `lastTest` of the subscription. An endpoint that is not proved
        is sent its challenge again instead.
        """
        strict(StrictSerializer, request)
        subscription = _pushed(self.own(request, subscriptionId))
        probe = probing.ask(subscription, EndpointProbe.Kind.TEST, ticket=current_ticket())
        return Response(probe_json(probe), status=202)


class ReplayInput(StrictSerializer):
    """Since which instant, or after which position; one of them."""

    since = InstantField(required=False)
    after = WholeField(min_value=0, max_value=2**62, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("since" in attrs) == ("after" in attrs):
            detail = "Give since or after, one of them."
            raise ValidationError({"since": [ErrorDetail(detail, "ext/requiredInput")]})
        return attrs


class ReplayShape(serializers.Serializer[Any]):
    """What is sent again: `count` positions after `after`, those the subscription asks for."""

    after = serializers.IntegerField()
    lastPosition = serializers.IntegerField()
    count = serializers.IntegerField()


class Replays(OneSubscription):
    http_method_names = ["post", "options"]

    @extend_schema(
        operation_id="replayEvents",
        request=ReplayInput,
        responses={202: ReplayShape},
        parameters=[IDEMPOTENCY],
    )
    @idempotent
    def post(self, request: Request, subscriptionId: uuid.UUID) -> Response:
        """Push again, in order and with the same ids, what entered since an instant or position."""
        data = strict(ReplayInput, request)
        subscription = _pushed(self.own(request, subscriptionId))
        found = replaying.replay(subscription, after=data.get("after"), since=data.get("since"))
        body = {
            "after": found.after,
            "lastPosition": found.last_position,
            "count": found.last_position - found.after,
        }
        return Response(body, status=202)


def _pushed(subscription: Subscription) -> Subscription:
    if not subscription.endpoint:
        raise Rejected("This subscription has no endpoint: read the feed instead.", "endpoint")
    return subscription
