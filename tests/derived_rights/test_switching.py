"""A right that is switched on reaches everybody, also those of whom no fact changes."""

from __future__ import annotations

import pytest

from derived_rights.models import LawChange, RightChange, RightPeriod
from derived_rights.services import catalogue, deriving
from derived_rights.services.derivation_runs import derive_for_new_law

pytestmark = pytest.mark.django_db


def test_a_right_switched_on_later_is_derived_for_everyone(cpas, decision, new_ssin):
    catalogue.switch("bim", active=False, by="somebody", reason="a test")
    cpas.post("/decisions", decision(new_ssin()))
    deriving.derive_pending()
    assert not RightPeriod.objects.filter(right="bim").exists()
    # What reads it goes on: being off means that nobody is told, not that it is not so.
    assert RightPeriod.objects.filter(right="walloonFamilySupplement").exists()

    catalogue.switch("bim", active=True, by="somebody", reason="a test")
    derive_for_new_law()

    change = RightChange.objects.get(right="bim")
    assert change.transition == "granted"
    assert change.ticket == LawChange.objects.first().ticket
    assert not LawChange.objects.filter(derived_at=None).exists()


def test_deriving_everyone_twice_writes_nothing_the_second_time(cpas, decision, new_ssin):
    for _ in range(3):
        cpas.post("/decisions", decision(new_ssin()))
    deriving.derive_pending()
    changes, periods = RightChange.objects.count(), RightPeriod.objects.count()
    catalogue.note_law_changed("bim")

    assert derive_for_new_law() == 3

    assert RightChange.objects.count() == changes
    assert RightPeriod.objects.count() == periods
    assert derive_for_new_law() == 0


def test_a_new_figure_is_applied_to_everyone(cpas, decision, new_ssin):
    cpas.post("/decisions", decision(new_ssin(), endDate="2026-08-31"))
    deriving.derive_pending()
    catalogue.ParameterValue.objects.create(
        right="bim", name="minimum_months", valid_from="2014-01-01", value=9, reference="test"
    )
    catalogue.note_law_changed("bim")

    derive_for_new_law()

    assert RightChange.objects.filter(right="bim").order_by("-version").first().transition == (
        "ended"
    )
