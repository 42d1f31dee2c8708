"""The caller's feed, and what became of pushing it."""

from __future__ import annotations

import time
import uuid
from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from attestations.api import pages, shapes
from attestations.api.inputs import (
    query_error,
    strict_query,
)
from attestations.api.pages import each
from attestations.api.permissions import caller
from attestations.api.problems import Problem
from attestations.services.access import reading
from partners.models import DeliveryAttempt, FeedEntry, FeedHead
from partners.services import events

LONGEST_WAIT_SECONDS = 30
LOOK_AGAIN_SECONDS = 0.2


class EventShape(serializers.Serializer[Any]):
    """A CloudEvent; `position` is dense per recipient within `epoch`."""

    specversion = serializers.CharField()
    id = serializers.UUIDField()
    source = serializers.CharField()  # type: ignore[assignment]  # a field, not Field.source
    type = serializers.CharField()
    time = serializers.DateTimeField()
    datacontenttype = serializers.CharField()
    position = serializers.IntegerField()
    epoch = serializers.UUIDField()
    data = serializers.DictField()  # type: ignore[assignment]  # a field, not Serializer.data


class FeedShape(serializers.Serializer[Any]):
    """A page of the feed; pass `cursor` as `after` next time, also when `items` is empty."""

    items = EventShape(many=True)
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
        organisation = caller(request).organisation_id
        epoch = events.current_epoch()
        after = _position(parameters.get("after", ""), epoch, organisation)
        _wait(organisation, after, _seconds(parameters.get("wait", "0")))
        with reading(caller(request), operation="listEvents") as noted:
            entries = list(
                events.with_changes(
                    FeedEntry.objects.filter(organisation=organisation, position__gt=after)
                ).order_by("position")[: size + 1]
            )
            page = entries[:size]
            noted.served(*(entry.person_id for entry in page))
            items = events.render(page)
        last = page[-1].position if page else after
        cursor = f"{epoch}.{last}"
        body = {
            "items": items,
            "cursor": cursor,
            "self": request.get_full_path(),
            "pageSize": size,
        }
        if len(entries) > size:
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
    scopes: ClassVar[frozenset[str]] = frozenset({"registry:subscribe"})

    @extend_schema(
        operation_id="listDeliveries",
        parameters=[
            OpenApiParameter("status", str, enum=DeliveryAttempt.Outcome.values),
            OpenApiParameter("subscriptionId", uuid.UUID),
            *pages.DOCUMENTED,
        ],
        responses=shapes.page_of("Deliveries", DeliveryShape),
    )
    def get(self, request: Request) -> Response:
        """The attempts to deliver the caller's events, newest first."""
        parameters = strict_query(request, ["status", "subscriptionId", *pages.PARAMETERS])
        rows = DeliveryAttempt.objects.filter(
            subscription__organisation=caller(request).organisation_id
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
        return Response(pages.page(request, rows, each(_delivery)))


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
