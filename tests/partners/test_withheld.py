"""An authorisation that ends stops everything at once, also what is in the feed already."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from attestations.models import AccessLogEntry
from attestations.periods import Span
from partners.models import Authorisation, FeedEntry, FeedReading, Subscription
from partners.services import health, resending, workload
from partners.services.authorising import Terms, authorise
from partners.services.draining import drain
from partners.services.leasing import due_subscriptions

pytestmark = pytest.mark.django_db(transaction=True)

LONG_AGO = Span(date(2020, 1, 1), date(2021, 1, 1))


def rewrite(recipient, **changes) -> None:
    """Another version of the recipient's authorisation."""
    row = Authorisation.objects.get(organisation=recipient.organisation, superseded_at=None)
    terms = {
        name: getattr(row, name)
        for name in ("purpose", "effect", "rights", "aid_kinds", "events", "fields", "period")
    }
    authorise(
        organisation_id=recipient.organisation.pk,
        legal_context=recipient.legal_context,
        terms=Terms(**terms | changes),
        now=timezone.now(),
    )


def test_what_waits_is_not_pushed_once_the_authorisation_has_ended(record, sink, mutuality):
    record(2)
    rewrite(mutuality, period=LONG_AGO)

    assert due_subscriptions() == []
    drain(mutuality.subscription)

    assert sink.calls == []
    assert Subscription.objects.get(pk=mutuality.subscription).cursor == 0


def test_what_may_not_be_pushed_is_not_late(record, mutuality):
    record(2)
    organisation, later = mutuality.organisation.pk, timezone.now() + timedelta(hours=1)
    within, target = timedelta(minutes=1), 0.99
    found = health.latency(organisation, now=later, within=within)

    def late() -> int:
        return health.freshness(organisation, found, now=later, within=within, target=target).late

    assert late() == 4
    rewrite(mutuality, period=LONG_AGO)
    assert late() == 0


def test_what_may_not_be_pushed_does_not_wait(record, sink, mutuality):
    """Nor do the events of a lane that was held before the authorisation ended."""
    ssin, _ = record(2)
    sink.answer = lambda event: 500 if event["data"]["ssin"] == ssin else 204
    drain(mutuality.subscription)
    record(1)

    def waits() -> tuple[int, bool]:
        (push,) = workload.pushes(organisation_id=mutuality.organisation.pk)
        return push.behind, push.oldest > 0

    assert waits() == (2, True)
    rewrite(mutuality, period=LONG_AGO)
    assert waits() == (0, False)


def test_it_goes_on_where_it_stopped_when_the_authorisation_is_given_anew(record, sink, mutuality):
    period = Authorisation.objects.get().period
    record(2)
    rewrite(mutuality, period=LONG_AGO)
    drain(mutuality.subscription)
    rewrite(mutuality, period=period)

    drain(mutuality.subscription)

    assert sorted(event["position"] for event in sink.accepted) == [1, 2, 3, 4]


def test_a_drain_at_work_stops_within_its_round(record, sink, mutuality):
    """The authorisation ends while the first events are being sent: no further round is begun."""
    record(2)

    def end(event):
        if len(sink.calls) == 0:
            rewrite(mutuality, period=LONG_AGO)
            connection.close()  # this is the sink's thread
        return 500

    sink.answer = end
    drain(mutuality.subscription)
    sent = len(sink.calls)
    drain(mutuality.subscription)

    assert len(sink.calls) == sent
    assert sink.accepted == []


def test_a_poll_shows_positions_without_content(record, mutuality):
    ssins = record(2)
    before = mutuality.get("/events").json()["items"]
    rewrite(mutuality, period=LONG_AGO)

    page = mutuality.get("/events").json()["items"]

    assert [event["position"] for event in page] == [1, 2, 3, 4]
    assert [event["id"] for event in page] == [event["id"] for event in before]
    assert {event["type"].rpartition(".v1.")[2] for event in page} == {"events.notify.withheld"}
    assert {str(event["data"]) for event in page} == {"{'reason': 'authorisationEnded'}"}
    assert not any(ssin in str(page) for ssin in ssins)


def test_nobody_is_logged_as_read_by_a_poll_that_shows_nothing(record, mutuality):
    record(1)
    rewrite(mutuality, period=LONG_AGO)
    before = AccessLogEntry.objects.count()

    mutuality.get("/events")

    assert AccessLogEntry.objects.count() == before
    assert not FeedReading.objects.exists()


def test_a_narrowed_authorisation_withholds_what_it_no_longer_covers(record, sink, mutuality):
    record(2)
    rewrite(mutuality, events=["rights"])

    drain(mutuality.subscription)
    kinds = [
        event["type"].rpartition(".v1.")[2] for event in mutuality.get("/events").json()["items"]
    ]

    assert {event["data"]["right"] for event in sink.accepted} == {"bim"}
    assert len(sink.accepted) == 2
    assert sorted(kinds) == ["events.notify.withheld"] * 2 + ["rights.notify.granted"] * 2


def test_a_field_that_is_taken_away_is_cut_from_what_is_in_the_feed(record, mutuality):
    record(1)
    rewrite(mutuality, fields=["aidKind"])

    for event in mutuality.get("/events").json()["items"]:
        assert not {"periods", "startDate", "attestations", "attestationNumber"} & set(
            event["data"]
        )
        assert {"periods", "attestationNumber", "cpas"} <= set(event["data"]["filteredElements"])


def test_a_field_that_is_given_later_does_not_change_what_was_sent(record, mutuality):
    record(1)
    before = mutuality.get("/events").content
    fields = Authorisation.objects.get().fields
    rewrite(mutuality, fields=[*fields, "household"])

    assert mutuality.get("/events").content == before


def test_what_is_withheld_is_not_sent_again_either(record, sink, mutuality):
    record(1)
    drain(mutuality.subscription)
    sent = len(sink.calls)
    rewrite(mutuality, events=["rights"])
    entries = FeedEntry.objects.filter(topic="attestations")
    subscription = Subscription.objects.get(pk=mutuality.subscription)
    resending.send_again(subscription, entries, now=timezone.now())

    drain(mutuality.subscription)

    assert len(sink.calls) == sent
    assert not subscription.resends.exists()


def test_questions_stop_as_well(record, mutuality):
    (ssin,) = record(1)
    rewrite(mutuality, period=LONG_AGO)
    question = {"legalContext": mutuality.legal_context, "ssin": ssin, "date": "2026-07-01"}

    answer = mutuality.post("/rights/query", question)

    assert answer.status_code == 403
