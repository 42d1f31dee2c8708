"""What really goes out, read by the independent libraries: signatures, rotation, CloudEvents."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import pytest
from cloudevents.core.formats.json import JSONFormat
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.utils import timezone
from standardwebhooks import Webhook, WebhookVerificationError

from partners.models import Subscription, SubscriptionSecret
from partners.services.draining import drain
from tests.delivery import KEY

pytestmark = pytest.mark.django_db(transaction=True)


def accepted_by(call, secret: str) -> bool:
    """Whether the library of Standard Webhooks verifies the call with this secret."""
    try:
        Webhook(secret).verify(call.body, call.headers)
    except WebhookVerificationError:
        return False
    return True


def signed_for(call, public_key: str) -> bool:
    """Whether one of the `v1a` signatures is right, by the library `cryptography` alone."""
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key.removeprefix("whpk_")))
    head = f"{call.headers['webhook-id']}.{call.headers['webhook-timestamp']}."
    for signature in call.headers["webhook-signature"].split(" "):
        version, _, text = signature.partition(",")
        try:
            key.verify(base64.b64decode(text), head.encode() + call.body)
        except InvalidSignature:
            continue
        return version == "v1a"
    return False


@pytest.fixture
def path(mutuality) -> str:
    return f"/subscriptions/{Subscription.objects.get(pk=mutuality.subscription).public_id}"


def test_during_a_rotation_either_secret_verifies_and_afterwards_the_new_one(
    record, sink, mutuality, path
):
    new = mutuality.post(f"{path}/rotation").json()["secret"]
    record(2)
    drain(mutuality.subscription)
    assert len(sink.calls) == 4
    for call in sink.calls:
        assert accepted_by(call, KEY)
        assert accepted_by(call, new)
    sink.calls.clear()

    past = timezone.now() - timedelta(seconds=1)
    SubscriptionSecret.objects.filter(valid_until__isnull=False).update(valid_until=past)
    record(1)
    drain(mutuality.subscription)

    assert len(sink.calls) == 2
    for call in sink.calls:
        assert not accepted_by(call, KEY)
        assert accepted_by(call, new)


def test_ed25519_holds_through_a_rotation_too(record, sink, mutuality, path):
    body = {"legalContext": mutuality.legal_context, "endpoint": sink.url, "signature": "v1a"}
    first = mutuality.put(path, body).json()["secret"]
    SubscriptionSecret.objects.filter(sealed__isnull=False).order_by("id").first().delete()
    second = mutuality.post(f"{path}/rotation").json()["secret"]
    record(1)
    drain(mutuality.subscription)

    assert first.startswith("whpk_")
    assert second.startswith("whpk_")
    assert len(sink.calls) == 2
    for call in sink.calls:
        assert signed_for(call, first)
        assert signed_for(call, second)


def test_the_independent_sdk_reads_what_is_pushed(record, sink, mutuality):
    ssins = record(2)
    drain(mutuality.subscription)

    for call in sink.calls:
        event = JSONFormat().read(None, call.body)
        assert event.get_id() == call.headers["webhook-id"]
        assert event.get_specversion() == "1.0"
        assert event.get_data()["ssin"] in ssins
        assert event.get_extension("position") in range(1, 5)
        assert not any(ssin in json.dumps(event.get_attributes(), default=str) for ssin in ssins)


def test_a_reference_to_a_person_hangs_on_nothing_that_is_rotated(
    record, sink, mutuality, settings
):
    Subscription.objects.update(thin=True)
    ssins = record(2)
    drain(mutuality.subscription)
    first = {call.event["position"]: call.event["data"] for call in sink.calls}
    sink.calls.clear()
    settings.SECRET_KEY = "another-secret-of-the-service-" * 3

    mutuality.post(f"/subscriptions/{Subscription.objects.get().public_id}/replays", {"after": 0})
    drain(mutuality.subscription)

    assert {call.event["position"]: call.event["data"] for call in sink.calls} == first
    assert len({data["personReference"] for data in first.values()}) == 2
    assert not any(ssin in str(first) for ssin in ssins)
