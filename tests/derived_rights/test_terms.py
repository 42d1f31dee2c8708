"""Terms are values, and an ill-formed one cannot be written."""

from __future__ import annotations

import pickle
from collections.abc import Callable

import pytest
from hypothesis import given

from derived_rights.engine.terms import (
    AllOf,
    AnyOf,
    Attested,
    Derived,
    HeldInHousehold,
    InvalidTerm,
    Not,
    Reported,
    Term,
    subterms,
)
from tests.derived_rights.samples import terms

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
        (
            lambda: income.complete_months(3).from_quarter_of_decision(),
            "needs the decision of each attestation, which CompleteMonths does not keep",
        ),
    ],
)
def test_ill_formed_terms_say_what_to_write(build: Callable[[], Term], message: str) -> None:
    with pytest.raises(InvalidTerm, match=message):
        build()
