"""A receipt changes with the law, the figures and the facts that were used, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from derived_rights.engine.catalogue import rights
from derived_rights.engine.facts import (
    Facts,
    HouseholdSpan,
    PaidMonth,
    PermitSpan,
    ResidenceSpan,
)
from derived_rights.engine.one import derive
from derived_rights.engine.terms import Aged, PaidAtLeast, Permitted, ResidesIn
from tests.derived_rights.samples import KIND, aid, inclusive, right_of

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


OPEN_FACTS: dict[str, dict[int, list[Any]]] = {
    "births": {1: [date(2000, 1, 1)]},
    "residences": {1: [ResidenceSpan("21004", inclusive("2026-01-01"))]},
    "permits": {1: [PermitSpan("A", inclusive("2026-01-01"))]},
    "paid": {1: [PaidMonth(KIND, date(2026, 3, 1), 50_000)]},
}


def test_open_facts_matter_to_the_rights_that_read_them_only() -> None:
    terms = {
        "births": Aged(18),
        "residences": ResidesIn("brussels"),
        "permits": Permitted(("A",)),
        "paid": PaidAtLeast((KIND,), 1, "month"),
    }
    known = {name: right_of(name, term) for name, term in terms.items()}
    bare = {name: outcome.receipt for name, outcome in derive(1, FACTS, known).items()}
    for name, stated in OPEN_FACTS.items():
        told = derive(1, replace(FACTS, **{name: stated}), known)
        assert {other for other in known if told[other].receipt != bare[other]} == {name}


def test_a_kind_of_fact_that_a_right_does_not_read_leaves_its_receipt_as_it_was() -> None:
    """What was derived before the registry knew of a kind of facts can still be verified."""
    assert receipt("bim", replace(FACTS, **OPEN_FACTS)) == receipt("bim")
    assert receipt("bim")["facts"] == (
        "316400a1d6296bc1a61d9535175d96adfc0bd01aef89f3d6dfdaa259c1800e78"
    )
