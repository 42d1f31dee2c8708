"""Derivations that need each other's persons: both end, and no reader sees a fault."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date

import pytest
from django.db import transaction

from attestations import locks
from attestations.codes import HouseholdRelation
from attestations.locks import lock_persons
from attestations.models import HouseholdStatement, Person
from attestations.periods import Span
from attestations.tickets import new_ticket
from derived_rights import surroundings
from derived_rights.services import deriving
from derived_rights.surroundings import HouseholdsMoved, hold, restarting
from tests.derived_rights.crowds import unlike_a_full_derivation
from tests.derived_rights.populations import NOW
from tests.factories import PersonFactory
from tests.threads import SECONDS, threads, wait_for_waiters

pytestmark = pytest.mark.django_db(transaction=True)


def move_in_together(subject: Person, member: Person) -> None:
    HouseholdStatement.objects.create(
        subject=subject,
        member=member,
        relation=HouseholdRelation.PARTNER,
        period=Span(date(2026, 1, 1)),
        source="cpas",
        ticket=new_ticket(),
        recorded_at=NOW,
    )


def test_two_derivations_whose_persons_move_in_together_both_end(monkeypatch):
    """Each holds its own person when it learns of the other's."""
    one, other = PersonFactory(), PersonFactory()
    all_hold, moved = threading.Barrier(3, timeout=SECONDS), threading.Event()
    been = threading.local()

    def lock_and_pause(person_ids):
        lock_persons(person_ids)
        if not hasattr(been, "here"):
            been.here = True
            all_hold.wait()
            assert moved.wait(SECONDS)

    monkeypatch.setattr(surroundings, "lock_persons", lock_and_pause)

    def derive(person: Person) -> Callable[[], object]:
        return lambda: deriving.derive_persons({person.pk: new_ticket()})

    with threads() as (start, faults):
        start(derive(one))
        start(derive(other))
        all_hold.wait()
        move_in_together(one, other)
        moved.set()
    assert faults == []


def test_who_moved_in_and_is_held_by_another_is_waited_for_from_the_start(monkeypatch):
    asked, newcomer = PersonFactory(), PersonFactory()
    attempts = []
    seen: list[frozenset[int]] = []

    def lock_and_be_joined(person_ids):
        wanted = set(person_ids)
        attempts.append(wanted)
        if len(attempts) == 1:
            with threads() as (start, faults):
                start(lambda: move_in_together(asked, newcomer))
            assert faults == []
        locks.lock_persons(wanted)

    monkeypatch.setattr(surroundings, "lock_persons", lock_and_be_joined)
    with threads() as (start, faults), transaction.atomic():
        lock_persons([newcomer.pk])
        start(lambda: restarting(lambda: seen.append(hold([asked.pk], 1).persons)))
        wait_for_waiters(1)
    assert faults == []
    assert attempts == [{asked.pk}, {asked.pk, newcomer.pk}]
    assert seen == [{asked.pk, newcomer.pk}]


def test_whoever_holds_locks_already_does_not_wait(monkeypatch):
    person = PersonFactory()
    found = []

    def try_it() -> None:
        with transaction.atomic():
            found.append(hold([person.pk], 1, wait=False))

    with transaction.atomic():
        lock_persons([person.pk])
        with threads() as (start, faults):
            start(try_it)
    assert [type(fault) for fault in faults] == [HouseholdsMoved]
    assert found == []


def test_a_reader_whom_a_deadlock_ended_reads_again(cpas, decision, new_ssin):
    """By somebody who does not keep the order. The reader waits first, so it is the one ended."""
    household = [{"ssin": new_ssin(), "relation": "partner"}]
    assert cpas.post("/decisions", decision(new_ssin(), household=household)).status_code == 201
    lower, higher = Person.objects.order_by("pk").values_list("pk", flat=True)

    with threads() as (start, faults), transaction.atomic():
        lock_persons([higher])
        start(lambda: deriving.derive_pending_of([lower]))
        wait_for_waiters(1)
        lock_persons([lower])
    assert faults == []
    assert unlike_a_full_derivation([lower]) == []
