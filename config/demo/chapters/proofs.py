"""Chapter 9: a recipient proves to itself that it missed nothing, and has it again if it did."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from config.demo.api import Caller, Unexpected, wait_for
from config.demo.scene import CALLED, Scene, events_after

NAME = "mutualities"
BUCKETS = 64


def nothing_is_missing(scene: Scene) -> None:
    scene.account.chapter("Proof that nothing is missing")
    client = scene.registry.client(NAME)
    events, _ = events_after(client, "")
    _the_day_is_signed(scene, client, events)
    _digests_agree(scene, client, events)
    _a_test_event(scene, client)
    _had_again(scene, client, events)
    _what_became_of_it(scene, client)


def canonical(document: dict[str, Any]) -> bytes:
    """The bytes that are hashed and signed: canonical JSON."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def _the_day_is_signed(scene: Scene, client: Caller, events: list[dict[str, Any]]) -> None:
    today = datetime.now(UTC).astimezone(ZoneInfo("Europe/Brussels")).date()
    manifest = client.get(f"/events/manifests/{today}")
    first, last = manifest["firstPosition"], manifest["lastPosition"]
    theirs = [event for event in events if first <= event["position"] <= last]
    digest = hashlib.sha256()
    for event in theirs:
        digest.update(hashlib.sha256(canonical(event)).digest())
    scene.account.equal(
        f"The manifest of today names {manifest['count']} events; what {CALLED[NAME]} hold gives"
        " the same digest",
        (len(theirs), digest.hexdigest()),
        (manifest["count"], manifest["digest"]),
    )
    scene.account.check(
        "It is signed, and the published key says so; changed by one event, it no longer is",
        _is_signed(client, manifest)
        and not _is_signed(client, manifest | {"count": manifest["count"] + 1}),
        manifest,
    )


def _is_signed(client: Caller, manifest: dict[str, Any]) -> bool:
    keys = client.get("/refData/manifestKeys")["items"]
    (text,) = (key["publicKey"] for key in keys if key["keyId"] == manifest["keyId"])
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(text.removeprefix("whpk_")))
    content = {name: value for name, value in manifest.items() if name != "signature"}
    try:
        public.verify(
            base64.b64decode(manifest["signature"].removeprefix("v1a,")), canonical(content)
        )
    except InvalidSignature:
        return False
    return True


def _digests_agree(scene: Scene, client: Caller, events: list[dict[str, Any]]) -> None:
    """What a recipient holds, by the newest version of each person's right."""
    held: dict[tuple[str, str], int] = {}
    for event in events:
        data = event["data"]
        if data.get("right") == "bim":
            key = data["ssin"], data["right"]
            held[key] = max(held.get(key, 0), data["version"])
    question = {"legalContext": client.legal_context, "rights": ["bim"]}

    def differing(known: dict[tuple[str, str], int]) -> list[int]:
        body = question | {"digests": digests_of(known)}
        return [one["bucket"] for one in client.post("/rights/digests/query", body)["items"]]

    before = set(differing(held))
    forgotten = next((key for key in held if bucket_of(key[0]) not in before), None)
    if forgotten is None:
        raise Unexpected(f"every bucket of {CALLED[NAME]} differs")
    rest = {key: version for key, version in held.items() if key != forgotten}
    scene.account.equal(
        f"By {BUCKETS} digests {CALLED[NAME]} compare {len(held)} persons at once; a person they"
        " forget is found in exactly one bucket",
        set(differing(rest)) - before,
        {bucket_of(forgotten[0])},
    )


def bucket_of(ssin: str) -> int:
    return int.from_bytes(hashlib.sha256(ssin.encode()).digest()[:4], "big") % BUCKETS


def digests_of(held: dict[tuple[str, str], int]) -> list[str]:
    totals = [0] * BUCKETS
    for (ssin, right), version in held.items():
        line = f"{ssin} {right} {version}".encode()
        totals[bucket_of(ssin)] += int.from_bytes(hashlib.sha256(line).digest(), "big")
    return [f"{total % 2**256:064x}" for total in totals]


def _subscription(scene: Scene, client: Caller) -> str:
    address = f"{scene.registry.receiver_url}/hooks/{NAME}"
    items = client.get("/subscriptions")["items"]
    found = next(one for one in items if one.get("endpoint") == address)
    return f"/subscriptions/{found['subscriptionId']}"


def _a_test_event(scene: Scene, client: Caller) -> None:
    path = _subscription(scene, client)
    asked = client.post(f"{path}/test", {})

    def tested() -> dict[str, Any] | None:
        last = client.get(path).get("lastTest", {})
        done = last.get("eventId") == asked["eventId"] and last["status"] != "waiting"
        return last if done else None

    last = wait_for("the test event", tested)
    scene.account.check(
        "A test event takes the same way as all others, and what came of it is shown",
        last["status"] == "delivered",
        last,
    )


def _had_again(scene: Scene, client: Caller, events: list[dict[str, Any]]) -> None:
    """The demonstration recipient counts repetitions: the last events come once more."""
    chosen = [event for event in events if event["data"].get("right") == "bim"][-3:]
    ids = {event["id"] for event in chosen}

    def repeated() -> dict[str, int]:
        items = scene.registry.received(NAME)
        return {one["id"]: one["duplicates"] for one in items if one["id"] in ids}

    before = repeated()
    client.post(f"{_subscription(scene, client)}/replays", {"after": chosen[0]["position"] - 1})

    def again() -> bool:
        now = repeated()
        return all(now.get(one, 0) > before.get(one, 0) for one in before)

    wait_for("the replay", again)
    scene.account.check(
        f"Asked for a replay, the registry sent the last {len(chosen)} messages again, with the"
        " same ids",
        ids == set(before),
    )


def _what_became_of_it(scene: Scene, client: Caller) -> None:
    decision = scene.decisions["family"]["decisionId"]
    tickets = {one["ticket"] for one in scene.decisions["family"]["attestations"]}
    events, _ = events_after(client, scene.began[NAME])
    for event in events:
        if event["data"]["ticket"] in tickets:
            client.post("/feedback", {"eventId": event["id"], "outcome": "applied"})
    items = scene.registry.client("cpas-namur").get(f"/decisions/{decision}/addressees")["items"]
    said = [
        one.get("feedback")
        for one in items
        if one["forwarded"] and one["organisation"]["enterpriseNumber"] == client.enterprise_number
    ]
    scene.account.check(
        f"{CALLED[NAME].capitalize()} say that they applied it, and the CPAS of Namur reads so",
        said and set(said) == {"applied"},
        said,
    )
