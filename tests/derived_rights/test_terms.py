"""Terms are values, and an ill-formed one cannot be written."""

from __future__ import annotations

import pickle
from collections.abc import Callable

import pytest
from hypothesis import given

from derived_rights.engine.terms import (
    Aged,
    AllOf,
    AnyOf,
    Attested,
    Derived,
    HeldInHousehold,
    InvalidTerm,
    LastingAtLeast,
    Not,
    PaidAtLeast,
    PaidShare,
    Permitted,
    Reported,
    ResidesIn,
    Term,
    subterms,
)
from tests.derived_rights.samples import KIND, terms

income = Attested("integrationIncome")
equivalent = Attested("equivalentIntegrationIncome")
advance = Attested("benefitAdvance")


def test_terms_written_alike_are_equal_and_count_once() -> None:
    def written() -> Term:
        return (income | HeldInHousehold(income, ("partner",))).complete_months(3)

    assert written() == written()
    assert len({written(), written()}) == 1
    assert written() != (income | HeldInHousehold(income)).complete_months(3)


@given(terms)
def test_terms_hold_no_functions(term: Term) -> None:
    assert pickle.loads(pickle.dumps(term)) == term


def test_operators() -> None:
    assert income | equivalent == AnyOf((income, equivalent))
    assert income & equivalent == AllOf((income, equivalent))
    assert ~income == Not(income)


def test_nested_alternatives_are_flat_and_without_repetition() -> None:
    assert (income | equivalent) | (advance | income) == AnyOf((income, equivalent, advance))
    assert (income & equivalent) | advance == AnyOf((AllOf((income, equivalent)), advance))


def test_relations_are_a_set() -> None:
    assert HeldInHousehold(income, ("partner", "child", "partner")) == HeldInHousehold(
        income, ("child", "partner")
    )


def test_kinds_municipalities_and_values_are_sets() -> None:
    two = (KIND, "medicalCard")
    assert PaidAtLeast(two, 1, "month") == PaidAtLeast((*two[::-1], KIND), 1, "month")
    assert PaidShare((KIND,), two, 50, "year") == PaidShare((KIND,), two[::-1], 50, "year")
    assert Permitted(("B", "A", "B")) == Permitted(("A", "B"))
    assert ResidesIn(municipalities=("21005", "21004")) == ResidesIn(
        municipalities=("21004", "21005")
    )


def test_a_region_holds_its_municipalities() -> None:
    eupen, namur = "63023", "92094"
    assert ResidesIn("germanCommunity").holds_in(eupen)
    assert ResidesIn("wallonia").holds_in(eupen)
    assert not ResidesIn("germanCommunity").holds_in(namur)
    assert ResidesIn(municipalities=(namur,)).holds_in(namur)
    assert not ResidesIn(municipalities=(namur,)).holds_in(eupen)


def test_each_method_builds_the_term_of_its_name() -> None:
    assert income.lasting_at_least(months=3) == LastingAtLeast(income, 3, 0)
    assert income.lasting_at_least(days=90) == LastingAtLeast(income, 0, 90)


def test_subterms_are_outermost_first() -> None:
    term = ~(income | equivalent)
    assert list(subterms(term)) == [term, income | equivalent, income, equivalent]


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Attested("leefloon"), "'leefloon' is not a kind of aid; use one of integration"),
        (lambda: Reported("age"), "'age' is not a reported fact; use one of increased"),
        (lambda: Derived(""), "takes the code of a right"),
        (lambda: income.complete_months(0), "CompleteMonths.months is a whole number from 1"),
        (lambda: income.complete_months(True), "CompleteMonths.months is a whole number from 1"),
        (lambda: income.complete_months(3, "weekStart"), "is not an anchor; use one of completion"),
        (lambda: income.carried_to_year_end(-1), "extra_years is a whole number from 0"),
        (lambda: HeldInHousehold(income, "partner"), "a tuple of at least one relation"),
        (lambda: HeldInHousehold(income, ()), "a tuple of at least one relation"),
        (lambda: HeldInHousehold(income, ("cousin",)), "'cousin' is not a relation; use one of"),
        (lambda: income | True, "AnyOf applies to a term, got True"),
        (lambda: AllOf(()), "AllOf needs at least one term"),
        (lambda: income or equivalent, r"write \|, & and ~"),
        (lambda: (~income).from_quarter_of_decision(), "apply it before Not"),
        (lambda: income.lasting_at_least(), "months or days, one of both; write lasting_at_least"),
        (lambda: income.lasting_at_least(months=1, days=1), "got 1 months and 1 days"),
        (lambda: income.lasting_at_least(days=-1), "LastingAtLeast.days is a whole number from 0"),
        (lambda: income.bridging(0), "Bridged.days is a whole number from 1"),
        (lambda: income.counted_days(0, 30), "at_least is a whole number from 1 to 30, got 0"),
        (lambda: income.counted_days(31, 30), "at_least is a whole number from 1 to 30, got 31"),
        (lambda: income.counted_days(1, 36_526), "within is a whole number from 1 to 36525"),
        (lambda: income.on_reference_date(2, 29), "a day that every year has, got day 29 of month"),
        (lambda: income.on_reference_date(13, 1), "month is a whole number from 1 to 12, got 13"),
        (lambda: income.on_reference_date(1, 1, -1), "years_before is a whole number from 0"),
        (lambda: income.to_end_of("week"), "'week' is not a unit; use one of month, quarter, year"),
        (lambda: income.from_start_of("week"), "is not a unit; use one of month, quarter, year"),
        (lambda: Aged(), r"Aged needs at_least or below, in years, as in Aged\(at_least=65\)"),
        (lambda: Aged(at_least=-1), "at_least is a whole number from 0"),
        (lambda: Aged(at_least=18, below=18), "below is a whole number from 19, got 18"),
        (lambda: ResidesIn(), "a region or municipalities, one of both"),
        (lambda: ResidesIn("flanders", ("21004",)), "a region or municipalities, one of both"),
        (lambda: ResidesIn("benelux"), "'benelux' is not a region; use one of flanders"),
        (lambda: ResidesIn(municipalities=("99999",)), "'99999' is not the NIS code"),
        (lambda: Permitted(()), "values is a tuple of at least one text, as in"),
        (lambda: Permitted("A"), "values is a tuple of at least one text"),
        (lambda: Permitted(("",)), "Permitted.values holds texts, got ''"),
        (lambda: PaidAtLeast(("wage",), 1, "month"), "'wage' is not a kind of aid"),
        (lambda: PaidAtLeast((KIND,), 0, "month"), "amount is a whole number from 1"),
        (lambda: PaidAtLeast((KIND,), 1, "quarter"), "not a unit of amounts; use one of month, y"),
        (lambda: PaidShare((KIND,), ("medicalCard",), 50, "year"), "`of`, which lacks integration"),
        (
            lambda: PaidShare((KIND,), (KIND,), 101, "year"),
            "percent is a whole number from 1 to 100",
        ),
        (
            lambda: income.complete_months(3).from_quarter_of_decision(),
            "needs the decision of each attestation, which CompleteMonths does not keep",
        ),
    ],
)
def test_ill_formed_terms_say_what_to_write(build: Callable[[], Term], message: str) -> None:
    with pytest.raises(InvalidTerm, match=message):
        build()
