"""A database that is restored starts a new life of the feeds, and says so to every cursor."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command

from derived_rights.services.deriving import derive_pending
from partners.models import StreamEpoch
from partners.services import epochs
from partners.services.routing import route_pending
from tests import backups

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tell(mutuality, cpas, decision, new_ssin):
    """Record a decision of a new person: two more events in the feed."""

    def make() -> None:
        ssin = new_ssin()
        mutuality.inscribe(ssin)
        assert cpas.post("/decisions", decision(ssin)).status_code == 201
        derive_pending()
        route_pending()

    return make


@pytest.fixture
def dump(tmp_path: Path):
    """Take a backup of the database of the test, as an operator does."""
    return lambda: backups.take(tmp_path / "backup.dump")


@pytest.fixture
def restore() -> Iterator:
    """Restore a backup into a database of its own, and go on there until the test ends."""
    restored = backups.Restored()
    try:
        yield restored.restore
    finally:
        restored.end()


def test_a_newer_cursor_is_told_what_was_lost(tell, mutuality, dump, restore):
    tell()
    kept = mutuality.get("/events").json()
    backup = dump()
    tell()
    newer = mutuality.get(f"/events?after={kept['cursor']}").json()
    assert [event["position"] for event in newer["items"]] == [3, 4]

    restore(backup)
    answer = mutuality.get(f"/events?after={newer['cursor']}")

    assert answer.status_code == 410
    problem = answer.json()
    assert problem["type"] == "urn:problem-type:registry:streamEpochChanged"
    assert problem["lastCommonPosition"] == 2
    assert problem["epoch"] not in newer["cursor"]

    # The positions are given again, to other events: the old cursor goes on being told.
    tell()
    tell()
    again = mutuality.get(f"/events?after={newer['cursor']}")
    assert (again.status_code, again.json()["lastCommonPosition"]) == (410, 2)

    # From the last common position on, everything follows.
    page = mutuality.get(f"/events?after={problem['epoch']}.2").json()
    assert [event["position"] for event in page["items"]] == [3, 4, 5, 6]
    assert {event["epoch"] for event in page["items"]} == {problem["epoch"]}
    assert not {event["id"] for event in page["items"]} & {e["id"] for e in newer["items"]}


def test_routing_recognises_the_restore_before_it_gives_a_position(tell, mutuality, dump, restore):
    tell()
    cursor = mutuality.get("/events").json()["cursor"]
    backup = dump()
    tell()
    tell()
    lost = mutuality.get(f"/events?after={cursor}").json()["cursor"]

    restore(backup)
    tell()  # a worker is quicker than any poller

    answer = mutuality.get(f"/events?after={lost}")
    assert (answer.status_code, answer.json()["lastCommonPosition"]) == (410, 2)


def test_two_restores_leave_the_lowest_common_position(tell, mutuality, dump, restore):
    tell()
    backup = dump()
    tell()
    lost = mutuality.get("/events").json()["cursor"]
    restore(backup)
    tell()
    tell()
    call_command("new_stream_epoch")

    answer = mutuality.get(f"/events?after={lost}")

    assert answer.json()["lastCommonPosition"] == 2
    assert StreamEpoch.objects.count() == 3


def test_the_same_database_keeps_its_epoch(tell, mutuality):
    first = epochs.current()
    tell()

    assert epochs.current() == first
    assert StreamEpoch.objects.count() == 1


def test_an_epoch_from_before_identities_were_kept_goes_on():
    epoch = StreamEpoch.objects.create()

    assert epochs.current() == str(epoch.epoch)
    assert StreamEpoch.objects.get().database != ""


def test_another_identity_of_the_server_starts_a_new_epoch(tell, mutuality):
    """A promotion or a recovery changes the timeline, another machine the system identifier."""
    tell()
    cursor = mutuality.get("/events").json()["cursor"]
    first = epochs.current()
    StreamEpoch.objects.update(database="7000000000000000000/00000001/5")

    assert epochs.current() != first
    answer = mutuality.get(f"/events?after={cursor}")
    assert (answer.status_code, answer.json()["lastCommonPosition"]) == (410, 2)
