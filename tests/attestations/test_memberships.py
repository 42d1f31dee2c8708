"""In whose households somebody is named, counted as any way of counting counts it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.db import connection, transaction

from attestations.codes import HouseholdRelation
from attestations.models import HouseholdStatement, Person, PersonFact
from attestations.periods import Span
from attestations.services import facts, persons, replacing
from attestations.services.facts import Stated
from attestations.services.memberships import STANDING, Memberships
from attestations.ssin import make_ssin
from attestations.tickets import new_ticket

pytestmark = pytest.mark.django_db
PEOPLE = [make_ssin(date(1991, 4, 5), serial) for serial in range(1, 9)]


def household(person: int, *members: int, year: int = 2026) -> Stated:
    named = tuple((PEOPLE[one], HouseholdRelation.OTHER) for one in members)
    return Stated(
        PEOPLE[person], PersonFact.Kind.HOUSEHOLD, "x", Span(date(year, 1, 1)), members=named
    )


def some_households(chance: random.Random) -> Iterator[Stated]:
    for _ in range(40):
        person, *members = chance.sample(range(len(PEOPLE)), chance.randint(1, 4))
        yield household(person, *members, year=chance.choice([2024, 2025, 2026]))


def merge(*replacements: tuple[int, int]) -> None:
    for old, new in replacements:
        replacing.replace(
            ssin=PEOPLE[old], replaced_by=PEOPLE[new], on=date(2020, 1, 1), ticket=new_ticket()
        )


def standing() -> set[tuple[int, int]]:
    """Who is named in whose household, both as known today, row by row."""
    root = {person.pk: person.merged_into_id or person.pk for person in Person.objects.all()}
    rows = HouseholdStatement.objects.filter(superseded_at=None)
    return {(root[row.member_id], root[row.subject_id]) for row in rows}


def cannot_be(item: Stated, most: int) -> bool:
    pairs = {(one, other) for one, other in standing() if one != other}
    person, *members = (persons.root_id(persons.find(ssin)) for ssin in item.named())
    of_others = Counter(member for member, _ in pairs)
    return person in members or any(
        (member, person) not in pairs and of_others[member] >= most for member in members
    )


def rows() -> list[tuple[Any, ...]]:
    return sorted(
        (row.subject_id, row.member_id, str(row.period), row.superseded_at is None)
        for row in HouseholdStatement.objects.all()
    )


@pytest.mark.parametrize("seed", range(8))
def test_facts_are_counted_one_by_one_and_in_a_batch_as_by_hand(settings, seed):
    settings.HOUSEHOLDS_PER_MEMBER = most = 2
    chance = random.Random(seed)
    facts.record([household(one) for one in range(len(PEOPLE))], ticket=new_ticket())
    merge((0, 1), (2, 1), (3, 4))
    items = list(some_households(chance))
    refused = set()
    with transaction.atomic():
        for place, item in enumerate(items):
            expected = cannot_be(item, most)
            found = facts.record([item], ticket=new_ticket()).refused
            assert found.keys() == ({0} if expected else set())
            refused |= {place} if found else set()
        left_behind = rows()
        transaction.set_rollback(True)

    outcome = facts.record(items, ticket=new_ticket())

    assert outcome.refused.keys() == refused
    assert 0 < len(refused) < len(items)
    assert rows() == left_behind


def test_a_merge_may_go_beyond_the_bound_and_then_nobody_new_is_named(settings):
    settings.HOUSEHOLDS_PER_MEMBER = 2
    named = [household(2, 0), household(3, 0), household(4, 1), household(5, 1)]
    assert facts.record(named, ticket=new_ticket()).refused == {}

    merge((0, 1))

    again = [household(6, 0), household(6, 1), household(2, 1, year=2027), household(2, 7)]
    assert facts.record(again, ticket=new_ticket()).refused.keys() == {0, 1}
    assert len([pair for pair in standing() if pair[0] == root_of(1)]) == 4


def root_of(one: int) -> int:
    return persons.root_id(persons.find(PEOPLE[one]))


def test_statements_are_looked_up_by_the_member_also_among_rows_that_nobody_has_counted():
    """A planner without statistics may go through every statement that stands, for each member."""
    facts.record([household(0, *range(1, 8))], ticket=new_ticket())

    with connection.cursor() as cursor:
        values = {"members": [root_of(1), root_of(2)], "times": [1, 1], "most": 100}
        cursor.execute("SET LOCAL enable_seqscan = off")  # it may well read all of so few rows
        cursor.execute(f"EXPLAIN {STANDING}", values)
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert plan.count("household_by_member") == 2


def test_nobody_is_a_member_of_the_own_household_under_another_number():
    facts.record([household(0), household(1)], ticket=new_ticket())
    merge((0, 1))

    outcome = facts.record([household(0, 1), household(1, 2)], ticket=new_ticket())

    assert [(place, str(error)) for place, error in outcome.refused.items()] == [
        (0, "A household names each person once, and not its own subject.")
    ]
    assert standing() == {(root_of(2), root_of(1))}


def test_there_may_be_more_households_than_a_small_number_holds(settings):
    settings.HOUSEHOLDS_PER_MEMBER = 10**12
    assert facts.record([household(0, 1)], ticket=new_ticket()).refused == {}


def test_a_call_that_names_nobody_asks_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert not Memberships.of([])
