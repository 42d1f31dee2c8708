"""Changes that come while somebody is being derived apart, and programs that end in the middle."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from django.db import connection, transaction

from attestations.locks import lock_persons
from attestations.models import FactChange, Person
from derived_rights.models import PersonDue
from derived_rights.services import deriving, due_work, persons_due
from derived_rights.surroundings import around
from tests.derived_rights.crowds import crowd, derive_all, note, state, unlike_a_full_derivation
from tests.threads import SECONDS, threads, wait_for_waiters

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def everyone(monkeypatch):
    """A crowd of whom each is due, and nothing else is to be done."""
    monkeypatch.setattr(deriving, "MOST", 24)
    monkeypatch.setattr(deriving, "WIDE", 8)
    monkeypatch.setattr(due_work, "AT_ONCE", 4)
    found = crowd(20, children=10)
    take_in()
    return found


def take_in():
    while deriving.derive_batch() or persons_due.pass_on():
        pass


class Halt:
    """Halts the program that derives somebody apart: after that, or after it was noted as done."""

    def __init__(self, monkeypatch, *, where: str) -> None:
        self.reached, self.go_on = threading.Event(), threading.Event()
        self.pid = 0
        self.persons: set[int] = set()
        module = {"derive_persons": deriving, "done": persons_due}[where]
        self.real = getattr(module, where)
        name = "deriving" if module is deriving else "persons_due"
        others = {one: getattr(module, one) for one in dir(module) if one != where}
        monkeypatch.setattr(due_work, name, SimpleNamespace(**others, **{where: self}))

    def __call__(self, persons):
        found = self.real(persons)
        if not self.reached.is_set():
            self.persons = set(persons)
            self.pid = connection.connection.info.backend_pid
            self.reached.set()
            assert self.go_on.wait(SECONDS)
        return found


@contextmanager
def halted(monkeypatch, *, where: str):
    """While a program is halted there, on a thread; what it ended in, once it has gone on."""
    halt = Halt(monkeypatch, where=where)
    with threads() as (start, faults):
        start(due_work.step)
        assert halt.reached.wait(SECONDS)
        halt.faults = faults
        halt.start = start
        try:
            yield halt
        finally:
            halt.go_on.set()


def test_who_changes_while_being_derived_stays_due(monkeypatch, everyone):
    with halted(monkeypatch, where="derive_persons") as halt:
        person = min(halt.persons)
        newcomer = max(everyone)
        state(person, [newcomer])
        take_in()  # although thousands may be locked
        assert not PersonDue.objects.get(person=person).taken
    assert halt.faults == []
    assert PersonDue.objects.filter(person=person).exists()
    derive_all()
    assert unlike_a_full_derivation() == []


def test_whom_a_change_of_others_reaches_while_being_derived_stays_due(monkeypatch, everyone):
    with halted(monkeypatch, where="derive_persons") as halt:
        person = min(halt.persons)
        note([max(around([person], 2) - around([person], 1))])
        take_in()
        assert not PersonDue.objects.get(person=person).taken
    assert halt.faults == []
    assert PersonDue.objects.filter(person=person).exists()


def test_who_changes_when_all_but_committed_is_due_again(monkeypatch, everyone):
    with halted(monkeypatch, where="done") as halt:
        person = min(halt.persons)
        state(person, [max(everyone)])
        halt.start(take_in)
        wait_for_waiters(1)
    assert halt.faults == []
    assert PersonDue.objects.filter(person=person).exists()
    derive_all()
    assert unlike_a_full_derivation() == []


@pytest.mark.parametrize("where", ["derive_persons", "done"])
def test_a_program_that_ends_in_the_middle_loses_nobody(monkeypatch, everyone, where):
    with halted(monkeypatch, where=where) as halt, connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [halt.pid])
    assert len(halt.faults) == 1
    taken = PersonDue.objects.filter(taken=True)
    assert set(taken.values_list("person_id", flat=True)) == halt.persons
    monkeypatch.undo()
    derive_all()
    assert not PersonDue.objects.exists()
    assert unlike_a_full_derivation() == []


def test_a_reader_of_one_who_is_due_is_not_kept_by_the_others(monkeypatch, everyone):
    """It waits for whoever holds the persons, and then sees what is true."""
    with halted(monkeypatch, where="derive_persons") as halt:
        asked = max(everyone)
        halt.start(lambda: deriving.derive_pending_of([asked]))
        wait_for_waiters(1)
    assert halt.faults == []
    assert unlike_a_full_derivation([asked]) == []


def test_a_batch_waits_for_nobody_for_long():
    """Who is held by somebody else is set aside, or the same batch would begin again for ever."""
    persons = [person.pk for person in Person.objects.bulk_create(Person() for _ in range(4))]
    pairs = persons[:2], persons[2:]
    for subject, member in pairs:
        state(subject, [member])
    held = pairs[0][1]

    def derive():
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '100ms'")
        assert deriving.derive_batch() == FactChange.objects.count()

    with threads() as (start, faults), transaction.atomic():
        lock_persons([held])
        start(derive)
        while not PersonDue.objects.exists():
            assert faults == []
    assert faults == []
    assert set(PersonDue.objects.values_list("person_id", flat=True)) == set(pairs[0])
    derive_all()
    assert unlike_a_full_derivation() == []


def test_one_program_at_a_time_derives_apart(monkeypatch, everyone):
    halt = Halt(monkeypatch, where="derive_persons")
    with threads() as (start, faults):
        start(lambda: due_work.work(seconds=0))
        assert halt.reached.wait(SECONDS)
        assert due_work.work(seconds=0) is False
        halt.go_on.set()
    assert faults == []
    assert PersonDue.objects.exists()
    assert due_work.work(seconds=SECONDS) is False
    assert not PersonDue.objects.exists()
    note(everyone[:1])
    derive_all()
    assert unlike_a_full_derivation() == []
