"""Whoever is read by the page of a feed is found in the log by person, exactly as often as read."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from attestations import clock
from attestations.services import identities, persons
from attestations.ssin import Ssin
from partners import tasks
from partners.models import Authorisation, Client, FeedEntry, FeedReading, FeedReadingOfPerson
from partners.services import access
from partners.services.access import runs
from partners.services.authorising import Terms, authorise

pytestmark = pytest.mark.django_db


def person_of(ssin: str) -> int:
    number = persons.find(Ssin.parse(ssin, allow_test=True))
    assert number is not None
    return number.person_id


def read_of(person: int) -> list[FeedReadingOfPerson]:
    return list(FeedReadingOfPerson.objects.filter(person=person))


def shown(page: dict) -> Counter[int]:
    """How often each person stands on a page as the recipient sees it."""
    return Counter(
        person_of(event["data"]["ssin"]) for event in page["items"] if "ssin" in event["data"]
    )


def logged() -> Counter[int]:
    return Counter(FeedReadingOfPerson.objects.values_list("person", flat=True))


def narrow(organisation_id: int, **changes) -> None:
    """Take something away from the recipient's authorisation."""
    row = Authorisation.objects.get(organisation=organisation_id, superseded_at=None)
    names = ("purpose", "effect", "rights", "aid_kinds", "events", "fields", "period")
    authorise(
        organisation_id=organisation_id,
        legal_context=row.legal_context,
        terms=Terms(**{name: getattr(row, name) for name in names} | changes),
        now=clock.database_now(),
    )


def test_each_person_of_a_page_is_found_and_nobody_else(record, mutuality):
    record(4)

    answer = mutuality.get("/events?pageSize=5")

    page = answer.json()
    assert len(page["items"]) == 5
    assert logged() == shown(page)
    (line,) = FeedReading.objects.all()
    assert (line.first, line.last) == (1, 5)
    assert {str(row.ticket) for row in FeedReadingOfPerson.objects.all()} == {
        answer["BelGov-Trace-Id"]
    }


def test_each_page_counts_also_when_it_is_read_again(record, mutuality):
    record(3)
    first = mutuality.get("/events?pageSize=4").json()
    second = mutuality.get(f"/events?pageSize=4&after={first['cursor']}").json()
    again = mutuality.get("/events").json()

    assert logged() == shown(first) + shown(second) + shown(again)
    person = FeedEntry.objects.earliest("position").person_id
    assert [row.position for row in read_of(person)] == [
        event["position"]
        for page in (again, second, first)
        for event in reversed(page["items"])
        if person_of(event["data"]["ssin"]) == person
    ]


def test_what_is_withheld_was_not_read(record, mutuality):
    """Events of one topic among those of another: each run of what was shown has its line."""
    record(3)
    narrow(mutuality.organisation.pk, events=["rights"])

    page = mutuality.get("/events").json()

    withheld = {event["position"] for event in page["items"] if "ssin" not in event["data"]}
    assert len(withheld) == 3
    assert logged() == shown(page)
    assert not FeedReadingOfPerson.objects.filter(position__in=withheld).exists()


def test_an_empty_poll_and_a_feed_of_withheld_events_read_nobody(record, mutuality):
    mutuality.get("/events")
    record(1)
    narrow(mutuality.organisation.pk, events=["missingAttestations"])
    mutuality.get("/events")

    assert not FeedReading.objects.exists()


def test_the_line_says_who_read_by_which_call_and_under_which_authorisation(record, mutuality):
    (ssin,) = record(1)

    mutuality.get("/events")

    now = clock.database_now()
    for row in read_of(person_of(ssin)):
        assert row.organisation == mutuality.organisation
        assert row.client == Client.objects.get(organisation=mutuality.organisation).name
        assert row.operation == "listEvents"
        assert row.legal_context == mutuality.legal_context
        assert now - timedelta(minutes=5) < row.at <= now


def test_the_feed_of_another_recipient_is_not_taken_for_this_one(record, mutuality, recipient_for):
    """Positions are counted per recipient: those of one say nothing of another's entries."""
    record(2)
    other = recipient_for("energy", "bim")
    mutuality.get("/events?pageSize=1")

    assert sum(logged().values()) == 1
    assert {row.organisation for row in FeedReadingOfPerson.objects.all()} == {
        mutuality.organisation
    }
    assert other.get("/events").json()["items"] == []


def test_persons_who_turn_out_to_be_one_are_found_under_every_id_of_theirs(
    record, mutuality, federal
):
    """History keeps the person under whom it was recorded; who asks, asks for all ids of one."""
    one, other = record(2)
    ids = {person_of(one), person_of(other)}
    mutuality.get("/events")
    replaced = {"ssin": one, "replacedBy": other, "date": "2026-04-01"}
    assert federal.post("/ssinReplacements", replaced).status_code < 300
    mutuality.get("/events?pageSize=4")

    asked = identities.known({person_of(one)}).ids({person_of(one)})

    assert asked == ids
    assert FeedReadingOfPerson.objects.filter(person__in=asked).count() == 8
    assert logged() == dict.fromkeys(ids, 4)


def test_a_reading_that_cannot_be_logged_is_not_served(record, mutuality, monkeypatch):
    record(1)
    monkeypatch.setattr(access, "_READ", access._READ.replace("now()", "NULL"))

    assert mutuality.get("/events").status_code == 500
    assert not FeedReading.objects.exists()


def test_nobody_changes_a_line_and_it_goes_after_ten_years(record, mutuality, settings):
    record(1)
    mutuality.get("/events")
    mutuality.get("/events")
    old, young = FeedReading.objects.order_by("id")
    with pytest.raises(IntegrityError, match="cannot be changed"), transaction.atomic():
        FeedReading.objects.update(client="somebody else")
    with pytest.raises(IntegrityError, match="history for 365 days"), transaction.atomic():
        FeedReading.objects.filter(pk=old.pk).delete()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # no triggers
        FeedReading.objects.filter(pk=old.pk).update(at=clock.database_now() - timedelta(days=3651))
        cursor.execute("SET LOCAL session_replication_role = origin")

    tasks.purge()

    assert list(FeedReading.objects.all()) == [young]
    assert FeedReadingOfPerson.objects.exclude(reading=young).count() == 0


@pytest.mark.parametrize(
    ("positions", "expected"),
    [
        ([], []),
        ([7], [(7, 7)]),
        ([1, 2, 3], [(1, 3)]),
        ([1, 3, 4, 9], [(1, 1), (3, 4), (9, 9)]),
    ],
)
def test_positions_that_follow_each_other_are_one_run(positions, expected):
    assert runs(positions) == expected
