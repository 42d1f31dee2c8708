"""The last chapter: what was pushed is what the feed says, signed, complete and in order."""

from __future__ import annotations

from typing import Any

from config.demo.api import wait_for
from config.demo.chapters.loaded import RECIPIENTS
from config.demo.scene import Scene, events_after


def pushed_and_fetched(scene: Scene) -> None:
    account = scene.account
    account.chapter("What was sent is what can be fetched")
    for name in RECIPIENTS:
        if _is_pushed_to(scene, name):
            _compare(scene, name)
    stib = scene.registry.client("stib")
    fetched, _ = events_after(stib, scene.began["stib"])
    kinds = {event["data"].get("right") for event in fetched}
    account.check(
        f"STIB, which has no address to send to, has fetched its {len(fetched)} messages itself,"
        " all about the increased intervention",
        kinds <= {"bim"},
        kinds,
    )


def _is_pushed_to(scene: Scene, name: str) -> bool:
    """Whether a subscription of this recipient's leads to the demonstration recipient of now."""
    address = f"{scene.registry.receiver_url}/hooks/{name}"
    subscriptions = scene.registry.client(name).get("/subscriptions")["items"]
    return any(one.get("endpoint") == address for one in subscriptions)


def _compare(scene: Scene, name: str) -> None:
    """Everything of the feed since the story began has arrived, verified and equal."""
    client = scene.registry.client(name)

    def arrived() -> tuple[list[dict[str, Any]], dict[str, dict[str, Any]]] | None:
        fetched, _ = events_after(client, scene.began[name])
        pushed = {
            item["id"]: item["event"] for item in scene.registry.received(name) if item["verified"]
        }
        return (fetched, pushed) if all(one["id"] in pushed for one in fetched) else None

    fetched, pushed = wait_for(f"every message for {name}", arrived)
    positions = [event["position"] for event in fetched]
    complete = (
        positions == list(range(positions[0], positions[0] + len(positions))) if fetched else True
    )
    scene.account.check(
        f"{name}: {len(fetched)} messages were pushed, each with a signature that holds; fetched,"
        " they are the same, without a hole",
        complete and all(pushed[event["id"]] == event for event in fetched),
        positions,
    )
