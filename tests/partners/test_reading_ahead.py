"""Rounds are read ahead while others are sent; order, cursor and what may be told do not change.

Rounds are of four events here, and a round is answered only when the next one has been read.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, connections
from django.utils import timezone

from partners.models import Authorisation, DeliveryAttempt, HeldLane, Subscription
from partners.services import draining, events, reading
from partners.services.authorising import Terms, authorise
from partners.services.draining import drain
from partners.services.replaying import replay
from tests import processes
from tests.delivery import positions

pytestmark = pytest.mark.django_db(transaction=True)

ROUND = 4
SECONDS = 60.0


class Ahead:
    """The stretches that were read ahead, and the positions that the drain asked for itself."""

    def __init__(self) -> None:
        self.positions: set[int] = set()
        self.read = threading.Condition()
        self.by_the_drain: list[int] = []

    def wait(self, after: int) -> None:
        """Return once the stretch behind this position is read."""
        with self.read:
            assert self.read.wait_for(lambda: after in self.positions, SECONDS), self.positions


@pytest.fixture
def ahead(monkeypatch):
    seen, read_ahead, beyond = Ahead(), reading.read_ahead, reading.feed_rows.beyond
    drains = threading.current_thread()

    def note(subscription, after):
        found = read_ahead(subscription, after)
        with seen.read:
            seen.positions.add(after)
            seen.read.notify_all()
        return found

    def look(organisation_id, position, *, limit):
        if threading.current_thread() is drains:
            seen.by_the_drain.append(position)
        return beyond(organisation_id, position, limit=limit)

    monkeypatch.setattr(draining, "read_ahead", note)
    monkeypatch.setattr(reading.feed_rows, "beyond", look)
    monkeypatch.setattr(reading, "round_size", lambda _: ROUND)
    with ThreadPoolExecutor(1) as readers:
        monkeypatch.setattr(draining, "_readers", readers)
        yield seen
        readers.submit(connections.close_all)


def once(do):
    """Does it the first time it is called, and lets go of the connection: of the sink's thread."""
    first = threading.Lock()

    def call():
        if first.acquire(blocking=False):
            do()
            connection.close()

    return call


def in_first_round(event) -> bool:
    return event["position"] <= ROUND


def test_all_but_the_first_round_is_read_ahead(record, sink, mutuality, ahead):
    record(6)

    drain(mutuality.subscription)

    assert sorted(positions(sink.accepted)) == list(range(1, 13))
    assert ahead.by_the_drain == [0]
    assert ahead.positions == {4, 8, 12}
    assert Subscription.objects.get().cursor == 12
    assert list(DeliveryAttempt.objects.values_list("number", flat=True)) == [1] * 12


def test_a_lane_that_fails_takes_its_events_out_of_what_was_read_ahead(
    record, sink, mutuality, ahead
):
    unlucky, *_ = record(6)  # events 1 and 7

    def answer(event):
        if in_first_round(event):
            ahead.wait(4)
        return 500 if event["data"]["ssin"] == unlucky else 204

    sink.answer = answer
    drain(mutuality.subscription)

    assert ahead.by_the_drain == [0]
    assert 7 not in {call.event["position"] for call in sink.calls}
    assert sorted(positions(sink.accepted)) == [2, 3, 4, 5, 6, 8, 9, 10, 11, 12]
    lane = HeldLane.objects.get()
    assert (lane.position, lane.attempts) == (1, 1)
    assert Subscription.objects.get().cursor == 12
    sink.answer = lambda event: 204
    HeldLane.objects.update(retry_at=timezone.now() - timedelta(seconds=1))
    drain(mutuality.subscription)
    assert positions(sink.accepted)[-2:] == [1, 7]
    assert not HeldLane.objects.exists()


def test_a_lane_released_meanwhile_misses_nothing(record, sink, mutuality, ahead):
    """A lane is held while a stretch is read, and released before that is sent."""
    unlucky, *_ = record(6)  # events 1 and 7
    sink.answer = lambda event: 500 if event["data"]["ssin"] == unlucky else 204
    drain(mutuality.subscription)
    HeldLane.objects.update(retry_at=timezone.now() + timedelta(hours=1))
    Subscription.objects.update(cursor=1)  # as if all the others were still to come
    release = once(lambda: HeldLane.objects.all().delete())

    def answer(event):
        ahead.wait(5)
        release()
        return 204

    sink.calls.clear()
    sink.answer = answer
    drain(mutuality.subscription)

    assert 7 in positions(sink.accepted)
    assert Subscription.objects.get().cursor == 12


