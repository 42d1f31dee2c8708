"""Push: in order per person, past whoever fails, at least once, the same bytes each time."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.utils import timezone

from derived_rights.services.deriving import derive_pending
from partners.models import DeliveryAttempt, FeedEntry, HeldLane, Resend, Subscription
from partners.services import draining, events, subscriptions
from partners.services.draining import drain
from partners.services.leasing import Leased, due_subscriptions
from partners.services.rounds import FAILURES_TO_OPEN, Round
from partners.services.routing import route_pending
from partners.services.sending import LANES_AT_WORK
from partners.signing import verify
from tests.delivery import KEY, make_due, positions

pytestmark = pytest.mark.django_db(transaction=True)


def test_everything_is_delivered_once_and_signed(record, sink, mutuality):
    record(5)

    drain(mutuality.subscription)

    assert sorted(positions(sink.accepted)) == list(range(1, 11))
    for call in sink.calls:
        message_id = verify(call.body, call.headers, keys=[KEY], now=timezone.now())
        assert message_id == call.event["id"]
    assert due_subscriptions() == []
    drain(mutuality.subscription)
    assert len(sink.calls) == 10


def test_a_few_events_cost_a_few_statements(record, sink, mutuality, django_assert_num_queries):
    """What every decision costs; each further event of a round adds none."""
    record(1)
    drain(mutuality.subscription)
    for persons in (1, 3):
        record(persons)
        with django_assert_num_queries(9 + len(["BEGIN", "COMMIT"])):
            drain(mutuality.subscription)

    assert len(sink.accepted) == 10


def test_push_and_poll_say_the_same(record, sink, mutuality):
    record(3)
    drain(mutuality.subscription)

    polled = mutuality.get("/events").json()["items"]

    assert sorted(sink.accepted, key=lambda event: event["position"]) == polled


def test_a_lane_that_fails_waits_and_the_others_go_on(record, sink, mutuality):
    unlucky, *_ = record(4)
    sink.answer = lambda event: 500 if event["data"]["ssin"] == unlucky else 204

    drain(mutuality.subscription)

    assert unlucky not in {event["data"]["ssin"] for event in sink.accepted}
    assert len(sink.accepted) == 6
    lane = HeldLane.objects.get()
    assert (lane.position, lane.attempts) == (1, 1)
    sink.answer = lambda event: 204
    make_due(mutuality.subscription)
    drain(mutuality.subscription)
    assert positions(sink.accepted)[-2:] == [1, 5]  # its attestation, then its right
    assert not HeldLane.objects.exists()


def test_what_comes_later_in_a_held_lane_stays_behind(record, sink, mutuality, cpas, decision):
    (unlucky,) = record(1)
    sink.answer = lambda event: 500
    drain(mutuality.subscription)
    HeldLane.objects.update(retry_at=timezone.now() + timedelta(hours=1))
    sink.answer = lambda event: 204
    cpas.post("/decisions", decision(unlucky, startDate="2027-03-02", endDate="2028-03-01"))
    derive_pending()
    route_pending()

    drain(mutuality.subscription)
    assert sink.accepted == []
    make_due(mutuality.subscription)
    drain(mutuality.subscription)

    assert positions(sink.accepted) == [1, 2, 3, 4]


def test_the_circuit_opens_when_nothing_gets_through(record, sink, mutuality, waits):
    record(20)
    sink.answer = lambda event: 503

    drain(mutuality.subscription)

    subscription = Subscription.objects.get(pk=mutuality.subscription)
    assert subscription.cursor == 0
    assert subscription.failures == FAILURES_TO_OPEN
    assert subscription.retry_at > timezone.now()
    assert waits == [1]  # the schedule starts from its start, however many lanes were at work
    assert len(sink.calls) < 40  # those at work when it opened, not all
    assert not HeldLane.objects.exists()
    tried = len(sink.calls)
    drain(mutuality.subscription)
    assert len(sink.calls) == tried  # closed until its time comes

    make_due(mutuality.subscription)
    drain(mutuality.subscription)
    assert len(sink.calls) == tried + 1  # one event tries
    assert waits == [1, 2]

    sink.answer = lambda event: 204
    make_due(mutuality.subscription)
    drain(mutuality.subscription)
    assert sorted(positions(sink.accepted)) == list(range(1, 41))
    assert Subscription.objects.get(pk=mutuality.subscription).failures == 0


def test_every_retry_has_the_same_id_and_bytes(record, sink, mutuality):
    record(1)
    sink.answer = lambda event: 500
    for _ in range(3):
        drain(mutuality.subscription)
        make_due(mutuality.subscription)

    calls = [call for call in sink.calls if call.event["position"] == 1]
    assert len(calls) == 3
    assert len({call.body for call in calls}) == 1
    assert len({call.headers["webhook-id"] for call in calls}) == 1
    attempts = DeliveryAttempt.objects.filter(entry__position=1).order_by("id")
    assert [attempt.number for attempt in attempts] == [1, 2, 3]


def test_410_suspends_and_keeps_the_events(record, sink, mutuality):
    record(2)
    sink.answer = lambda event: 410

    drain(mutuality.subscription)

    subscription = Subscription.objects.get(pk=mutuality.subscription)
    assert subscription.status == Subscription.Status.SUSPENDED
    assert FeedEntry.objects.count() == 4
    sink.answer = lambda event: 204
    Subscription.objects.update(status=Subscription.Status.ACTIVE)
    make_due(mutuality.subscription)
    drain(mutuality.subscription)
    assert sorted(positions(sink.accepted)) == [1, 2, 3, 4]


def test_a_lane_is_parked_after_seven_days_and_never_lost(record, sink, mutuality):
    record(1)
    sink.answer = lambda event: 422
    drain(mutuality.subscription)
    HeldLane.objects.update(since=timezone.now() - timedelta(days=8))
    make_due(mutuality.subscription)

    drain(mutuality.subscription)

    lane = HeldLane.objects.get()
    assert lane.parked_at is not None
    assert due_subscriptions() == []
    sink.answer = lambda event: 204
    HeldLane.objects.update(parked_at=None)
    make_due(mutuality.subscription)
    drain(mutuality.subscription)
    assert positions(sink.accepted) == [1, 2]


def test_an_event_can_be_sent_again(record, sink, mutuality):
    record(1)
    drain(mutuality.subscription)
    entry = FeedEntry.objects.get(position=2)
    now = timezone.now()
    Resend.objects.create(
        subscription_id=mutuality.subscription, entry=entry, since=now, retry_at=now
    )

    drain(mutuality.subscription)

    assert positions(sink.accepted) == [1, 2, 2]
    assert len({call.body for call in sink.calls if call.event["position"] == 2}) == 1
    assert not Resend.objects.exists()


def test_one_lease_at_a_time_and_a_lost_one_writes_nothing(record, sink, mutuality):
    record(2)

    def steal(event):
        """While the drain is sending, somebody else takes the subscription over."""
        Subscription.objects.filter(pk=mutuality.subscription).update(
            lease="018f0000-0000-7000-8000-000000000000",
            leased_until=timezone.now() + timedelta(seconds=60),
        )
        connection.close()  # this is the sink's thread
        return 204

    sink.answer = steal
    drain(mutuality.subscription)

    subscription = Subscription.objects.get(pk=mutuality.subscription)
    assert subscription.cursor == 0
    assert not DeliveryAttempt.objects.exists()
    sent = len(sink.calls)
    drain(mutuality.subscription)
    assert len(sink.calls) == sent


def test_persons_whom_a_recipient_cannot_take_never_stop_it_for_the_others(record, sink, mutuality):
    """Ten of them at the head of the feed look like an outage; the tries find that it is none."""
    ssins = record(14)
    refused = set(ssins[:10])
    sink.answer = lambda event: 422 if event["data"]["ssin"] in refused else 204

    def everything_else_came() -> bool:
        return {event["data"]["ssin"] for event in sink.accepted} == set(ssins) - refused

    for _try in range(200):
        drain(mutuality.subscription)
        if everything_else_came():
            break
        make_due(mutuality.subscription)

    assert everything_else_came()
    assert Subscription.objects.get().cursor == 28
    assert HeldLane.objects.count() == 10
    assert len({event["id"] for event in sink.accepted}) == len(sink.accepted) == 8


def test_an_event_that_cannot_be_made_holds_its_own_lane_only(record, sink, mutuality, monkeypatch):
    record(3)
    bad = FeedEntry.objects.get(position=2)
    render = events.render

    def break_one(entries, **options):
        if any(entry.pk == bad.pk for entry in entries):
            raise ValueError("a fault of ours")
        return render(entries, **options)

    monkeypatch.setattr(events, "render", break_one)
    drain(mutuality.subscription)

    lane = HeldLane.objects.get()
    assert lane.person_id == bad.person_id
    assert DeliveryAttempt.objects.get(outcome="failed").error == "notMade"
    assert {event["position"] for event in sink.accepted}.isdisjoint({2})
    monkeypatch.setattr(events, "render", render)
    make_due(mutuality.subscription)
    drain(mutuality.subscription)
    assert sorted(positions(sink.accepted)) == list(range(1, 7))


def test_what_a_round_had_no_time_for_is_not_set_aside(record, sink, mutuality, monkeypatch):
    """A slow recipient keeps its place in the feed: its backlog does not become held lanes."""
    record(20)
    taken = threading.Event()

    def last_one(event):
        taken.set()
        return 204

    sink.answer = last_one
    monkeypatch.setattr(Round, "is_over", property(lambda round_: taken.is_set()))
    subscription = Subscription.objects.get()
    subscription.lease = uuid.uuid4()
    subscription.save()
    with monkeypatch.context() as once:
        leases = iter([Leased(subscription, timezone.now()), None])
        once.setattr(draining, "take_lease", lambda _: next(leases))
        drain(mutuality.subscription)

    cursor = Subscription.objects.get().cursor
    assert 0 < len(sink.accepted) <= LANES_AT_WORK
    assert cursor == max(positions(sink.accepted))
    assert HeldLane.objects.count() <= LANES_AT_WORK
    monkeypatch.setattr(Round, "is_over", False)
    Subscription.objects.update(lease=None, leased_until=None)
    drain(mutuality.subscription)
    assert sorted(positions(sink.accepted)) == list(range(1, 41))


def test_an_outage_of_every_recipient_gives_up_nothing(
    record, sink, mutuality, recipient_for, new_ssin, cpas, decision
):
    """300 seconds without an answer from anybody, by the database's clock; then all is told."""
    others = [recipient_for(f"other-{n}", "bim", endpoint=f"{sink.url}/{n}") for n in range(2)]
    for other in others:
        subscriptions._store_secret(other.organisation.subscriptions.get(), KEY)
    ssins = [new_ssin() for _ in range(10)]
    for ssin in ssins:
        for recipient in (mutuality, *others):
            recipient.inscribe(ssin)
        cpas.post("/decisions", decision(ssin))
    derive_pending()
    route_pending()
    sink.answer = lambda event: 503
    subscription_ids = list(Subscription.objects.values_list("pk", flat=True))
    outage = timedelta()
    while outage < timedelta(seconds=300):
        for subscription_id in subscription_ids:
            drain(subscription_id)
        waits = Subscription.objects.values_list("retry_at", flat=True)
        step = max(waits) - timezone.now() + timedelta(seconds=1)
        outage += step
        for model in (Subscription, HeldLane):
            model.objects.filter(retry_at__isnull=False).update(retry_at=F("retry_at") - step)
        HeldLane.objects.update(since=F("since") - step)

    assert sink.accepted == []
    assert not HeldLane.objects.filter(parked_at__isnull=False).exists()
    sink.answer = lambda event: 204
    for subscription_id in subscription_ids:
        make_due(subscription_id)
        drain(subscription_id)
    assert len({event["id"] for event in sink.accepted}) == 3 * 20 == len(sink.accepted)
    assert not HeldLane.objects.exists()
