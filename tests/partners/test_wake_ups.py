"""Who begins to deliver when something is due, and what a broker that is away changes."""

from __future__ import annotations

import pytest
from kombu.exceptions import OperationalError

from partners import tasks


def test_the_first_recipient_is_told_even_without_a_broker(monkeypatch):
    begun = []

    def unreachable(_subscription_id):
        raise OperationalError("nobody listens there")

    monkeypatch.setattr(tasks.leasing, "due_subscriptions", lambda: [7, 8, 9])
    monkeypatch.setattr(tasks.delivering, "start", lambda one, **_: begun.append(one))
    monkeypatch.setattr(tasks.drain_subscription, "delay", unreachable)

    with pytest.raises(OperationalError):
        tasks.deliver_due.run()

    assert begun == [7]
