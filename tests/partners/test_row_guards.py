"""What is written by the thousand is guarded by statement: it refers to rows that are there."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection

from attestations.models import AccessLogEntry
from attestations.tickets import new_ticket
from partners.models import DeliveryAttempt, FeedEntry, Subscription
from tests.factories import AuthorisationFactory, PersonFactory, SubscriptionFactory

pytestmark = pytest.mark.django_db

NOWHERE = 999_999_999


@pytest.fixture
def tried() -> dict[str, int]:
    """A subscription and an event, by the columns of an attempt that name them."""
    subscription = SubscriptionFactory()
    authorisation = AuthorisationFactory(organisation=subscription.organisation)
    entry = FeedEntry.objects.create(
        organisation=subscription.organisation,
        position=1,
        authorisation=authorisation,
        legal_context=authorisation.legal_context,
        person=PersonFactory(),
        ticket=new_ticket(),
        created_at="2026-01-01T00:00:00Z",
    )
    return {"subscription_id": subscription.pk, "entry_id": entry.pk}


def attempts(*named: dict[str, int]) -> list[DeliveryAttempt]:
    return [
        DeliveryAttempt(
            **one,
            number=1,
            outcome="delivered",
            milliseconds=1,
            ticket=new_ticket(),
            at="2026-01-01T00:00:00Z",
        )
        for one in named
    ]


@pytest.mark.parametrize("column", ["entry_id", "subscription_id"])
def test_an_attempt_is_of_an_event_and_a_subscription_that_are_there(tried, column):
    with pytest.raises(IntegrityError, match="refers to what is not there"):
        DeliveryAttempt.objects.bulk_create(attempts(tried, tried | {column: NOWHERE}))


def test_a_subscription_that_was_tried_is_not_deleted(tried):
    DeliveryAttempt.objects.bulk_create(attempts(tried))

    with (
        pytest.raises(IntegrityError, match="can only be removed"),
        connection.cursor() as cursor,
    ):
        cursor.execute("DELETE FROM partners_subscription")


def test_one_that_was_never_tried_may_be_deleted(tried):
    Subscription.objects.filter(pk=tried["subscription_id"]).delete()

    assert not Subscription.objects.exists()


def test_one_reading_of_nobody_among_others_is_refused():
    rows = [
        AccessLogEntry(
            organisation="o", client="c", operation="x", person_id=pk, ticket=new_ticket()
        )
        for pk in (PersonFactory().pk, NOWHERE)
    ]

    with pytest.raises(IntegrityError, match="refers to what is not there"):
        AccessLogEntry.objects.bulk_create(rows)
