"""Who is found to differ is who differs: everyone at once, judged by one after the other."""

from __future__ import annotations

import pytest

from attestations.clock import database_now
from attestations.models import Person
from attestations.tickets import new_ticket
from derived_rights.columns import Among, Range
from derived_rights.engine.catalogue import rights
from derived_rights.models import RightPeriod
from derived_rights.services import chunk_work, derivation_runs
from derived_rights.services.applied_law import AppliedLaw, current_law
from derived_rights.services.comparing import differences
from derived_rights.services.scanning import differing
from tests.derived_rights.populations import FIRST, Population

pytestmark = pytest.mark.django_db


def everyone():
    return Range.of(Among(0, 2**62))


@pytest.fixture
def whole_law():
    """The law in force, with all rights switched on."""
    law = current_law()
    for code in rights():
        law = law.with_switch(code, active=True)
    return law


def derive_all():
    run = derivation_runs.begin(ticket=new_ticket(), thorough=True)
    while chunk_work.work(run):
        pass
    assert derivation_runs.finish(run)


def those_who_differ(persons, law: AppliedLaw):
    return sorted({one.person for one in differences(persons, law=law)})


@pytest.mark.parametrize("seed", range(3))
def test_a_figure_touches_the_same_persons_at_once_and_one_by_one(seed):
    persons = Population(50, seed).ids
    law = current_law()
    assert differing(everyone(), law=law) == those_who_differ(persons, law)
    derive_all()
    assert differing(everyone(), law=law) == []

    changed = law.with_figure("bim", "minimum_months", FIRST, 5)

    found = differing(everyone(), law=changed)
    assert found == those_who_differ(persons, changed)
    assert 0 < len(found) < len(persons)


def test_every_right_is_looked_at(whole_law):
    persons = Population(50, 9).ids
    derive_all()

    found = differing(everyone(), law=whole_law)

    assert found == those_who_differ(persons, whole_law)
    assert found


def test_a_stored_day_or_outcome_that_moved_is_found():
    Population(50, 3)
    derive_all()
    rows = RightPeriod.objects.filter(superseded_at=None, outcome="applies")
    closed = rows.order_by("pk").first()
    RightPeriod.objects.filter(pk=closed.pk).update(superseded_at=database_now())
    assert differing(everyone(), law=current_law()) == [closed.person_id]

    RightPeriod(
        person_id=closed.person_id,
        right=closed.right,
        period=closed.period,
        outcome="undetermined",
        recorded_at=database_now(),
    ).save()
    assert differing(everyone(), law=current_law()) == [closed.person_id]


def test_what_is_stored_of_a_merged_person_is_found():
    Population(50, 3)
    derive_all()
    one, other = (
        RightPeriod.objects.filter(superseded_at=None).values_list("person_id").distinct()[:2]
    )
    Person.objects.filter(pk=one[0]).update(merged_into=other[0])

    assert other[0] in differing(everyone(), law=current_law())


def test_a_right_that_is_off_is_not_looked_at():
    Population(50, 3)
    derive_all()
    RightPeriod.objects.filter(right="bim").update(superseded_at=database_now())
    without = current_law().with_switch("bim", active=False)

    assert differing(everyone(), law=without) == []
