"""Lists cost the same number of queries however long they are."""

from __future__ import annotations

from datetime import date

import pytest

from attestations.models import Cpas
from attestations.services.missing import control
from attestations.tickets import new_ticket
from derived_rights.services.deriving import derive_pending
from partners.models import DeliveryAttempt, FeedEntry, Subscription
from partners.services.routing import route_pending

pytestmark = pytest.mark.django_db


@pytest.fixture
def aided(cpas, recipient_for, decision, new_ssin):
    """A recipient, and a way to have more persons aided and told of."""
    recipient = recipient_for("recipient", "bim")
    recipient.ssins = []

    def more(count: int):
        for _ in range(count):
            recipient.ssins.append(ssin := new_ssin())
            recipient.inscribe(ssin)
            assert cpas.post("/decisions", decision(ssin)).status_code == 201
        derive_pending()
        route_pending()
        return recipient

    return more


def test_missing_attestations(cpas, federal, new_ssin, queries_of):
    number = Cpas.objects.get().enterprise_number

    def more(count: int) -> None:
        items = [
            {
                "enterpriseNumber": number,
                "ssin": new_ssin(),
                "aidKind": "integrationIncome",
                "month": "2026-04",
            }
            for _ in range(count)
        ]
        federal.post("/subsidyClaims/batches", {"items": items})
        control(on=date(2026, 5, 20), ticket=new_ticket())

    more(2)
    few = queries_of(lambda: cpas.get("/missingAttestations"))
    more(20)

    assert len(cpas.get("/missingAttestations").json()["items"]) == 22
    assert queries_of(lambda: cpas.get("/missingAttestations")) == few


def test_events(aided, queries_of):
    recipient = aided(2)
    few = queries_of(lambda: recipient.get("/events"))
    aided(18)

    assert len(recipient.get("/events").json()["items"]) >= 40
    assert queries_of(lambda: recipient.get("/events")) == few


def test_deliveries(aided, queries_of):
    recipient = aided(2)
    subscription = Subscription.objects.get()

    def attempt(entries) -> None:
        for entry in entries:
            DeliveryAttempt.objects.create(
                subscription=subscription,
                entry=entry,
                number=1,
                outcome=DeliveryAttempt.Outcome.DELIVERED,
                milliseconds=5,
                ticket=new_ticket(),
                at=entry.created_at,
            )

    entries = list(FeedEntry.objects.all())
    attempt(entries[:1])
    few = queries_of(lambda: recipient.get("/deliveries"))
    attempt(entries * 5)

    assert len(recipient.get("/deliveries").json()["items"]) == 21
    assert queries_of(lambda: recipient.get("/deliveries")) == few


def test_decisions(cpas, decision, new_ssin, queries_of):
    def more(count: int) -> None:
        for _ in range(count):
            assert cpas.post("/decisions", decision(new_ssin())).status_code == 201

    def ask():
        return cpas.post("/decisions/query", {"reference": "2026/0412"})

    more(2)
    few = queries_of(ask)
    more(10)

    assert len(ask().json()["items"]) == 12
    assert queries_of(ask) == few


def test_inscriptions(aided, queries_of):
    recipient = aided(2)
    few = queries_of(lambda: recipient.post("/inscriptions/query", {}))
    aided(10)

    assert queries_of(lambda: recipient.post("/inscriptions/query", {})) == few


def test_the_rights_of_a_hundred_persons(aided, queries_of):
    recipient = aided(100)

    def ask(count: int):
        return recipient.post(
            "/rights/query",
            {
                "legalContext": recipient.legal_context,
                "ssins": recipient.ssins[:count],
                "date": "2026-07-01",
            },
        )

    one = queries_of(lambda: ask(1))

    assert {item["outcome"] for item in ask(100).json()["items"]} == {"applies"}
    assert queries_of(lambda: ask(100)) == one
