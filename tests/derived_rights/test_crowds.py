"""Where very many live together, by what is stated: nobody else waits, and each is derived."""

from __future__ import annotations

import math
import random
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attestations import locks
from attestations.models import FactChange, HouseholdStatement, Person
from attestations.tickets import new_ticket
from derived_rights import surroundings
from derived_rights.models import LawChange, PersonDue, RightChange
from derived_rights.services import (
    chunk_work,
    derivation_runs,
    deriving,
    due_work,
    persons_due,
    unsettled,
)
from derived_rights.services.outcomes import steps_of_a_fact
from derived_rights.surroundings import around
from tests.derived_rights.crowds import (
    crowd,
    derive_all,
    note,
    state,
    unlike_a_full_derivation,
    withdraw,
)
from tests.derived_rights.populations import Population

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def bounds(monkeypatch):
    """As if a few were many."""
    for module, name, value in (
        (deriving, "BATCH", 10),
        (deriving, "MOST", 24),
        (deriving, "WIDE", 8),
        (due_work, "MOST", 40),
        (due_work, "AT_ONCE", 8),
        (persons_due, "AT_ONCE", 4),
        (chunk_work, "BATCH", 10),
        (chunk_work, "MOST", 24),
        (chunk_work, "WIDE", 8),
    ):
        monkeypatch.setattr(module, name, value)


@pytest.fixture
def held(monkeypatch):
    """How many persons each lock was asked for."""
    found = []

    def lock(person_ids):
        found.append(len(set(person_ids)))
        locks.lock_persons(person_ids)

    monkeypatch.setattr(surroundings, "lock_persons", lock)
    return found


def pending():
    return FactChange.objects.filter(derived_at=None)


@pytest.mark.parametrize("households", [20, 80])
def test_others_wait_for_no_more_batches_than_there_are_changes(
    cpas, decision, new_ssin, held, households
):
    everyone = crowd(households, children=10)
    household = [{"ssin": new_ssin(), "relation": "partner"}]
    assert cpas.post("/decisions", decision(new_ssin(), household=household)).status_code == 201
    last = pending().latest("pk")
    before, batches = pending().count(), 0

    while pending().filter(pk=last.pk).exists():
        assert deriving.derive_batch()
        batches += 1

    assert batches <= math.ceil(before / deriving.BATCH)
    assert max(held) <= deriving.MOST
    told = set(RightChange.objects.values_list("person_id", flat=True))
    assert last.person_id in told
    assert not told & set(everyone)
    # The others of the crowd are marked by those who are.
    while persons_due.pass_on():
        pass
    assert set(PersonDue.objects.values_list("person_id", flat=True)) == set(everyone)


def test_a_change_is_passed_on_to_whom_it_may_concern_and_to_nobody_else():
    everyone = crowd(60, children=30)
    derive_all()
    for changed in everyone[0], everyone[-1]:
        near = around([changed], steps_of_a_fact())
        assert around([changed], 1) < near < set(everyone)
        note([changed])
        ticket = pending().get().ticket
        assert deriving.derive_batch() == 1
        while persons_due.pass_on():
            pass
        due = PersonDue.objects.values_list("person_id", "ticket")
        assert set(due) == {(person, ticket) for person in near}
        derive_all()


def test_a_crowd_that_one_transaction_can_hold_is_taken_in_as_ever():
    crowd(12, children=6)
    assert deriving.derive_batch() == deriving.BATCH
    assert not PersonDue.objects.exists()


def test_few_who_come_with_a_crowd_are_taken_in_with_their_batch(monkeypatch):
    monkeypatch.setattr(deriving, "BATCH", 1000)
    everyone = set(crowd(20, children=10))
    few = Person.objects.bulk_create(Person() for _ in range(2))
    state(few[0].pk, [few[1].pk])
    assert deriving.derive_batch()
    assert not pending().filter(person__in=few).exists()
    assert set(PersonDue.objects.values_list("person_id", flat=True)) <= everyone


def test_many_batches_of_few_are_not_held_together(held):
    """Each lives with few; together they are more than a transaction may hold."""
    for _ in range(10):
        persons = [person.pk for person in Person.objects.bulk_create(Person() for _ in range(5))]
        state(persons[0], persons[1:])
    while deriving.derive_batch():
        pass
    assert max(held) <= deriving.MOST
    assert not PersonDue.objects.exists()
    assert unlike_a_full_derivation() == []


@pytest.fixture
def narrow(monkeypatch):
    """As if very few were many."""
    monkeypatch.setattr(deriving, "MOST", 12)
    monkeypatch.setattr(deriving, "WIDE", 4)


@pytest.mark.parametrize("seed", range(8))
def test_every_order_of_work_ends_as_a_full_derivation(narrow, seed):
    """Crowds and few mixed, merged persons, and changes that come while all this is worked on."""
    draw = random.Random(seed)
    population = Population(36, seed, households=draw.choice([12, 30, 60]))
    note(population.ids)
    ids = [person.pk for person in population.persons]

    def move_in():
        subject, *members = draw.sample(population.ids, 3)
        state(subject, members)

    def move_out():
        stated = HouseholdStatement.objects.filter(superseded_at=None, fact=None)
        withdraw(draw.choice(list(stated.order_by("pk"))))

    def read():
        asked = draw.sample(ids, 2)
        deriving.derive_pending_of(asked)
        assert unlike_a_full_derivation(asked) == []

    apart = 0
    works = [deriving.derive_batch, due_work.step, due_work.step, read, move_in, move_out]
    for _ in range(40):
        draw.choice(works)()
        apart = max(apart, PersonDue.objects.count())
    derive_all()

    assert apart, "nobody was set aside: nothing shown"
    assert not pending().exists()
    assert not PersonDue.objects.exists()
    assert unlike_a_full_derivation() == []


