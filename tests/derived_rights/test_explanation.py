"""Explanations point to the attestations, days and figures that decided, in four languages."""

from __future__ import annotations

from datetime import date

import pytest

from derived_rights.engine import reasons
from derived_rights.engine.catalogue import rights
from derived_rights.engine.explanation import Explanation, explain
from derived_rights.engine.facts import (
    Facts,
    HouseholdSpan,
    ReportedSpan,
)
from derived_rights.engine.one import Answer, Derivation
from derived_rights.engine.terms import (
    Attested,
    CompleteMonths,
    HeldInHousehold,
    Reported,
)
from tests.derived_rights import samples
from tests.derived_rights.samples import aid, inclusive, path, right_of

FACTS = Facts(
    {1: [aid("A1", "2026-03-02", "2026-08-31"), aid("A2", "2026-09-01", "2027-03-01")]},
    [HouseholdSpan(1, 2, "partner", inclusive("2026-03-02", "2027-03-01"))],
)


def explained(person: int, code: str, day: str) -> Explanation:
    return explain(Derivation(FACTS, rights()), person, code, date.fromisoformat(day))


def test_a_day_shifted_in_time_leads_back_to_the_days_that_caused_it() -> None:
    explanation = explained(1, "bim", "2028-05-01")
    assert explanation.answer is Answer.APPLIES
    assert [(type(step.term).__name__, step.day.isoformat()) for step in path(explanation)] == [
        ("CarriedToYearEnd", "2028-05-01"),
        ("AnyOf", "2027-03-01"),
        ("CompleteMonths", "2027-03-01"),
        ("AnyOf", "2027-03-01"),
        ("Attested", "2027-03-01"),
    ]
    assert path(explanation)[0].attestation_numbers == ("A1", "A2")
    assert path(explanation)[-1].attestation_numbers == ("A1", "A2")


def test_figures_have_their_source_and_first_day() -> None:
    figures = [step.figure for step in path(explained(1, "bim", "2028-05-01")) if step.figure]
    assert [(f.parameter.name, int(f), f.valid_from) for f in figures] == [
        ("extra_years", 1, date(2014, 1, 1)),
        ("minimum_months", 3, date(2014, 1, 1)),
    ]


def test_a_member_of_the_household_is_marked_as_somebody_else() -> None:
    steps = path(explained(2, "socialTariff", "2026-01-01"))
    place = next(i for i, step in enumerate(steps) if isinstance(step.term, HeldInHousehold))
    assert {step.person for step in steps[: place + 1]} == {2}
    assert {step.person for step in steps[place + 1 :]} == {1}


def test_a_right_that_is_read_is_explained_too() -> None:
    terms = [
        type(step.term) for step in path(explained(1, "walloonFamilySupplement", "2026-06-01"))
    ]
    assert CompleteMonths in terms
    assert terms[-1] is Attested


def test_a_no_shows_all_that_failed() -> None:
    explanation = explained(1, "bim", "2026-05-01")
    (carried,) = explanation.steps
    (alternatives,) = carried.steps
    assert explanation.answer is Answer.DOES_NOT_APPLY
    assert {step.answer for step in alternatives.steps} == {Answer.DOES_NOT_APPLY}
    assert len(alternatives.steps) == 3
    own = alternatives.steps[0].steps[0]
    assert own.answer is Answer.APPLIES, "the aid runs, but not long enough yet"


def test_before_the_law_there_is_nothing_to_say() -> None:
    explanation = explained(1, "walloonFamilySupplement", "2010-01-01")
    assert (explanation.window, explanation.steps) == (None, ())
    assert reasons.law(explanation, rights(), "en") == (
        "On 1 January 2010 this right did not exist yet."
    )


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        (
            "fr",
            [
                "Intervention majorée (BIM) : le droit existe le 1er mai 2028, du 2 juin 2026 au"
                " 31 décembre 2028.",
                "Les mois complets et ininterrompus exigés (3) sont atteints du 2 juin 2026 au"
                " 1er mars 2027.",
                "Une aide est attestée du 2 mars 2026 au 1er mars 2027 : Revenu d'intégration.",
            ],
        ),
        (
            "nl",
            [
                "Verhoogde tegemoetkoming: het recht bestaat op 1 mei 2028, van 2 juni 2026 tot en"
                " met 31 december 2028.",
                "Het vereiste aantal volledige en ononderbroken maanden (3) is bereikt van"
                " 2 juni 2026 tot en met 1 maart 2027.",
                "Er is steun geattesteerd van 2 maart 2026 tot en met 1 maart 2027: Leefloon.",
            ],
        ),
        (
            "de",
            [
                "Erhöhte Kostenbeteiligung: Das Recht besteht am 1. Mai 2028, vom 2. Juni 2026 bis"
                " zum 31. Dezember 2028.",
                "Die verlangten vollen, ununterbrochenen Monate (3) sind erreicht vom 2. Juni 2026"
                " bis zum 1. März 2027.",
                "Eine Hilfe ist bescheinigt vom 2. März 2026 bis zum 1. März 2027:"
                " Eingliederungseinkommen.",
            ],
        ),
        (
            "en",
            [
                "Increased intervention: the right exists on 1 May 2028, from 2 June 2026 to"
                " 31 December 2028.",
                "The complete and uninterrupted months required (3) are reached from 2 June 2026"
                " to 1 March 2027.",
                "An aid is attested from 2 March 2026 to 1 March 2027: Integration income.",
            ],
        ),
    ],
)
def test_sentences(language: str, sentences: list[str]) -> None:
    explanation = explained(1, "bim", "2028-05-01")
    steps = path(explanation)
    assert [
        reasons.summary(explanation, rights(), language),
        reasons.sentence(steps[2], rights(), language),
        reasons.sentence(steps[4], rights(), language),
    ] == sentences


def test_the_law_in_force_is_named() -> None:
    assert reasons.law(explained(1, "socialTariff", "2022-05-01"), rights(), "en") == (
        "The rule applied has been in force since 1 February 2021: Programme law of 27 April 2007,"
        " arts 3-12; royal decree of 28 June 2009."
    )


def test_who_says_that_a_reported_fact_holds() -> None:
    sample = {"sample": right_of("sample", Reported(samples.FACT))}
    facts = Facts(reported={1: [ReportedSpan(samples.FACT, inclusive("2026-01-01"), holds=True)]})
    (step,) = explain(Derivation(facts, sample), 1, "sample", date(2026, 1, 1)).steps
    assert reasons.sentence(step, sample, "en") == (
        "A source confirms it since 1 January 2026: the increased intervention known to the"
        " mutuality."
    )


def test_a_doubt_says_what_is_missing_and_who_can_supply_it() -> None:
    sample = {"sample": right_of("sample", Reported("increasedIntervention"))}
    explanation = explain(Derivation(Facts(), sample), 1, "sample", date(2026, 1, 1))
    assert reasons.summary(explanation, sample, "en") == (
        "sample: this cannot be told for 1 January 2026; missing: the increased intervention known"
        " to the mutuality (the mutuality)."
    )
