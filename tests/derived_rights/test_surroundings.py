"""One question finds who is how many households away: judged by a walk over all statements."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attestations.models import HouseholdStatement, Person
from derived_rights.surroundings import around
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
