"""What cannot be told: facts that nobody reported, and the worlds they leave open."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings

from attestations.periods import Timeline
from derived_rights.engine.facts import (
    FactKind,
    Facts,
    HouseholdSpan,
    MissingFact,
    ReportedSpan,
    Supplier,
)
from derived_rights.engine.one import Answer, Derivation, UndeterminedSpan, derive
from derived_rights.engine.pieces import Belief, days
from derived_rights.engine.terms import Attested, HeldInHousehold, Reported, Term
from derived_rights.transitions import transition
from tests.derived_rights import samples
from tests.derived_rights.samples import FACT, KIND, PERSONS, aid, inclusive, right_of
from tests.derived_rights.worlds import with_one_less, worlds

income = Attested(KIND)
reported = Reported(FACT)


def belief(term: Term, facts: Facts, person: int) -> Belief:
    return Derivation(facts, {}).belief(person, term)


# Worlds: whatever the unknown turns out to be, what was sure holds and what was not possible not.


@settings(max_examples=400)
@given(worlds(), samples.terms)
def test_sure_and_possible_hold_in_every_world(pair: tuple[Facts, Facts], term: Term) -> None:
    facts, world = pair
    for person in PERSONS:
        believed, true = belief(term, facts, person), belief(term, world, person)
        assert true.is_certain or days(true.sure) == days(true.possible)
        assert not days(believed.sure) - days(true.sure)
        assert not days(true.sure) - days(believed.possible)


@settings(max_examples=400)
@given(with_one_less(), samples.terms)
def test_what_nobody_says_any_more_is_neither_a_yes_nor_a_no(
    pair: tuple[Facts, Facts], term: Term
) -> None:
    """One statement less can only make a yes or a no a doubt, for everybody in the household."""
    for person in PERSONS:
        before, after = (belief(term, facts, person) for facts in pair)
        assert not days(before.sure) - days(after.possible), "a yes became a no"
        assert not days(after.sure) - days(before.possible), "a no became a yes"
        # What was in doubt may become a no: where one source affirmed what another still denies.
        word = transition(days(before.sure), days(after.sure), doubted=after.uncertain_days)
        assert word not in ("reduced", "ended", "corrected"), "a loss is told for want of a fact"


@given(samples.facts, samples.terms)
def test_every_doubt_names_what_is_missing(facts: Facts, term: Term) -> None:
    outcome = derive(1, facts, {"sample": right_of("sample", term)})["sample"]
    for doubt in outcome.undetermined:
        assert doubt.missing
        assert not Timeline([doubt.span]) & outcome.timeline


# Reported facts: silence is not "no".


def reports(*known: tuple[str, str, bool]) -> Facts:
    return Facts(
        {1: [aid("A1", "2024-01-01", "2024-12-31")]},
        reported={1: [ReportedSpan(FACT, inclusive(*edges), holds) for *edges, holds in known]},
    )


@pytest.mark.parametrize(
    ("term", "silent", "yes", "no"),
    [
        (reported, Answer.UNDETERMINED, Answer.APPLIES, Answer.DOES_NOT_APPLY),
        (~reported, Answer.UNDETERMINED, Answer.DOES_NOT_APPLY, Answer.APPLIES),
        (~~reported, Answer.UNDETERMINED, Answer.APPLIES, Answer.DOES_NOT_APPLY),
        (income & reported, Answer.UNDETERMINED, Answer.APPLIES, Answer.DOES_NOT_APPLY),
        (income & ~reported, Answer.UNDETERMINED, Answer.DOES_NOT_APPLY, Answer.APPLIES),
        (income | reported, Answer.APPLIES, Answer.APPLIES, Answer.APPLIES),
        (~income & reported, *[Answer.DOES_NOT_APPLY] * 3),
        (~(income & reported), Answer.UNDETERMINED, Answer.DOES_NOT_APPLY, Answer.APPLIES),
        (~(~income | reported), Answer.UNDETERMINED, Answer.DOES_NOT_APPLY, Answer.APPLIES),
    ],
)
def test_truth_table(term: Term, silent: Answer, yes: Answer, no: Answer) -> None:
    facts = reports(("2024-02-01", "2024-02-29", True), ("2024-03-01", "2024-03-31", False))
    outcome = derive(1, facts, {"sample": right_of("sample", term)})["sample"]
    answers = [outcome.on(date(2024, month, 15)) for month in (1, 2, 3)]
    assert answers == [silent, yes, no]


def test_two_sources_that_contradict_each_other_are_as_good_as_none() -> None:
    facts = reports(("2024-02-01", "2024-02-29", True), ("2024-02-01", "2024-02-29", False))
    outcome = derive(1, facts, {"sample": right_of("sample", reported)})["sample"]
    assert outcome.on(date(2024, 2, 15)) is Answer.UNDETERMINED


def test_a_doubt_names_the_fact_the_person_and_who_can_supply_it() -> None:
    facts = Facts(
        {1: [aid("A1", "2024-01-01", "2024-12-31")]},
        [HouseholdSpan(1, 2, "partner", inclusive("2024-06-01", "2024-06-30"))],
    )
    right = right_of("sample", HeldInHousehold(reported))
    (doubt,) = derive(1, facts, {"sample": right})["sample"].undetermined
    missing = MissingFact(2, FactKind.INCREASED_INTERVENTION)
    assert doubt == UndeterminedSpan(inclusive("2024-06-01", "2024-06-30"), (missing,))
    assert doubt.missing[0].supplier is Supplier.MUTUALITY


def test_months_that_may_have_begun_earlier_are_not_surely_complete_on_the_eve() -> None:
    """If they did begin earlier, the run was over before the day on which they seem complete."""
    facts = reports(("2024-03-01", "2024-05-31", True), ("2024-06-01", "9999-12-30", False))
    right = right_of("sample", reported.complete_months(3))
    outcome = derive(1, facts, {"sample": right})["sample"]
    assert outcome.on(date(2024, 6, 1)) is Answer.UNDETERMINED
    assert outcome.on(date(2024, 5, 31)) is Answer.UNDETERMINED
    assert outcome.on(date(2024, 6, 2)) is Answer.DOES_NOT_APPLY
