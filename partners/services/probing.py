"""Asking an endpoint who it is, and trying it out: before the first push, and when asked to.

A challenge is a signed message with a random text, which whoever serves the endpoint gives back.
So nobody can have persons' data pushed to a place that is not its own, by mistake or on purpose.
Endpoints that an administrator set, and those in networks that an administrator listed, are vouched
for already. No request waits for any of this: a worker does it.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import random

import structlog
from django.conf import settings
from django.db import transaction

from attestations import clock
from partners.addresses import parse_networks
from partners.bells import feeds_grown, probe_asked
from partners.connections import Session, open_session
from partners.models import EndpointProbe, Subscription
from partners.payloads import encode, encode_batch, notice
from partners.retries import Outcome, is_exhausted, next_delay
from partners.services.signing_keys import signing_keys
from partners.signing import sign
from partners.transport import Answer, post

log = structlog.get_logger(__name__)

AT_ONCE = 32
# A probe whose worker died is sent again after this long.
CLAIMED = timedelta(seconds=30)
NOT_PROVED = "notProved"


@dataclass(frozen=True)
class _Message:
    """A probe with what is sent for it; made outside of the event loop, as it asks the database."""

    probe: EndpointProbe
    challenge: str
    body: bytes
    headers: dict[str, str]


def ask(
    subscription: Subscription, kind: EndpointProbe.Kind, *, ticket: uuid.UUID
) -> EndpointProbe:
    """Have the endpoint probed by a worker; one that waits already is sent now.

    An endpoint that is not proved gets nothing but its challenge, whatever was asked for.
    """
    if subscription.proved_at is None:
        kind = EndpointProbe.Kind.CHALLENGE
    now = clock.database_now()
    waiting = subscription.probes.filter(kind=kind, status=EndpointProbe.Status.WAITING)
    waiting.update(retry_at=now)
    probe = waiting.first() or EndpointProbe.objects.create(
        subscription=subscription, kind=kind, ticket=ticket, asked_at=now, retry_at=now
    )
    probe_asked.ring_on_commit()
    return probe


def probe_due() -> int:
    """Send every probe that is due, all at once; how many they were."""
    messages = [_message(probe) for probe in _claim()]
    if messages:
        for message, answer in zip(messages, asyncio.run(_send(messages)), strict=True):
            _settle(message, answer)
    return len(messages)


@transaction.atomic
def _claim() -> list[EndpointProbe]:
    """The probes that are due, kept from other workers for a while."""
    now = clock.database_now()
    due = EndpointProbe.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        status=EndpointProbe.Status.WAITING, retry_at__lte=now, subscription__removed_at=None
    )
    probes = list(due.select_related("subscription").order_by("retry_at")[:AT_ONCE])
    EndpointProbe.objects.filter(pk__in=[probe.pk for probe in probes]).update(
        retry_at=now + CLAIMED
    )
    return probes


def _message(probe: EndpointProbe) -> _Message:
    subscription, now = probe.subscription, clock.database_now()
    challenge = secrets.token_urlsafe(24) if probe.kind == EndpointProbe.Kind.CHALLENGE else ""
    data = {"subscriptionId": str(subscription.public_id), "ticket": str(probe.ticket)}
    event = notice(
        probe.kind,
        str(probe.event_id),
        probe.asked_at,
        data | ({"challenge": challenge} if challenge else {}),
        service=settings.SERVICE_NAME,
        source=f"{settings.BASE_URL}/registry/v1",
    )
    body = encode(event)
    batched = subscription.batch_size > 1 and not challenge
    if batched:
        body = encode_batch([body])
    keys = signing_keys(subscription, now)
    headers = sign(message_id=str(probe.event_id), timestamp=now, body=body, keys=keys)
    if batched:
        headers["Content-Type"] = "application/json"
    return _Message(probe, challenge, body, headers)


async def _send(messages: list[_Message]) -> list[Answer]:
    networks = parse_networks(settings.WEBHOOK_ALLOWED_NETWORKS)
    async with open_session(allowed_networks=networks, concurrency=AT_ONCE) as session:
        return await asyncio.gather(*(_post(session, message) for message in messages))


async def _post(session: Session, message: _Message) -> Answer:
    endpoint = message.probe.subscription.endpoint
    return await post(session, endpoint, message.body, message.headers, keep_body=True)


@transaction.atomic
def _settle(message: _Message, answer: Answer) -> None:
    """Write down what came of it; the probe of an endpoint that was changed meanwhile is void."""
    now, probe = clock.database_now(), message.probe
    subscription = Subscription.objects.select_for_update().get(pk=probe.subscription_id)
    if subscription.endpoint != probe.subscription.endpoint:
        return
    good = answer.outcome is Outcome.DELIVERED and (
        not message.challenge or answers(answer.body, message.challenge)
    )
    probe.attempts += 1
    probe.http_status = answer.status
    probe.error = answer.error.value if answer.error else ""
    if good:
        probe.status, probe.finished_at = EndpointProbe.Status.DELIVERED, now
    elif probe.kind == EndpointProbe.Kind.TEST or is_exhausted(probe.asked_at, now):
        probe.status, probe.finished_at = EndpointProbe.Status.FAILED, now
    else:
        wait = next_delay(probe.attempts, retry_after=answer.retry_after, random=random)
        probe.retry_at = now + wait
        if answer.outcome is Outcome.DELIVERED:
            probe.error = NOT_PROVED
    waiting = EndpointProbe.objects.filter(pk=probe.pk, status=EndpointProbe.Status.WAITING)
    names = ("attempts", "http_status", "error", "status", "finished_at", "retry_at")
    if waiting.update(**{name: getattr(probe, name) for name in names}) and message.challenge:
        _note_proof(subscription, good=good, now=now)


def _note_proof(subscription: Subscription, *, good: bool, now: datetime) -> None:
    if good:
        Subscription.objects.filter(pk=subscription.pk).update(proved_at=now)
        log.info("endpoint_proved", subscription=str(subscription.public_id))
        feeds_grown.ring_on_commit()
    else:
        log.warning("endpoint_not_proved", subscription=str(subscription.public_id))


def answers(body: bytes, challenge: str) -> bool:
    """Whether the body gives the challenge back: as it is, or as `{"challenge": "..."}` alone.

    Exactly so: a server that repeats whatever it is sent proves nothing.
    """
    text = body.decode("utf-8", "replace").strip()
    if text == challenge:
        return True
    try:
        return bool(json.loads(text) == {"challenge": challenge})
    except (ValueError, RecursionError):
        return False