def test_a_lease_lost_in_the_middle_sends_and_writes_nothing_more(record, sink, mutuality, ahead):
    record(8)
    steal = once(
        lambda: Subscription.objects.update(
            lease="018f0000-0000-7000-8000-000000000000",
            leased_until=timezone.now() + timedelta(seconds=60),
        )
    )

    def answer(event):
        if event["position"] > ROUND:
            ahead.wait(8)
            steal()
        return 204

    sink.answer = answer
    drain(mutuality.subscription)

    assert Subscription.objects.get().cursor == 4
    assert DeliveryAttempt.objects.count() == 4
    assert max(positions(sink.accepted)) <= 8


def test_kill_9_in_the_middle_repeats_one_round_at_most(record, sink, mutuality, ahead):
    record(12)  # 24 events, six rounds
    drains = subprocess.Popen(
        [
            *(sys.executable, "-c"),
            "import sys, django; django.setup();"
            "from partners.services import draining, reading;"
            f"reading.round_size = lambda _: {ROUND};"
            f"draining.drain({mutuality.subscription})",
        ],
        env=processes.environment("redis://127.0.0.1:1/0"),
    )

    def answer(event):
        if len(sink.calls) >= 10:  # in the third round
            os.kill(drains.pid, signal.SIGKILL)
        return 204

    sink.answer = answer
    assert drains.wait(SECONDS) == -signal.SIGKILL
    reached = Subscription.objects.get().cursor
    assert reached in (4, 8)
    sink.answer = lambda event: 204
    Subscription.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    drain(mutuality.subscription)

    taken = Counter(positions(sink.accepted))
    assert set(taken) == set(range(1, 25))
    repeated = {position for position, count in taken.items() if count > 1}
    assert repeated <= set(range(reached + 1, reached + ROUND + 1))
    assert max(taken.values()) == 2
    assert Subscription.objects.get().cursor == 24
    assert list(DeliveryAttempt.objects.values_list("number", flat=True)) == [1] * 24
    last: dict[str, int] = {}
    seen: set[int] = set()
    for event in sink.accepted:
        if event["position"] not in seen:
            seen.add(event["position"])
            assert event["position"] > last.get(event["data"]["ssin"], 0)
            last[event["data"]["ssin"]] = event["position"]


def test_an_authorisation_that_opens_less_holds_for_what_was_read_ahead(
    record, sink, mutuality, ahead
):
    record(6)
    narrow = once(_open_less)

    def answer(event):
        if in_first_round(event):
            ahead.wait(4)
            narrow()
        return 204

    sink.answer = answer
    drain(mutuality.subscription)

    opened = {event["position"]: event["data"]["filteredElements"] for event in sink.accepted}
    assert [opened[position] for position in range(1, 5)] == [[]] * 4
    assert all("aidKind" in opened[position] for position in range(5, 13))


def _open_less() -> None:
    """The next version of the authorisation opens periods only."""
    former = Authorisation.objects.get()
    terms = Terms(
        purpose=former.purpose,
        effect=former.effect,
        rights=former.rights,
        aid_kinds=former.aid_kinds,
        events=former.events,
        fields=["periods"],
        period=former.period,
    )
    authorise(
        organisation_id=former.organisation_id,
        legal_context=former.legal_context,
        terms=terms,
        now=timezone.now(),
    )


def test_a_replay_asked_for_meanwhile_begins_where_it_was_asked(record, sink, mutuality, ahead):
    record(6)
    ask = once(lambda: replay(Subscription.objects.get(), after=0))

    def answer(event):
        if in_first_round(event):
            ahead.wait(4)
            ask()
        return 204

    sink.answer = answer
    drain(mutuality.subscription)

    assert sorted(positions(sink.accepted)) == sorted([*range(1, 5), *range(1, 13)])
    assert Subscription.objects.get().cursor == 12


def test_a_pause_stops_what_was_read_ahead(record, sink, mutuality, ahead):
    record(6)
    pause = once(lambda: Subscription.objects.update(status=Subscription.Status.PAUSED))

    def answer(event):
        ahead.wait(4)
        pause()
        return 204

    sink.answer = answer
    drain(mutuality.subscription)

    assert sorted(positions(sink.accepted)) == [1, 2, 3, 4]
    assert Subscription.objects.get().cursor == 4


def test_a_database_that_fails_is_no_fault_of_an_event(record, sink, mutuality, monkeypatch):
    record(2)

    def fail(*_arguments, **_options):
        raise OperationalError("the connection is lost")

    monkeypatch.setattr(events, "render", fail)
    with pytest.raises(OperationalError):
        drain(mutuality.subscription)

    assert not DeliveryAttempt.objects.exists()
    assert not HeldLane.objects.exists()
    assert Subscription.objects.get().lease is None
