"""One question finds who is how many households away: judged by a walk over all statements."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attestations.models import HouseholdStatement, Person
from attestations.prepared import by_index
from derived_rights.surroundings import Crowded, around, surroundings
from tests.derived_rights.crowds import crowd
from tests.derived_rights.populations import NOW, Population

pytestmark = pytest.mark.django_db


def walked(person, steps, statements, roots):
    """From household to household: whoever is named beside a person, or beside its subjects."""
    pairs = [(roots[subject], roots[member]) for subject, member in statements]
    found = edge = {roots[person]}
    for _ in range(steps):
        named = [pair for pair in pairs if edge & set(pair)]
        subjects = {subject for subject, _ in named}
        named += [pair for pair in pairs if subjects & set(pair)]
        edge = {one for pair in named for one in pair} - found
        found = found | edge
    return found


@pytest.mark.parametrize(("seed", "known_at"), [(0, None), (1, None), (2, NOW)])
def test_as_by_a_walk_over_all_statements(seed, known_at):
    Population(40, seed)
    rows = HouseholdStatement.objects.all()
    # All were recorded at one instant, and what was superseded was so at once.
    rows = rows.filter(superseded_at=None)
    statements = list(rows.values_list("subject_id", "member_id"))
    roots = {
        person: into or person for person, into in Person.objects.values_list("pk", "merged_into")
    }
    found = {}
    for steps in range(4):
        for person in roots:
            found[person, steps] = around([person], steps, known_at=known_at)
            assert found[person, steps] == walked(person, steps, statements, roots)
    assert len({len(near) for near in found.values()}) > 3


def test_several_persons_are_one_question():
    population = Population(40, 5)
    asked = population.ids[:10]
    with CaptureQueriesContext(connection) as queries:
        found = around(asked, 2)

    assert len(queries) == 1
    assert found == set().union(*(around([person], 2) for person in asked))
    assert around([], 2) == set()


def rows_read() -> int:
    """Of statements about households, by this transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT idx_tup_fetch + seq_tup_read FROM pg_stat_xact_user_tables"
            " WHERE relname = 'attestations_householdstatement'"
        )
        return cursor.fetchone()[0]


def test_who_asks_for_a_few_is_told_of_a_crowd_and_reads_few():
    by_index()
    read = []
    for households in (50, 200):
        subject, *_ = everyone = crowd(households, children=10)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE attestations_householdstatement, attestations_person")
        assert around([subject], 4) == set(everyone)
        before = rows_read()
        with pytest.raises(Crowded):
            surroundings([subject], 4, most=12)
        read.append(rows_read() - before)
    # What is read for one step of one person grows with the household of that person only.
    assert 0 < max(read) < 500


@pytest.mark.parametrize("most", [1, 3, 7, 40])
def test_a_bound_changes_nothing_within_it(most):
    population = Population(40, 7)
    for person in population.ids:
        for steps in (1, 4):
            near = surroundings([person], steps)
            if len(near.persons) > most:
                with pytest.raises(Crowded):
                    surroundings([person], steps, most=most)
            else:
                assert surroundings([person], steps, most=most).persons == near.persons
