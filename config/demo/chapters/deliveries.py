"""The last chapter: what was pushed is what the feed says, signed, complete and in order."""

from __future__ import annotations

from typing import Any

from config.demo.api import wait_for
from config.demo.scene import CALLED, Scene, events_after

# They hold files on the persons of the story itself, so that each telling sends them something.
ALWAYS_TOLD = ("mutualities", "energyAdministration", "walloonFamilyFunds")

Events = list[dict[str, Any]]


def pushed_and_fetched(scene: Scene) -> None:
    scene.account.chapter("What was sent is what can be fetched")
    for name in CALLED:
        if _is_pushed_to(scene, name):
            _compare(scene, name)
    _fetched_only(scene)


def _is_pushed_to(scene: Scene, name: str) -> bool:
    """Whether a subscription of this recipient's leads to the demonstration recipient of now."""
    address = f"{scene.registry.receiver_url}/hooks/{name}"
    subscriptions = scene.registry.client(name).get("/subscriptions")["items"]
    return name in ALWAYS_TOLD or any(one.get("endpoint") == address for one in subscriptions)


def _compare(scene: Scene, name: str) -> None:
    """Everything that entered the feed since the story began has arrived, verified and equal."""
    client = scene.registry.client(name)

    def arrived() -> tuple[Events, Events] | None:
        fetched, _ = events_after(client, scene.began[name])
        receipts = scene.registry.received(name)
        pushed = {item["id"]: item["event"] for item in receipts if item["verified"]}
        if all(event["id"] in pushed for event in fetched):
            return fetched, [pushed[event["id"]] for event in fetched]
        return None

    fetched, pushed = wait_for(f"the arrival of every message for {CALLED[name]}", arrived)
    if not fetched and name not in ALWAYS_TOLD:
        return
    positions = [event["position"] for event in fetched]
    first = positions[0] if positions else 0
    complete = bool(positions) and positions == list(range(first, first + len(positions)))
    scene.account.check(
        f"{len(pushed)} messages were sent to {CALLED[name]}, every signature holds; what they"
        " fetch themselves is the same, without a hole",
        complete and pushed == fetched,
        f"positions {positions}",
    )


def _fetched_only(scene: Scene) -> None:
    """One recipient has no address; it reads its feed, from the beginning, and finds its right."""
    stib = scene.registry.client("stib")
    fetched = wait_for("a message for the STIB", lambda: events_after(stib, "")[0])
    scene.account.equal(
        f"The STIB has no address to send to and fetched its {len(fetched)} messages, all of them"
        " about the increased intervention",
        {event["data"].get("right") for event in fetched},
        {"bim"},
    )
