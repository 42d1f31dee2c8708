"""The caller's feed, and what became of pushing it."""

from __future__ import annotations

import datetime
import re
import threading
import time
import uuid
from typing import Any, ClassVar

import structlog
from django.conf import settings
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from attestations import clock
from attestations.api import pages, shapes
from attestations.api.inputs import DAY, query_error, strict_query
from attestations.api.pages import each
from attestations.api.permissions import Caller, caller
from attestations.api.problems import Problem, input_error
from partners.documents import Event
from partners.models import DeliveryAttempt, FeedHead
from partners.services import epochs, events, feed_rows, manifests
from partners.services.access import reading_feed
from partners.services.keys import manifest_key
from partners.services.standing import standing_of

log = structlog.get_logger(__name__)

# An epoch, and a position in it.
CURSOR = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([0-9]{1,18})")
LONGEST_WAIT_SECONDS = 30
LOOK_AGAIN_SECONDS = 0.2
_waiting = threading.BoundedSemaphore(settings.LONG_POLLS)


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
            OpenApiParameter(
                "after",
                {"type": "string", "pattern": f"^({CURSOR.pattern})?$"},
                description="The `cursor` of the answer before.",
            ),
            pages.PAGE_SIZE,
            OpenApiParameter(
                "wait",
                {"type": "integer", "minimum": 0, "maximum": 999},
                description="Seconds to hold the answer until an event comes; 30 at most count.",
            ),
        ],
        responses=FeedShape,
    )
    def get(self, request: Request) -> Response:
        """The caller's events after a cursor, oldest first; `wait` holds until one comes."""
        parameters = strict_query(request, ["after", "pageSize", "wait"])
        size = pages.page_size(parameters)
        organisation = caller(request).organisation_id
        epoch, head = epochs.feed_of(organisation)
        after = _position(parameters.get("after", ""), epoch, head, organisation)
        seconds = _seconds(parameters.get("wait", "0"))
        entries: list[feed_rows.Entry] = []
        items: list[Event] = []
        if head > after or _grown(organisation, after, seconds):
            entries, items = _page(caller(request), after, size, epoch)
        page = entries[:size]
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


def _page(
    reader: Caller, after: int, size: int, epoch: str
) -> tuple[list[feed_rows.Entry], list[Event]]:
    """The entries beyond a position, with one more than is shown, and what is shown of them."""
    organisation = reader.organisation_id
    with reading_feed(reader, operation="listEvents") as served:
        entries = feed_rows.beyond(organisation, after, limit=size + 1)
        page = entries[:size]
        standing = standing_of(organisation, on=clock.today())
        served += [entry.position for entry in page if standing.allows(entry)]
        # Written as they stand: the very bytes that are pushed, and that the manifest is made of.
        return entries, events.render(page, standing=standing, epoch=epoch)


class ManifestShape(serializers.Serializer[Any]):
    """A day of the caller's feed; `signature` is by the key `keyId` of /refData/manifestKeys."""

    date = serializers.DateField()
    epoch = serializers.UUIDField()
    count = serializers.IntegerField()
    firstPosition = serializers.IntegerField()
    lastPosition = serializers.IntegerField()
    digest = serializers.CharField()
    keyId = serializers.UUIDField()
    signature = serializers.CharField()


class Manifests(APIView):
    scopes: ClassVar[frozenset[str]] = frozenset({"registry:subscribe", "registry:consult"})

    @extend_schema(
        operation_id="getManifest",
        parameters=[OpenApiParameter("date", datetime.date, OpenApiParameter.PATH)],
        responses=ManifestShape,
    )
    def get(self, request: Request, date: str) -> Response:
        """What the caller's feed took in on a day: how many, which positions, their digest."""
        strict_query(request, [])
        if not DAY.fullmatch(date):
            raise input_error("path", "date", "Write a day as yyyy-MM-dd.", "schemaViolation")
        try:
            wanted = datetime.date.fromisoformat(date)
        except ValueError:
            detail = "There is no such day."
            raise input_error("path", "date", detail, "invalidInput") from None
        found = manifests.manifest(caller(request).organisation_id, wanted)
        key_id, key = manifest_key()
        return Response(found.signed(key_id=key_id, key=key))


def _position(after: str, epoch: str, head: int, organisation_id: int) -> int:
    """The position that a cursor names; a cursor of another epoch is an explicit problem."""
    if not after:
        return 0
    cursor = CURSOR.fullmatch(after)
    if cursor is None:
        raise query_error("after", "Pass the cursor as it was given.")
    named, position = cursor[1], int(cursor[2])
    if named == epoch:
        if position <= head:
            return position
        # Positions are never taken back: this database has lost what the caller was given.
        log.error("cursor_beyond_feed", position=position, head=head)
    common = epochs.last_common(named, position, organisation_id=organisation_id)
    raise Problem(
        "streamEpochChanged",
        "The feed was restored since this cursor was given: compare, then go on after the last "
        "common position.",
        epoch=epoch,
        lastCommonPosition=common,
    )


def _seconds(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 4):
        raise query_error("wait", "Give a whole number of seconds.")
    return min(int(text), LONGEST_WAIT_SECONDS)


def _grown(organisation_id: int, after: int, seconds: int) -> bool:
    """Wait until the feed has grown beyond `after`; False if it has not when the seconds are over.

    At once if as many wait already as may: the others must find a thread that answers.
    """
    if not seconds or not _waiting.acquire(blocking=False):
        return False
    try:
        until = time.monotonic() + seconds
        beyond = FeedHead.objects.filter(organisation_id=organisation_id, position__gt=after)
        while not (grown := beyond.exists()) and time.monotonic() < until:
            time.sleep(LOOK_AGAIN_SECONDS)
        return grown
    finally:
        _waiting.release()


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
