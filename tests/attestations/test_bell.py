"""A ring never keeps a request waiting, and a lost one is counted."""

from __future__ import annotations

import threading

import pytest

from attestations import bell
from attestations.bell import Bell, facts_changed
from attestations.models import Tally

RING = Bell.ring  # as it is before the tests silence it

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def passer(monkeypatch):
    """A thread of this test's own that passes rings on."""
    monkeypatch.setattr(Bell, "ring", RING)
    monkeypatch.setattr(bell, "_passer", bell._Passer())
    return bell._passer


def test_a_request_is_answered_while_redis_still_hangs(
    passer, cpas, decision, new_ssin, monkeypatch
):
    """The listener stands for a Redis that accepts the connection and never answers."""
    released, rung = threading.Event(), threading.Event()

    def hang():
        rung.set()
        assert released.wait(60)

    monkeypatch.setattr(facts_changed, "listeners", [hang])
    try:
        for _ in range(100):  # more than may wait in the queue of rings
            assert cpas.post("/decisions", decision(new_ssin())).status_code == 201
        assert rung.wait(60)
        assert not released.is_set()
    finally:
        released.set()


def test_a_ring_that_fails_is_counted_and_the_next_one_goes_out(passer, monkeypatch):
    went = threading.Event()
    counted = threading.Event()
    count_lost = bell._count_lost

    def count():
        count_lost()
        counted.set()

    monkeypatch.setattr(bell, "_count_lost", count)
    monkeypatch.setattr(facts_changed, "listeners", [lambda: 1 / 0])
    facts_changed.ring()
    assert counted.wait(60)
    assert Tally.objects.get(name="rings_lost").count == 1
    monkeypatch.setattr(facts_changed, "listeners", [went.set])
    facts_changed.ring()
    assert went.wait(60)
