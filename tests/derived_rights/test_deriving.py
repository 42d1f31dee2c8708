"""What a derivation costs and holds: few questions however many it is about, and every lock."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from attestations.codes import HouseholdRelation
from attestations.locks import lock_persons
from attestations.models import HouseholdStatement
from attestations.periods import Span
from attestations.tickets import new_ticket
from derived_rights.engine import one
from derived_rights.models import RightChange
from derived_rights.services import catalogue, deriving
from derived_rights.services.applied_law import current_law
from derived_rights.surroundings import hold
from partners.services.routing import route_pending
from tests.derived_rights.populations import NOW
from tests.factories import PersonFactory

pytestmark = pytest.mark.django_db


def questions(work):
    """How many statements the work sends to the database; two of them are the test's savepoint."""
    with CaptureQueriesContext(connection) as asked:
        work()
    return len(asked)


@pytest.fixture
def decide(cpas, decision, new_ssin):
    """Record decisions on so many persons, each with so many others in the household."""

    def make(persons: int, others: int = 0) -> None:
        for _ in range(persons):
            household = [{"ssin": new_ssin(), "relation": "child"} for _ in range(others)]
            answer = cpas.post("/decisions", decision(new_ssin(), household=household))
            assert answer.status_code == 201, answer.content

    return make


def test_a_derivation_asks_the_same_few_questions_however_many_it_is_about(decide):
    decide(1)
    one_person = questions(deriving.derive_batch)
    assert one_person <= 17

    decide(1, others=4)
    assert questions(deriving.derive_batch) == one_person
    decide(6, others=2)
    assert questions(deriving.derive_batch) == one_person


def test_routing_asks_the_same_few_questions_however_many_changes_there_are(decide, recipient_for):
    recipient_for("mutualities", "bim")
    decide(1)
    deriving.derive_pending()
    route_pending()  # which begins the epoch of the feeds

    decide(1)
    deriving.derive_pending()
    one_decision = questions(route_pending)
    assert one_decision <= 18

    decide(9)
    deriving.derive_pending()
    assert questions(route_pending) == one_decision


def test_what_is_stored_already_is_not_proved_again(decide, monkeypatch):
    decide(2, others=1)
    deriving.derive_pending()
    changes = list(RightChange.objects.order_by("pk"))
    persons = {change.person_id for change in changes}
    monkeypatch.setattr(one, "digest_of_facts", lambda *_: pytest.fail("a receipt was made"))

    assert deriving.derive_persons(dict.fromkeys(persons, new_ticket())) == 0

    assert list(RightChange.objects.order_by("pk")) == changes


def test_the_law_is_kept_as_long_as_it_is_the_same():
    before = current_law()
    assert current_law() is before

    catalogue.set_value(
        right="bim", name="minimum_months", valid_from=date(2014, 1, 1), value=9, reference="test"
    )
    after = current_law()
    assert after.overrides == {"bim": {"minimum_months": {date(2014, 1, 1): 9}}}
    assert after.legislation.law("bim").figures != before.legislation.law("bim").figures

    catalogue.switch("bim", active=False, by="somebody", reason="a test")
    assert "bim" not in current_law().active


@pytest.mark.django_db(transaction=True)
def test_who_moves_in_while_a_derivation_waits_is_held_too():
    asked, newcomer = PersonFactory(), PersonFactory()
    found = []

    def derive():
        try:
            with transaction.atomic():
                found.append(hold([asked.pk], 1).persons)
                held.set()
                assert looked.wait(60)
        finally:
            connection.close()

    held, looked = threading.Event(), threading.Event()
    waiting = threading.Thread(target=derive)
    with transaction.atomic():
        lock_persons([asked.pk])
        HouseholdStatement.objects.create(
            subject=asked,
            member=newcomer,
            relation=HouseholdRelation.PARTNER,
            period=Span(date(2026, 1, 1)),
            source="cpas",
            ticket=new_ticket(),
            recorded_at=NOW,
        )
        waiting.start()
        with connection.cursor() as cursor:
            while not cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone():
                assert waiting.is_alive()
    try:
        assert held.wait(60)
        assert found == [{asked.pk, newcomer.pk}]
        with pytest.raises(OperationalError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT FROM attestations_person WHERE id = %s FOR UPDATE NOWAIT", [newcomer.pk]
            )
    finally:
        looked.set()
        waiting.join()
