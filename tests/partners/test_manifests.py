"""The daily manifest, recomputed by what a recipient has: its feed, and the public key."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import timedelta

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.utils import timezone

from partners.models import Manifest
from partners.services import manifests
from partners.services.draining import drain
from tests.partners.test_withheld import LONG_AGO, rewrite

pytestmark = pytest.mark.django_db(transaction=True)


def canonical(document: dict) -> bytes:
    """Canonical JSON by the standard library, as a recipient writes it."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def recomputed(items: list[dict]) -> str:
    hashes = [hashlib.sha256(canonical(event)).digest() for event in items]
    return hashlib.sha256(b"".join(hashes)).hexdigest()


def today() -> str:
    return timezone.localdate().isoformat()


def verify(recipient, manifest: dict) -> None:
    keys = recipient.get("/refData/manifestKeys").json()["items"]
    (text,) = [key["publicKey"] for key in keys if key["keyId"] == manifest["keyId"]]
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(text.removeprefix("whpk_")))
    signed = {name: value for name, value in manifest.items() if name != "signature"}
    version, _, signature = manifest["signature"].partition(",")
    assert version == "v1a"
    public.verify(base64.b64decode(signature), canonical(signed))


def test_a_recipient_recomputes_the_digest_from_what_it_polled(record, mutuality):
    record(3)
    items = mutuality.get("/events").json()["items"]

    manifest = mutuality.get(f"/events/manifests/{today()}").json()

    assert (manifest["count"], manifest["firstPosition"], manifest["lastPosition"]) == (6, 1, 6)
    assert manifest["epoch"] == items[0]["epoch"]
    assert manifest["digest"] == recomputed(items)
    verify(mutuality, manifest)


def test_a_recipient_recomputes_the_digest_from_what_was_pushed(record, sink, mutuality):
    record(3)
    drain(mutuality.subscription)
    bodies = [call.body for call in sorted(sink.calls, key=lambda call: call.event["position"])]
    hashes = b"".join(hashlib.sha256(body).digest() for body in bodies)

    manifest = mutuality.get(f"/events/manifests/{today()}").json()

    assert manifest["digest"] == hashlib.sha256(hashes).hexdigest()


def test_one_event_less_or_another_order_gives_another_digest(record, mutuality):
    record(2)
    items = mutuality.get("/events").json()["items"]
    digest = mutuality.get(f"/events/manifests/{today()}").json()["digest"]

    assert recomputed(items[:-1]) != digest
    assert recomputed(items[::-1]) != digest


def test_a_changed_manifest_no_longer_verifies(record, mutuality):
    record(1)
    manifest = mutuality.get(f"/events/manifests/{today()}").json()

    for name, value in (("count", 3), ("digest", "0" * 64), ("date", "2026-01-01")):
        with pytest.raises(InvalidSignature):
            verify(mutuality, manifest | {name: value})


def test_a_day_without_events_says_where_the_feed_stood(record, mutuality):
    empty = mutuality.get(f"/events/manifests/{today()}").json()
    record(1)
    before = mutuality.get("/events/manifests/2020-02-29").json()

    for manifest in (empty, before):
        assert (manifest["count"], manifest["firstPosition"], manifest["lastPosition"]) == (0, 1, 0)
        assert manifest["digest"] == hashlib.sha256(b"").hexdigest()
        verify(mutuality, manifest)


def test_the_manifest_of_a_day_that_is_over_is_made_once(record, mutuality):
    record(2)
    tomorrow = timezone.now() + timedelta(days=1)
    organisation, day = mutuality.organisation.pk, timezone.localdate()

    assert manifests.make_due(now=tomorrow) == 1
    made = manifests.manifest(organisation, day)

    assert not Manifest.objects.exists()  # the day is not over: its manifest is not kept
    assert made.count == 4


def test_a_manifest_follows_what_is_withheld(record, mutuality):
    record(2)
    before = mutuality.get(f"/events/manifests/{today()}").json()
    rewrite(mutuality, period=LONG_AGO)

    after = mutuality.get(f"/events/manifests/{today()}").json()

    assert after["digest"] == recomputed(mutuality.get("/events").json()["items"])
    assert after["digest"] != before["digest"]
    assert after["count"] == before["count"]


@pytest.mark.parametrize(
    ("day", "status"), [("2026-02-30", 400), ("today", 400), ("9999-12-31", 404)]
)
def test_a_day_that_is_none_or_has_not_begun_is_refused(mutuality, day, status):
    assert mutuality.get(f"/events/manifests/{day}").status_code == status


def test_a_day_that_is_over_is_kept_and_made_again_when_something_is_withheld(
    record, mutuality, monkeypatch
):
    record(1)
    day = timezone.localdate()
    tomorrow = timezone.now() + timedelta(days=1)
    monkeypatch.setattr("partners.services.manifests.clock.database_now", lambda: tomorrow)

    first = manifests.manifest(mutuality.organisation.pk, day)
    assert Manifest.objects.get().digest == first.digest
    monkeypatch.setattr("partners.services.manifests._make", None)
    assert manifests.manifest(mutuality.organisation.pk, day) == first
    monkeypatch.undo()
    rewrite(mutuality, events=["rights"])
    assert manifests.manifest(mutuality.organisation.pk, day).digest != first.digest
