"""What is written by the thousand is guarded by statement: it refers to rows that are there."""

from __future__ import annotations

import pytest
from django.db import IntegrityError

from attestations.models import AccessLogEntry
from attestations.tickets import new_ticket
from partners.models import DeliveryAttempt
from tests.factories import PersonFactory, SubscriptionFactory

pytestmark = pytest.mark.django_db

NOWHERE = 999_999_999


def test_an_attempt_is_of_an_event_that_is_there():
    subscription = SubscriptionFactory()

    with pytest.raises(IntegrityError, match="refers to what is not there"):
        DeliveryAttempt.objects.create(
            subscription=subscription,
            entry_id=NOWHERE,
            number=1,
            outcome="delivered",
            milliseconds=1,
            ticket=new_ticket(),
            at="2026-01-01T00:00:00Z",
        )


def test_one_reading_of_nobody_among_others_is_refused():
    rows = [
        AccessLogEntry(
            organisation="o", client="c", operation="x", person_id=pk, ticket=new_ticket()
        )
        for pk in (PersonFactory().pk, NOWHERE)
    ]

    with pytest.raises(IntegrityError, match="refers to what is not there"):
        AccessLogEntry.objects.bulk_create(rows)
