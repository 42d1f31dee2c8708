"""A receipt changes with the law, the figures and the facts that were used, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from derived_rights.engine.catalogue import rights
from derived_rights.engine.facts import Facts, HouseholdSpan
from derived_rights.engine.one import derive
from tests.derived_rights.samples import aid, inclusive

AID = aid("A1", "2026-03-02", "2027-03-01")
LIVES_WITH_2 = HouseholdSpan(1, 2, "partner", inclusive("2026-03-02", "2027-03-01"))
FACTS = Facts({1: [AID]}, [LIVES_WITH_2])


def receipt(code: str, facts: Facts = FACTS, overrides: Any = None, person: int = 1) -> Any:
    return derive(person, facts, rights(), overrides)[code].receipt


def test_a_receipt_names_the_right_and_its_newest_version() -> None:
    found = receipt("socialTariff")
    assert (found["right"], found["version"]) == ("socialTariff", "2023-07-01")
    assert {len(found["parameters"]), len(found["facts"])} == {64}


def test_the_order_in_which_facts_are_read_does_not_matter() -> None:
    other = aid("A2", "2024-03-02", "2024-05-01")
    child = HouseholdSpan(1, 3, "child", inclusive("2026-03-02"))
    one = Facts({1: [AID, other], 2: []}, [LIVES_WITH_2, child])
    again = Facts({1: [other, AID]}, [child, LIVES_WITH_2])
    assert receipt("bim", one) == receipt("bim", again)


def test_facts_that_the_right_does_not_read_do_not_matter() -> None:
    card = aid("A2", "2026-01-01", kind="medicalCard")
    elsewhere = {9: [aid("A3", "2026-01-01")]}
    assert receipt("bim", replace(FACTS, attested={1: [AID, card], **elsewhere})) == receipt("bim")


def test_facts_of_the_household_matter_as_far_as_the_right_reaches() -> None:
    far = replace(
        FACTS,
        attested={1: [AID], 3: [aid("A2", "2026-01-01")]},
        household=[LIVES_WITH_2, HouseholdSpan(2, 3, "child", inclusive("2026-01-01"))],
    )
    assert receipt("bim", far) == receipt("bim")
    assert (
        receipt("walloonFamilySupplement", far)["facts"]
        != (receipt("walloonFamilySupplement")["facts"])
    )
    assert receipt("bim", far, person=2)["facts"] != receipt("bim", person=2)["facts"]


def test_a_figure_matters_to_the_rights_that_read_it_through_others_too() -> None:
    overrides = {"bim": {"minimum_months": {date(2027, 1, 1): 4}}}
    for code in ("bim", "walloonFamilySupplement"):
        changed, before = receipt(code, overrides=overrides), receipt(code)
        assert changed["parameters"] != before["parameters"]
        assert changed["facts"] == before["facts"]


def test_an_attestation_matters_by_its_number_and_decision() -> None:
    for change in ({"number": "A9"}, {"decided_on": date(2026, 4, 1)}):
        changed = replace(FACTS, attested={1: [replace(AID, **change)]})
        assert receipt("bim", changed)["facts"] != receipt("bim")["facts"]
