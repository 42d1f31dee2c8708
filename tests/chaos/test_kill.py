"""Nothing depends on a process or a broker that stays alive: they are killed, nothing is lost."""

from __future__ import annotations

from collections import defaultdict

import pytest

from config.embedded import Valkey
from partners.models import FeedEntry
from tests import processes

PERSONS = 250  # two events each: the attestation and the right


@pytest.mark.django_db(transaction=True)
def test_killing_worker_and_valkey_loses_no_delivery(tmp_path, record, sink, mutuality):
    record(PERSONS)
    expected = {
        str(event_id): position
        for event_id, position in FeedEntry.objects.values_list("event_id", "position")
    }
    assert len(expected) == 2 * PERSONS
    valkey = Valkey(tmp_path / "valkey")
    url = valkey.start()
    try:
        with processes.worker(url, tmp_path) as first:
            sink.wait_for(lambda got: len(got.calls) >= PERSONS // 2)
            processes.kill(first)
        valkey.process.kill()
        valkey.process.wait()
        delivered_before = len(sink.accepted)
        assert delivered_before < 2 * PERSONS, "all was delivered before the kill: nothing shown"
        assert valkey.start() == url

        with processes.worker(url, tmp_path):
            sink.wait_for(lambda got: {e["id"] for e in got.accepted} == set(expected), seconds=90)
    finally:
        valkey.stop()

    bodies = defaultdict(set)
    for call in sink.calls:
        assert call.headers["webhook-id"] == call.event["id"]
        bodies[call.event["id"]].add(call.body)
    assert {event_id: len(found) for event_id, found in bodies.items()} == dict.fromkeys(
        expected, 1
    )
    first_time = {event["id"]: event["position"] for event in reversed(sink.accepted)}
    assert first_time == expected
