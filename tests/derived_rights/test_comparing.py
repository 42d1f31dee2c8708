"""What a rehearsal of a law finds is what is written when that law takes effect, and no more."""

from __future__ import annotations

from datetime import date

import pytest

from attestations.models import Person
from attestations.models.fields import timeline_to_json
from derived_rights.models import ParameterValue, RightChange, RightPeriod
from derived_rights.services import catalogue, deriving
from derived_rights.services.applied_law import current_law
from derived_rights.services.comparing import differences
from derived_rights.services.derivation_runs import derive_for_new_law

pytestmark = pytest.mark.django_db


@pytest.fixture
def persons(cpas, decision, new_ssin):
    """Aided for six months and for a year, alone or with a partner; all derived."""
    for end in ("2026-08-31", "2027-03-01"):
        for household in ([], [{"ssin": new_ssin(), "relation": "partner"}]):
            body = decision(new_ssin(), endDate=end, household=household)
            assert cpas.post("/decisions", body).status_code == 201
    deriving.derive_pending()
    return list(Person.objects.values_list("pk", flat=True))


def told_since(last):
    rows = RightChange.objects.filter(pk__gt=last).order_by("pk")
    return [
        (row.person_id, row.right, row.transition, row.previous_periods, row.periods)
        for row in rows
    ]


def foretold(law, persons):
    return [
        (
            one.person,
            one.right,
            one.transition,
            timeline_to_json(one.before),
            timeline_to_json(one.after),
        )
        for one in differences(persons, law=law)
    ]


def stored():
    return list(RightPeriod.objects.order_by("pk").values()), RightChange.objects.count()


def test_nothing_differs_under_the_law_in_force(persons):
    assert differences(persons, law=current_law()) == []


def test_a_proposed_figure_is_foretold_and_nothing_written(persons):
    before, last = stored(), RightChange.objects.latest("pk").pk
    proposed = current_law().with_figure("bim", "minimum_months", date(2014, 1, 1), 9)

    found = foretold(proposed, persons)

    assert stored() == before
    assert {word for *_, word, _, _ in found} >= {"ended"}
    ParameterValue.objects.create(
        right="bim", name="minimum_months", valid_from="2014-01-01", value=9, reference="test"
    )
    catalogue.note_law_changed("bim")
    derive_for_new_law()
    assert sorted(told_since(last)) == sorted(found)


def test_a_switch_is_foretold(persons):
    RightPeriod.objects.filter(right="bim").update(superseded_at="2026-04-01T00:00:00Z")
    without = current_law().with_switch("bim", active=False)
    assert "bim" not in without.active
    assert not {one.right for one in differences(persons, law=without)} & {"bim"}

    found = differences(persons, law=without.with_switch("bim", active=True))

    assert {(one.right, one.transition) for one in found} == {("bim", "granted")}
    assert all(not one.before and one.after for one in found)


def test_the_proposed_law_leaves_the_one_in_force_as_it_was():
    law = current_law()
    proposed = law.with_figure("bim", "minimum_months", date(2014, 1, 1), 9)

    assert law == current_law()
    assert proposed.overrides["bim"]["minimum_months"] == {date(2014, 1, 1): 9}
    assert proposed.with_figure("bim", "minimum_months", date(2020, 1, 1), 6).overrides["bim"][
        "minimum_months"
    ] == {date(2014, 1, 1): 9, date(2020, 1, 1): 6}
