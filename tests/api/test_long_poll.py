"""Waiting for events: many may, and those who may not are answered at once."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from partners.api import feeds
from partners.models import FeedHead

pytestmark = pytest.mark.django_db(transaction=True)


def test_who_finds_all_places_taken_is_answered_at_once(recipient_for, monkeypatch):
    """Were it to wait, this test would take a minute, and its thread would answer nobody else."""
    monkeypatch.setattr(feeds, "_waiting", threading.BoundedSemaphore(1))
    recipient = recipient_for("recipient", "bim")
    looked: list[float] = []
    monkeypatch.setattr(feeds.time, "sleep", looked.append)
    assert feeds._waiting.acquire(blocking=False)

    assert recipient.get("/events?wait=30").json()["items"] == []
    assert looked == []

    feeds._waiting.release()


def test_a_place_is_given_back(recipient_for, monkeypatch):
    monkeypatch.setattr(feeds, "_waiting", threading.BoundedSemaphore(1))
    recipient = recipient_for("recipient", "bim")

    def grow(_seconds: float) -> None:
        FeedHead.objects.create(organisation=recipient.organisation, position=1)

    monkeypatch.setattr(feeds.time, "sleep", grow)

    for _ in range(3):
        assert recipient.get("/events?wait=30").status_code == 200
        FeedHead.objects.all().delete()

    assert feeds._waiting.acquire(blocking=False)


def test_many_wait_and_all_are_woken_by_one_event(recipient_for, monkeypatch):
    """Eight wait at the same time; the feed grows once everybody has looked in vain."""
    waiters = 8
    monkeypatch.setattr(feeds, "_waiting", threading.BoundedSemaphore(waiters))
    recipient = recipient_for("recipient", "bim")
    all_wait = threading.Barrier(waiters + 1)
    plain = feeds.time.sleep
    waiting = threading.local()

    def sleep(seconds: float) -> None:
        if not getattr(waiting, "met", False):
            waiting.met = True
            all_wait.wait(timeout=60)
        plain(seconds)

    monkeypatch.setattr(feeds.time, "sleep", sleep)
    answered: list[bool] = []

    def poll() -> None:
        try:
            answered.append(feeds._grown(recipient.organisation.pk, 0, 30))
        finally:
            connection.close()

    threads = [threading.Thread(target=poll) for _ in range(waiters)]
    for thread in threads:
        thread.start()
    all_wait.wait(timeout=60)
    FeedHead.objects.create(organisation=recipient.organisation, position=1)
    for thread in threads:
        thread.join()

    assert answered == [True] * waiters
