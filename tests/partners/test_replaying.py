"""A replay pushes again, in order, with the same ids and bytes, from where it was asked."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from partners.models import FeedEntry, HeldLane, Subscription
from partners.services.draining import drain
from partners.services.leasing import due_subscriptions

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ask(mutuality):
    subscription = Subscription.objects.get(pk=mutuality.subscription)
    path = f"/subscriptions/{subscription.public_id}/replays"
    return lambda **body: mutuality.post(path, body)


def by_person(events):
    lanes = {}
    for event in events:
        lanes.setdefault(event["data"]["ssin"], []).append(event["position"])
    return lanes


def test_everything_after_a_position_comes_again_in_order(record, sink, mutuality, ask):
    record(3)
    drain(mutuality.subscription)
    first = {call.event["position"]: call.body for call in sink.calls}
    sink.calls.clear()

    answer = ask(after=2)
    drain(mutuality.subscription)

    assert answer.status_code == 202
    assert answer.json() == {"after": 2, "lastPosition": 6, "count": 4}
    assert {call.event["position"]: call.body for call in sink.calls} == {
        position: first[position] for position in range(3, 7)
    }
    assert all(lane == sorted(lane) for lane in by_person(sink.accepted).values())
    assert due_subscriptions() == []
    assert Subscription.objects.get(pk=mutuality.subscription).cursor == 6


def test_since_an_instant(record, sink, mutuality, ask):
    record(1)
    middle = timezone.now()
    record(1)
    drain(mutuality.subscription)
    sink.calls.clear()

    assert ask(since=middle.isoformat()).json()["after"] == 2
    drain(mutuality.subscription)

    assert sorted(event["position"] for event in sink.accepted) == [3, 4]


def test_an_instant_after_the_last_event_replays_nothing(record, sink, mutuality, ask):
    record(1)
    drain(mutuality.subscription)
    later = timezone.now() + timedelta(days=1)

    assert ask(since=later.isoformat()).json() == {"after": 2, "lastPosition": 2, "count": 0}
    drain(mutuality.subscription)

    assert len(sink.calls) == 2


def test_of_two_replays_the_longer_one_counts(record, sink, mutuality, ask):
    record(2)
    drain(mutuality.subscription)
    sink.calls.clear()

    ask(after=1)
    ask(after=3)
    drain(mutuality.subscription)

    assert sorted(event["position"] for event in sink.accepted) == [2, 3, 4]


def test_what_was_parked_is_tried_again(record, sink, mutuality, ask):
    record(1)
    sink.answer = lambda event: 422
    drain(mutuality.subscription)
    HeldLane.objects.update(parked_at=timezone.now(), position=1)
    sink.answer = lambda event: 204

    ask(after=0)
    drain(mutuality.subscription)

    assert [event["position"] for event in sink.accepted] == [1, 2]
    assert not HeldLane.objects.exists()


def test_a_replay_asked_for_while_a_drain_works_is_not_lost(record, sink, mutuality, ask):
    record(2)

    def ask_meanwhile(event):
        if once.acquire(blocking=False):
            asked.append(ask(after=0).status_code)
            connection.close()  # this is the sink's thread
        return 204

    asked: list[int] = []
    once = threading.Lock()
    sink.answer = ask_meanwhile
    drain(mutuality.subscription)

    got = [event["position"] for event in sink.accepted]
    assert asked == [202]
    assert sorted(got) == sorted([*range(1, 5), *range(1, 5)])


@pytest.mark.parametrize("body", [{}, {"after": 0, "since": "2026-03-18T09:12:44+01:00"}])
def test_either_a_position_or_an_instant(record, ask, body):
    assert ask(**body).status_code == 400


def test_a_position_that_the_feed_has_not_reached_is_refused(record, ask):
    record(1)

    answer = ask(after=3)

    assert answer.status_code == 400
    assert answer.json()["issues"][0]["type"].endswith(":outOfRange")
    assert answer.json()["issues"][0]["name"] == "after"


def test_who_only_polls_is_told_to(record, mutuality, ask):
    Subscription.objects.update(endpoint="")

    answer = ask(after=0)

    assert answer.status_code == 400
    assert FeedEntry.objects.count() == 0
