"""The reference interpreter against plain sets of days, households and chains of rights."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attestations.periods import BEGINNING, FOREVER, ONE_DAY, Span, Timeline, add_months
from derived_rights.engine.facts import AttestedSpan, Facts, HouseholdSpan
from derived_rights.engine.figures import InvalidRight
from derived_rights.engine.one import Derivation, derive
from derived_rights.engine.pieces import Belief, days
from derived_rights.engine.terms import (
    Attested,
    Derived,
    HeldInHousehold,
    InvalidTerm,
    Term,
)
from tests.derived_rights import samples
from tests.derived_rights.samples import KIND, PERSONS, aid, inclusive, right_of

income = Attested(KIND)
HORIZON = [samples.FIRST + timedelta(days=number) for number in range(-400, 2200, 7)]


def belief(term: Term, facts: Facts, person: int = 1) -> Belief:
    return Derivation(facts, {}).belief(person, term)


def sure(term: Term, *attested: AttestedSpan) -> Timeline:
    return days(belief(term, Facts({1: attested})).sure)


def held(*attested: AttestedSpan) -> Timeline:
    return Timeline(one.span for one in attested)


# What each term means, day by day, on a plain timeline.


def complete_on(day: date, timeline: Timeline, months: int) -> bool:
    run = next((span for span in timeline if span.start < day <= span.end), None)
    if run is None:
        return False
    completion = add_months(run.start, months)
    return completion == day if day == run.end else completion <= day


def carried_on(day: date, timeline: Timeline, years: int) -> bool:
    return any(
        span.start <= day and (span.last_day is None or day.year <= span.last_day.year + years)
        for span in timeline
    )


def touched_in_month(day: date, timeline: Timeline) -> bool:
    first = day.replace(day=1)
    return bool(Timeline([Span(first, add_months(first, 1))]) & timeline)


many = st.lists(samples.attestations.map(lambda one: replace(one, kind=KIND)), max_size=5)


@given(many, st.integers(1, 5), samples.days)
def test_complete_months_day_by_day(
    attested: list[AttestedSpan], months: int, any_day: date
) -> None:
    timeline = held(*attested)
    result = sure(income.complete_months(months), *attested)
    edges = [add_months(span.start, months) for span in timeline]
    edges += [span.end for span in timeline]
    for day in [any_day, *edges, *(edge - ONE_DAY for edge in edges)]:
        assert (day in result) == complete_on(day, timeline, months), day


@given(many, st.integers(0, 2))
def test_carried_to_year_end_day_by_day(attested: list[AttestedSpan], years: int) -> None:
    result = sure(income.carried_to_year_end(years), *attested)
    assert [d for d in HORIZON if d in result] == [
        d for d in HORIZON if carried_on(d, held(*attested), years)
    ]


@given(many)
def test_whole_months_day_by_day(attested: list[AttestedSpan]) -> None:
    result = sure(income.whole_months(), *attested)
    assert [d for d in HORIZON if d in result] == [
        d for d in HORIZON if touched_in_month(d, held(*attested))
    ]


@given(samples.facts, samples.terms, samples.terms)
def test_sets_of_days(facts: Facts, left: Term, right: Term) -> None:
    one, other = belief(left, facts), belief(right, facts)
    assert days(belief(left | right, facts).sure) == days(one.sure) | days(other.sure)
    assert days(belief(left & right, facts).possible) == days(one.possible) & days(other.possible)
    assert days(belief(~left, facts).sure) == ~days(one.possible)
    assert days(belief(~left, facts).possible) == ~days(one.sure)


@given(samples.facts, samples.terms, samples.days)
def test_splitting_an_attestation_changes_no_day(facts: Facts, term: Term, cut: date) -> None:
    def split(one: AttestedSpan) -> list[AttestedSpan]:
        # Decided on the day the former began: then the quarter of the decision is the same.
        one = replace(one, decided_on=one.span.start)
        if not one.span.start < cut < one.span.end:
            return [one]
        return [
            replace(one, span=Span(one.span.start, cut)),
            replace(one, span=Span(cut, one.span.end), number="B1"),
        ]

    whole = {
        person: [replace(one, decided_on=one.span.start) for one in attested]
        for person, attested in facts.attested.items()
    }
    parts = {
        person: [part for one in attested for part in split(one)]
        for person, attested in facts.attested.items()
    }
    for person in PERSONS:
        before = belief(term, replace(facts, attested=whole), person)
        after = belief(term, replace(facts, attested=parts), person)
        assert days(before.sure) == days(after.sure)
        assert days(before.possible) == days(after.possible)


# Reasons.


@given(samples.facts, samples.terms)
def test_reasons_exist_and_are_attestations(facts: Facts, term: Term) -> None:
    known = {one.number for attested in facts.attested.values() for one in attested}
    for person in PERSONS:
        for piece in belief(term, facts, person).sure:
            assert piece.numbers <= known
            assert not piece.missing


# Households.


def household(*stated: tuple[int, int, str]) -> list[HouseholdSpan]:
    return [HouseholdSpan(s, m, relation, inclusive("2024-01-01")) for s, m, relation in stated]


@pytest.mark.parametrize(
    ("holder", "relation_of_1", "found"),
    [(2, "partner", True), (2, "child", False), (3, "parent", True), (3, "child", False)],
)
def test_the_subject_stands_in_the_inverse_relation(
    holder: int, relation_of_1: str, found: bool
) -> None:
    facts = Facts(
        {holder: [aid("A1", "2024-01-01")]}, household((1, 2, "partner"), (1, 3, "child"))
    )
    assert bool(belief(HeldInHousehold(income, (relation_of_1,)), facts).sure) is found


def test_members_of_one_subject_live_together_as_others() -> None:
    facts = Facts({3: [aid("A1", "2024-01-01")]}, household((1, 2, "partner"), (1, 3, "child")))
    assert belief(HeldInHousehold(income, ("other",)), facts, 2).sure
    assert not belief(HeldInHousehold(income, ("partner", "child", "parent")), facts, 2).sure


def test_members_stated_for_different_periods_do_not_live_together() -> None:
    stated = [
        HouseholdSpan(1, 2, "other", inclusive("2024-01-01", "2024-06-30")),
        HouseholdSpan(1, 3, "other", inclusive("2024-07-01", "2024-12-31")),
    ]
    facts = Facts({3: [aid("A1", "2024-01-01")]}, stated)
    assert belief(HeldInHousehold(income), facts, 1).sure
    assert not belief(HeldInHousehold(income), facts, 2).sure


def test_nobody_holds_in_their_own_household() -> None:
    facts = Facts({1: [aid("A1", "2024-01-01")]}, household((1, 2, "partner")))
    assert not belief(HeldInHousehold(income), facts, 1).sure
    with pytest.raises(ValueError, match="own household"):
        HouseholdSpan(1, 1, "partner", inclusive("2024-01-01"))


# Rights that read rights, laws that change.


def test_a_right_reads_the_outcome_of_another_cut_to_its_law() -> None:
    old = right_of("old")
    old.since(date(2024, 6, 1))(samples.constantly(income))
    new = right_of("new", Derived("old"))
    outcomes = derive(1, Facts({1: [aid("A1", "2024-01-01")]}), {"old": old, "new": new})
    assert outcomes["new"].periods == outcomes["old"].periods
    assert outcomes["new"].timeline == Timeline([inclusive("2024-06-01")])
    assert outcomes["new"].periods[0].attestation_numbers == ("A1",)


def test_a_right_that_is_read_must_be_given() -> None:
    with pytest.raises(InvalidRight, match="right old is read but not given"):
        derive(1, Facts(), {"new": right_of("new", Derived("old"))})


def test_only_the_chosen_rights_are_derived() -> None:
    rights = {"old": right_of("old", income), "new": right_of("new", Derived("old"))}
    assert list(derive(1, Facts(), rights, codes=["new"])) == ["new"]


def test_periods_of_two_laws_join() -> None:
    right = right_of("sample", income)
    right.since(2024)(samples.constantly(income.whole_months()))
    outcome = derive(1, Facts({1: [aid("A1", "2023-12-05", "2024-01-10")]}), {"sample": right})
    assert [period.span for period in outcome["sample"].periods] == [
        inclusive("2023-12-05", "2024-01-31")
    ]


@given(samples.facts, st.lists(samples.terms, min_size=3, max_size=3))
def test_rights_of_rights_end_on_any_household_graph(facts: Facts, terms: list[Term]) -> None:
    rights = {"first": right_of("first", terms[0])}
    for code, reads, term in (("second", "first", terms[1]), ("third", "second", terms[2])):
        rights[code] = right_of(code, HeldInHousehold(Derived(reads) | term) | Derived(reads))
    for person in PERSONS:
        outcomes = derive(person, facts, rights)
        assert not outcomes["first"].timeline - outcomes["third"].timeline


def test_a_term_of_the_vocabulary_that_is_not_implemented_is_refused() -> None:
    class Unheard(Term):
        pass

    with pytest.raises(InvalidTerm, match="Unheard has no meaning in this interpreter"):
        belief(Unheard(), Facts())


def test_the_ends_of_the_calendar() -> None:
    for_ever = AttestedSpan(KIND, Span(BEGINNING), date(2024, 1, 1), "A1")
    last = AttestedSpan(KIND, Span(date(9999, 11, 1), FOREVER), date(2024, 1, 1), "A2")
    for term in (income.complete_months(3), income.carried_to_year_end(1), income.whole_months()):
        assert sure(term, for_ever).spans[-1].is_open
    assert not sure(income.complete_months(3), last)
    assert sure(income.carried_to_year_end(1), last) == Timeline([last.span])
