"""The feed: dense, in order, and nothing missed, whoever writes at the same time."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from random import Random

import pytest
from django.db import connection, transaction
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from attestations.codes import AidKind
from attestations.models import Cpas, FactChange
from attestations.models.fields import timeline_to_json
from attestations.periods import Span, Timeline
from attestations.services import recording
from attestations.services.decisions import Content
from attestations.ssin import Ssin
from attestations.tickets import new_ticket
from derived_rights.models import RightChange
from derived_rights.services.deriving import derive_pending
from partners.changes import Days, instant
from partners.models import FeedEntry, FeedHead, StreamEpoch
from partners.services import feed_rows, routing
from partners.services.routing import route_pending
from tests.factories import AuthorisationFactory, SubscriptionFactory

WRITERS = 8
DECISIONS_EACH = 40
POLLERS = 3


class Undone(Exception):
    """A transaction that a writer rolls back on purpose."""


def record(cpas, ssin: str) -> None:
    recording.record(
        cpas=cpas,
        ssin=Ssin.parse(ssin, allow_test=True),
        content=Content(
            aid_kind=AidKind.INTEGRATION_INCOME,
            decided_on=date(2026, 3, 17),
            span=Span(date(2026, 3, 2), date(2027, 3, 2)),
        ),
        ticket=new_ticket(),
    )


@transaction.atomic
def record_and_undo(cpas, ssin: str) -> None:
    record(cpas, ssin)
    raise Undone


@pytest.mark.django_db(transaction=True)
def test_eight_writers_and_three_pollers_miss_nothing(cpas, recipient_for, new_ssin):
    mutuality = recipient_for("mutualities", "bim")
    sender = Cpas.objects.get()
    shares = [[new_ssin() for _ in range(DECISIONS_EACH)] for _ in range(WRITERS)]
    for ssin in [ssin for share in shares for ssin in share]:
        mutuality.inscribe(ssin)
    route_pending()
    written = threading.Event()

    def write(number: int) -> int:
        """Record a share, rolling back every fifth transaction before it is done for good."""
        random = Random(number)
        done = 0
        try:
            for ssin in shares[number]:
                if random.random() < 0.2:
                    with pytest.raises(Undone):
                        record_and_undo(sender, ssin)
                record(sender, ssin)
                done += 1
        finally:
            connection.close()
        return done

    def work() -> None:
        """What the workers do, at the same time as the writers."""
        try:
            while not written.is_set():
                derive_pending()
                route_pending()
        finally:
            connection.close()

    def poll(_number: int) -> list[int]:
        """Follow the feed by its cursor until everything must have come."""
        got: list[int] = []
        after = 0
        try:
            while True:
                last_look = written.is_set()
                rows = FeedEntry.objects.filter(position__gt=after).order_by("position")[:50]
                seen = [row.position for row in rows]
                got += seen
                after = seen[-1] if seen else after
                if last_look and not seen:
                    return got
        finally:
            connection.close()

    with ThreadPoolExecutor(WRITERS + POLLERS + 2) as pool:
        workers = [pool.submit(work) for _ in range(2)]
        pollers = [pool.submit(poll, number) for number in range(POLLERS)]
        try:
            done = [future.result() for future in [pool.submit(write, n) for n in range(WRITERS)]]
            # What a worker has taken in and not yet committed is pending as seen from here.
            while (
                FactChange.objects.filter(Q(derived_at=None) | Q(routed_at=None)).exists()
                or RightChange.objects.filter(routed_at=None).exists()
            ):
                derive_pending()
                route_pending()
        finally:
            written.set()  # or the pollers would wait for ever for what failed
        for future in workers:
            future.result()
        polled = [future.result() for future in pollers]

    decided = sum(done)
    assert decided == WRITERS * DECISIONS_EACH
    # One event for the attestation and one for the right, of each decision.
    everything = list(range(1, 2 * decided + 1))
    assert FeedHead.objects.get().position == 2 * decided
    assert list(FeedEntry.objects.order_by("position").values_list("position", flat=True)) == (
        everything
    )
    assert polled == [everything] * POLLERS


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_routing_leaves_no_hole(cpas, recipient_for, new_ssin, monkeypatch):
    mutuality = recipient_for("mutualities", "bim")
    ssin = new_ssin()
    mutuality.inscribe(ssin)
    record(Cpas.objects.get(), ssin)
    derive_pending()
    append = routing.append

    def fail_once(*args, **kwargs):
        append(*args, **kwargs)
        if FeedEntry.objects.exists():
            monkeypatch.setattr(routing, "append", append)
            raise Undone

    monkeypatch.setattr(routing, "append", fail_once)
    with pytest.raises(Undone):
        route_pending()
    assert not FeedEntry.objects.exists()

    route_pending()

    assert list(FeedEntry.objects.order_by("position").values_list("position", flat=True)) == [1, 2]


@pytest.mark.django_db
def test_a_cursor_of_another_epoch_is_an_explicit_problem(recipient_for):
    mutuality = recipient_for("mutualities", "bim")
    old = mutuality.get("/events").json()["cursor"]
    StreamEpoch.objects.create()

    answer = mutuality.get(f"/events?after={old}")

    assert answer.status_code == 410
    assert answer.json()["type"] == "urn:problem-type:registry:streamEpochChanged"
    assert answer.json()["lastCommonPosition"] == 0


@pytest.mark.django_db
def test_a_change_asked_for_under_two_legal_contexts_is_told_under_each(
    cpas, decision, recipient_for, new_ssin
):
    mutuality = recipient_for("mutualities", "bim")
    other = AuthorisationFactory(organisation=mutuality.organisation, rights=["bim"], fields=[])
    SubscriptionFactory(
        organisation=mutuality.organisation, legal_context=other.legal_context, rights=["bim"]
    )
    ssin = new_ssin()
    mutuality.inscribe(ssin)
    cpas.post("/decisions", decision(ssin))
    derive_pending()
    route_pending()

    told = mutuality.get("/events").json()["items"]

    assert [event["position"] for event in told] == [1, 2, 3, 4]
    full = [event["data"] for event in told if not event["data"]["filteredElements"]]
    filtered = [event["data"] for event in told if event["data"]["filteredElements"]]
    for content in (full, filtered):
        assert sorted("nature" in data for data in content) == [False, True]


@pytest.mark.django_db
def test_a_long_page_asks_no_more_of_the_database_than_a_short_one(
    cpas, decision, recipient_for, new_ssin
):
    mutuality = recipient_for("mutualities", "bim")
    for ssin in (new_ssin() for _ in range(5)):
        mutuality.inscribe(ssin)
        cpas.post("/decisions", decision(ssin))
    derive_pending()
    route_pending()

    with CaptureQueriesContext(connection) as short:
        assert len(mutuality.get("/events?pageSize=6").json()["items"]) == 6
    with CaptureQueriesContext(connection) as long:
        assert len(mutuality.get("/events?pageSize=10").json()["items"]) == 10

    assert len(long) == len(short)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("statement", "parameters"),
    [
        (feed_rows._ENTRIES + feed_rows._BEYOND, [1, 0, 10]),
        (feed_rows._ATTESTED, ["[1, 2]"]),
        (feed_rows._SOURCES, ['["26C1", "26C2"]']),
    ],
    ids=["entries", "attested", "sources"],
)
def test_what_entries_pin_is_never_looked_for_in_a_whole_table(record, statement, parameters):
    """Whatever a planner believes of sizes and prices: here, that to read a table costs nothing."""
    record(3)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL seq_page_cost = 0; SET LOCAL cpu_tuple_cost = 0")
        cursor.execute(f"EXPLAIN {statement}", parameters)
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert "Hash" not in plan
    assert "Merge" not in plan


@pytest.mark.django_db
@pytest.mark.parametrize("at", ["2026-03-18 09:12:44.031999+01", "1999-12-31 23:59:59.9999-05"])
def test_the_database_writes_an_instant_as_we_do(at):
    """In UTC, cut to the millisecond and never rounded: the bytes of an event are the same."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {feed_rows.instant_text('%(at)s::timestamptz')}", {"at": at})
        assert cursor.fetchone() == (instant(datetime.fromisoformat(at + ":00")),)


def test_stored_periods_become_days_as_documents_write_them():
    timeline = Timeline([Span(date(2026, 6, 2), date(2027, 1, 1)), Span(date(2028, 2, 29))])
    stored = json.dumps(timeline_to_json(timeline))
    assert feed_rows.days(stored) == Days.each(timeline)
    assert feed_rows.timeline(stored) == timeline
    assert feed_rows.days("[]") == []
