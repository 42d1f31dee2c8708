"""The bytes of a feed are those that each event has when it is made plainly, one by one."""

from __future__ import annotations

import json
from datetime import date, timedelta
from random import Random

import pytest
from django.conf import settings
from django.db import connection

from attestations import clock
from attestations.models import Attestation, FactChange, MissingAttestation
from attestations.models.fields import timeline_to_json
from attestations.periods import Span, Timeline
from attestations.tickets import new_ticket
from derived_rights.models import RightChange
from derived_rights.services.deriving import derive_pending
from partners.models import Authorisation, FeedEntry, FeedHead
from partners.payloads import FIELDS, encode
from partners.services import epochs, events, feed_rows
from partners.services.routing import route_pending
from tests.partners.plain_events import plainly

pytestmark = pytest.mark.django_db

WORDS = ["granted", "extended", "reduced", "corrected", "ended"]
CHANGES = 60


@pytest.fixture
def told(record, mutuality, cpas, decision, new_ssin):
    """A feed with something of every kind, and with changes of rights as odd as may be."""
    record(3)
    ssin = new_ssin()
    mutuality.inscribe(ssin)
    address = f"/decisions/{cpas.post('/decisions', decision(ssin)).json()['decisionId']}"
    stop = {"endDate": "2026-08-31", "reason": "x"}
    assert cpas.post(f"{address}/stop", stop, If_Match='"1"').status_code == 200
    cancelled = cpas.post(f"{address}/cancellation", {"reason": "error"}, If_Match='"2"')
    assert cancelled.status_code == 200
    derive_pending()
    route_pending()
    _tell_findings()
    _tell_changes(Random(20260317))
    return mutuality


def _append(entry: FeedEntry, **pinned) -> None:
    """Another event for the same recipient, about the same person."""
    head = FeedHead.objects.get(organisation=entry.organisation)
    head.position += 1
    head.save()
    FeedEntry.objects.create(
        organisation=entry.organisation,
        position=head.position,
        authorisation=entry.authorisation,
        legal_context=entry.legal_context,
        person=entry.person,
        number=entry.number,
        code=entry.code,
        created_at=clock.database_now(),
        **pinned,
    )


def _tell_findings() -> None:
    now = clock.database_now()
    entry = FeedEntry.objects.latest("position")
    cpas = Attestation.objects.earliest("id").cpas
    for number, (span, resolved_at) in enumerate(
        [
            (Span(date(2026, 3, 1), date(2026, 4, 1)), None),
            (Span(date(2026, 3, 2)), now + timedelta(seconds=1)),
        ]
    ):
        finding = MissingAttestation.objects.create(
            cpas=cpas,
            person=entry.person,
            aid_kind="integrationIncome",
            period=span,
            cause="neverSent",
            due_on=date(2026, 3, 8),
            found_at=now,
            resolved_at=resolved_at,
            ticket=new_ticket(),
        )
        fact = FactChange.objects.create(
            kind="missing",
            person=entry.person,
            cpas=cpas,
            missing=finding,
            resolved=resolved_at is not None,
            version=90 + number,
            ticket=new_ticket(),
            recorded_at=now,
            routed_at=now,
        )
        _append(entry, topic="attestations", fact_change=fact, ticket=fact.ticket)


def _tell_changes(random: Random) -> None:
    numbers = list(Attestation.objects.values_list("number", flat=True))
    entry = FeedEntry.objects.filter(topic="rights").latest("position")

    def days() -> list[list[str | None]]:
        spans = []
        for _ in range(random.choice((0, 1, 1, 2))):
            start = date(2020, 1, 1) + timedelta(days=random.randrange(3_000))
            end = start + timedelta(days=random.randrange(1, 400))
            spans.append(random.choice((Span(start, end), Span(start, end), Span(start))))
        return timeline_to_json(Timeline(spans))

    for version in range(100, 100 + CHANGES):
        change = RightChange.objects.create(
            person=entry.person,
            right=entry.code,
            version=version,
            transition=random.choice(WORDS),
            periods=days(),
            previous_periods=days(),
            undetermined_periods=random.choice(([], days())),
            attestation_numbers=random.sample(numbers, random.choice((0, 1, 1, 2, len(numbers)))),
            missing_facts=random.choice(([], [{"fact": "birthDate", "source": "été"}])),
            ticket=new_ticket(),
            recorded_at=clock.database_now() - timedelta(microseconds=random.randrange(10**9)),
            routed_at=clock.database_now(),
        )
        told = random.choice((None, None, 0, max(100, version - 3)))
        _append(entry, topic="rights", right_change=change, told_version=told, ticket=change.ticket)


def expected(fields: set[str]) -> list[bytes]:
    epoch, source = epochs.current(), f"{settings.BASE_URL}/registry/v1"
    return [
        plainly(entry, epoch=epoch, source=source, fields=fields)
        for entry in FeedEntry.objects.order_by("position")
    ]


def kinds(bodies: list[bytes]) -> set[str]:
    return {json.loads(body)["type"].partition(".v1.")[2] for body in bodies}


@pytest.mark.parametrize(
    "fields",
    [FIELDS, set(), {"periods"}, {"aidKind", "cpas"}, {"attestationNumber", "periods"}],
    ids=lambda fields: "+".join(sorted(fields)) or "none",
)
def test_a_page_holds_the_bytes_of_each_event_made_plainly(told, fields):
    """Whatever is open to the recipient; the pages of a feed are its events and nothing between."""
    _open(sorted(fields))
    wanted = expected(set(fields))
    assert kinds(wanted) >= {
        *(f"rights.notify.{word}" for word in WORDS),
        *(f"attestations.notify.{word}" for word in ("created", "corrected", "cancelled")),
        *(f"missingAttestations.notify.{word}" for word in ("found", "resolved")),
    }

    page = told.get("/events?pageSize=1000").content
    half = told.get("/events?pageSize=20").content

    assert b'"items":[' + b",".join(wanted) + b"]" in page
    assert b'"items":[' + b",".join(wanted[:20]) + b"]" in half


def test_what_is_pushed_has_the_same_bytes(told):
    _open(sorted(FIELDS))
    entries = feed_rows.read(FeedEntry.objects.filter(organisation=told.organisation))

    assert [encode(event) for event in events.render(entries)] == expected(set(FIELDS))
    assert [encode(event) for entry in entries for event in events.render([entry])] == expected(
        set(FIELDS)
    )


def _open(fields: list[str]) -> None:
    """As if the authorisation had opened these all along, which only who owns the tables can do."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # no triggers
        Authorisation.objects.update(fields=fields)
        cursor.execute("SET LOCAL session_replication_role = origin")