def test_a_reader_sees_what_is_true_and_leaves_the_work_to_the_workers(narrow):
    population = Population(40, 3, households=60)
    note(population.ids)
    before = pending().count()
    deriving.derive_pending_of(population.ids[:1])
    assert unlike_a_full_derivation(population.ids[:1]) == []
    assert pending().count() == before

    while deriving.derive_batch():
        pass
    marks = set(PersonDue.objects.values_list("person_id", flat=True))
    asked = min(marks)
    assert unlike_a_full_derivation([asked])
    deriving.derive_pending_of([asked])
    assert unlike_a_full_derivation([asked]) == []
    assert set(PersonDue.objects.values_list("person_id", flat=True)) == marks


def test_a_reader_holds_only_whom_something_pending_may_concern(held):
    for _ in range(8):
        persons = [person.pk for person in Person.objects.bulk_create(Person() for _ in range(3))]
        state(persons[0], persons[1:])
    derive_all()
    held.clear()
    note(persons[:1])
    deriving.derive_pending_of(Person.objects.values_list("pk", flat=True))
    assert held == [3]


def test_reading_costs_one_question_when_nothing_is_pending():
    with CaptureQueriesContext(connection) as asked:
        deriving.derive_pending_of([1])
    assert len(asked) == 1


def test_what_is_due_counts_as_pending():
    assert not unsettled.anything()
    crowd(20, children=10)
    while deriving.derive_batch():
        pass
    assert not pending().exists()
    assert unsettled.anything()
    derive_all()
    assert not unsettled.anything()


def test_a_decision_in_a_crowd_is_previewed_as_it_is_recorded(cpas, decision, new_ssin):
    ssins = [new_ssin() for _ in range(16)]
    for place in range(10):
        household = [{"ssin": ssins[one], "relation": "child"} for one in range(10, 16)]
        body = decision(ssins[place], household=household)
        assert cpas.post("/decisions", body).status_code == 201
    previewed = cpas.post("/decisions/preview", decision(ssins[10])).json()
    recorded = cpas.post("/decisions", decision(ssins[10])).json()
    derive_all()

    told = RightChange.objects.filter(person__decisions__public_id=recorded["decisionId"])
    assert previewed["rights"]
    assert {one["right"] for one in previewed["rights"]} == {row.right for row in told}


def test_who_lives_in_a_crowd_holds_up_no_derivation_of_everyone(held):
    population = Population(60, 4, households=90)
    run = derivation_runs.begin(ticket=new_ticket(), thorough=True)
    while chunk_work.work(run):
        pass
    assert derivation_runs.finish(run)
    assert max(held) <= chunk_work.MOST
    due = PersonDue.objects.all()
    assert due.exists()
    assert set(due.values_list("ticket", "reach")) == {(run.ticket, 0)}
    assert derivation_runs.progress(run).apart == due.count()

    derive_all()
    assert derivation_runs.progress(run).apart == 0
    assert unlike_a_full_derivation() == []
    assert not LawChange.objects.filter(derived_at=None).exists()
    assert population.ids


def test_few_are_derived_at_a_time_where_many_live_around_each_and_for_as_long_as_it_takes(
    monkeypatch,
):
    everyone = crowd(20, children=10)
    while deriving.derive_batch() or persons_due.pass_on():
        pass
    around = {one: len(surroundings.around([one], steps_of_a_fact())) for one in everyone}
    monkeypatch.setattr(due_work, "MOST", 2 * max(around.values()))
    derived, limits = [], set()

    def derive(tickets):
        derived.append(list(tickets))
        with connection.cursor() as cursor:
            cursor.execute("SHOW idle_in_transaction_session_timeout")
            limits.add(cursor.fetchone())
        return deriving.derive_persons(tickets)

    monkeypatch.setattr(due_work, "deriving", SimpleNamespace(derive_persons=derive))
    while due_work.step():
        pass

    assert {one for some in derived for one in some} == set(everyone)
    assert max(sum(around[one] for one in some) for some in derived) <= due_work.MOST
    assert max(map(len, derived)) > 1
    assert limits == {("0",)}


def test_who_was_given_up_comes_last(monkeypatch):
    """One who cannot be derived, whatever the reason, keeps nobody else from it."""
    crowd(20, children=10)
    while deriving.derive_batch() or persons_due.pass_on():
        pass
    monkeypatch.setattr(due_work, "AT_ONCE", 1)
    (first,) = persons_due.following(1)
    real = deriving.derive_persons

    def derive(tickets):
        if first in tickets:
            raise TimeoutError
        return real(tickets)

    monkeypatch.setattr(due_work, "deriving", SimpleNamespace(derive_persons=derive))
    with pytest.raises(TimeoutError):
        due_work.step()
    while PersonDue.objects.count() > 1:
        assert due_work.step()
    with pytest.raises(TimeoutError):
        due_work.step()
    assert PersonDue.objects.get().person_id == first
    monkeypatch.setattr(due_work, "deriving", deriving)
    derive_all()
    assert unlike_a_full_derivation() == []
