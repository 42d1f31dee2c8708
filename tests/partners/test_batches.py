"""Batches where a recipient asked for them: in order, past whoever fails, several under way."""

from __future__ import annotations

import threading

import pytest

from derived_rights.services.deriving import derive_pending
from partners.models import DeliveryAttempt, FeedEntry, HeldLane, Subscription
from partners.services import events
from partners.services.draining import drain
from partners.services.rounds import FAILURES_TO_OPEN, Round
from partners.services.routing import route_pending
from partners.services.sending import BATCHES_AT_WORK
from tests.delivery import make_due, positions

pytestmark = pytest.mark.django_db(transaction=True)


def test_batches_where_asked_for(record, sink, mutuality):
    Subscription.objects.update(batch_size=4)
    record(3)

    drain(mutuality.subscription)

    assert [len(call.event["items"]) for call in sink.calls] == [4, 2]
    assert {call.headers["content-type"] for call in sink.calls} == {"application/json"}
    got = [event["position"] for call in sink.calls for event in call.event["items"]]
    assert got == [1, 2, 3, 4, 5, 6]


def test_batches_of_different_persons_are_under_way_together(record, sink, mutuality):
    Subscription.objects.update(batch_size=2)
    record(2 * BATCHES_AT_WORK)
    together = threading.Barrier(BATCHES_AT_WORK, timeout=60)
    persons: list[list[str]] = []  # of the batches that came together

    def answer(content):
        if together.wait() == 0:
            persons.append([])
        together.wait()
        persons[-1].extend(event["data"]["ssin"] for event in content["items"])
        return 204

    sink.answer = answer
    drain(mutuality.subscription)

    got = [event["position"] for call in sink.calls for event in call.event["items"]]
    assert sorted(got) == list(range(1, 4 * BATCHES_AT_WORK + 1))
    assert [len(set(wave)) for wave in persons] == [2 * BATCHES_AT_WORK] * 2


def test_a_batch_that_a_hanging_recipient_never_answers_opens_the_circuit(
    record, sink, mutuality, monkeypatch, waits
):
    """There is no time left to try its events apart, and they are not set aside one by one."""
    Subscription.objects.update(batch_size=100)
    record(10)
    sink.answer = lambda event: 503
    monkeypatch.setattr(Round, "is_over", True)

    drain(mutuality.subscription)

    subscription = Subscription.objects.get()
    assert (subscription.cursor, len(sink.calls)) == (0, 1)
    assert subscription.failures >= FAILURES_TO_OPEN
    assert not HeldLane.objects.exists()
    assert DeliveryAttempt.objects.count() == 20


def test_an_event_behind_one_that_cannot_be_made_is_in_no_batch(
    record, sink, mutuality, monkeypatch
):
    Subscription.objects.update(batch_size=100)
    record(2)
    bad = FeedEntry.objects.order_by("position").first()
    render = events.render

    def break_one(entries, **options):
        if any(entry.pk == bad.pk for entry in entries):
            raise ValueError("a fault of ours")
        return render(entries, **options)

    monkeypatch.setattr(events, "render", break_one)
    drain(mutuality.subscription)

    behind = set(FeedEntry.objects.filter(person=bad.person_id).values_list("position", flat=True))
    got = {event["position"] for call in sink.calls for event in call.event["items"]}
    assert got == {1, 2, 3, 4} - behind


def test_no_later_batch_overtakes_an_event_that_failed(record, sink, mutuality, cpas, decision):
    """The second batch holds later events of a person whose event in the first one failed."""
    Subscription.objects.update(batch_size=2)
    unlucky, lucky = record(2)
    for ssin in (unlucky, lucky):
        cpas.post("/decisions", decision(ssin, startDate="2027-03-02", endDate="2028-03-01"))
    derive_pending()
    route_pending()

    def refuse(content):
        """Whatever holds the first event of the unlucky person."""
        return 500 if any(event["position"] == 1 for event in content["items"]) else 204

    sink.answer = refuse
    drain(mutuality.subscription)

    got = [event for call in sink.calls if call.status == 204 for event in call.event["items"]]
    assert {event["data"]["ssin"] for event in got} == {lucky}
    assert len(got) == 4
    sink.answer = lambda content: 204
    make_due(mutuality.subscription)
    drain(mutuality.subscription)
    got = [event for call in sink.calls if call.status == 204 for event in call.event["items"]]
    of_unlucky = [event["position"] for event in got if event["data"]["ssin"] == unlucky]
    assert of_unlucky == sorted(of_unlucky)
    assert sorted(positions(got)) == list(range(1, 9))
