"""Who begins to deliver when something is due, and what a broker that is away changes."""

from __future__ import annotations

import pytest
from kombu.exceptions import OperationalError

from partners import tasks
from partners.models import FeedHead
from partners.services.leasing import Due, due_subscriptions
from tests.factories import AuthorisationFactory, SubscriptionFactory


def test_the_first_recipient_is_told_even_without_a_broker(monkeypatch):
    begun = []

    def unreachable(_subscription_id):
        raise OperationalError("nobody listens there")

    monkeypatch.setattr(
        tasks.leasing, "due_subscriptions", lambda: [Due(one, False) for one in (7, 8, 9)]
    )
    monkeypatch.setattr(tasks.delivering, "start", lambda one, **_: begun.append(one))
    monkeypatch.setattr(tasks.drain_subscription, "delay", unreachable)

    with pytest.raises(OperationalError):
        tasks.deliver_due.run()

    assert begun == [7]


def test_backlogs_are_spread_over_the_processes(monkeypatch):
    """Whoever begins one takes no other task for a moment, and the next goes elsewhere."""
    done = []

    def note(name):
        return lambda subscription_id, **_: done.append((name, subscription_id))

    due = [Due(7, True), Due(8, False), Due(9, True)]
    monkeypatch.setattr(tasks.leasing, "due_subscriptions", lambda: due)
    monkeypatch.setattr(tasks.delivering, "start", note("start"))
    monkeypatch.setattr(tasks.delivering, "linger", note("linger"))
    monkeypatch.setattr(tasks.drain_subscription, "delay", note("drain"))
    monkeypatch.setattr(tasks.drain_backlog, "delay", note("backlog"))

    tasks.deliver_due.run()
    tasks.drain_backlog.run(9)

    assert done == [
        *[("start", 7), ("drain", 8), ("backlog", 9), ("linger", 7)],
        *[("start", 9), ("linger", 9)],
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(("events", "is_backlog"), [(1999, False), (2000, True)])
def test_many_events_beyond_the_cursor_are_a_backlog(events, is_backlog):
    subscription = SubscriptionFactory(cursor=10)
    AuthorisationFactory(
        organisation=subscription.organisation, legal_context=subscription.legal_context
    )
    FeedHead.objects.create(organisation=subscription.organisation, position=10 + events)

    assert due_subscriptions() == [Due(subscription.pk, is_backlog)]
