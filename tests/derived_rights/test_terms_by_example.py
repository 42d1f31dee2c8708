"""Each term of the vocabulary on days that a reader can check by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from attestations.periods import Timeline
from derived_rights.engine.facts import (
    FactKind,
    Facts,
    HouseholdSpan,
    MissingFact,
    PermitSpan,
    ResidenceSpan,
)
from derived_rights.engine.one import Answer
from derived_rights.engine.terms import (
    Aged,
    Attested,
    HeldInHousehold,
    Permitted,
    ResidesIn,
    Term,
)
from tests.derived_rights.samples import (
    BRUSSELS,
    EUPEN,
    GHENT,
    KIND,
    NAMUR,
    aid,
    ends,
    inclusive,
    outcome,
    possible,
    sure,
    timeline,
)

income = Attested(KIND)


EXAMPLES: list[tuple[str, Callable[[Term], Term], list[str], list[str]]] = [
    # Lasting at least: whole runs, from date to date.
    (
        "90 days are just enough",
        lambda term: term.lasting_at_least(days=90),
        ["2024-01-01 to 2024-03-30"],  # 31 + 29 + 30
        ["2024-01-01 to 2024-03-30"],
    ),
    (
        "89 days are one too few",
        lambda term: term.lasting_at_least(days=90),
        ["2024-01-01 to 2024-03-29"],
        [],
    ),
    (
        "three months to the eve of the same day number",
        lambda term: term.lasting_at_least(months=3),
        ["2024-01-15 to 2024-04-14", "2024-06-15 to 2024-09-13"],
        ["2024-01-15 to 2024-04-14"],
    ),
    (
        "adjacent spans are one run, and an open one is long enough",
        lambda term: term.lasting_at_least(months=12),
        ["2024-01-01 to 2024-01-31", "2024-02-01 to open"],
        ["2024-01-01 to open"],
    ),
    (
        "a month that lacks the day number is complete on the first of the next",
        lambda term: term.lasting_at_least(months=1),
        ["2023-01-31 to 2023-02-28", "2024-01-31 to 2024-02-28"],
        ["2023-01-31 to 2023-02-28"],
    ),
    # Bridging: gaps between runs only.
    (
        "a gap of 30 days is filled, one of 31 is not",
        lambda term: term.bridging(30),
        ["2024-01-01 to 2024-01-31", "2024-03-02 to 2024-03-31", "2024-05-02 to 2024-05-02"],
        ["2024-01-01 to 2024-03-31", "2024-05-02 to 2024-05-02"],
    ),
    (
        "nothing is added before the first or after the last",
        lambda term: term.bridging(30),
        ["2024-01-10 to 2024-01-10"],
        ["2024-01-10 to 2024-01-10"],
    ),
    # Counted days: exact, and sliding.
    (
        "the third day of three in a row",
        lambda term: term.counted_days(3, 3),
        ["2024-01-01 to 2024-01-05"],
        ["2024-01-03 to 2024-01-05"],
    ),
    (
        "ten of the last thirty, and as long as ten are in sight",
        lambda term: term.counted_days(10, 30),
        ["2024-01-01 to 2024-01-10"],
        ["2024-01-10 to 2024-01-30"],
    ),
    (
        "two spans add up while both are in sight",
        lambda term: term.counted_days(10, 30),
        ["2024-01-01 to 2024-01-05", "2024-01-21 to 2024-01-25"],
        ["2024-01-25 to 2024-01-30"],
    ),
    (
        "one day in a window is enough for one",
        lambda term: term.counted_days(1, 7),
        ["2024-02-26 to 2024-02-26"],
        ["2024-02-26 to 2024-03-03"],
    ),
    (
        "an open span is counted without end",
        lambda term: term.counted_days(365, 730),
        ["2024-01-01 to open"],
        ["2024-12-30 to open"],
    ),
    # Ever since.
    (
        "from the first day on, without end",
        lambda term: term.ever_since(),
        ["2024-05-05 to 2024-05-05", "2025-01-01 to 2025-01-31"],
        ["2024-05-05 to open"],
    ),
    ("never, if it never was", lambda term: term.ever_since(), [], []),
    # On a reference date.
    (
        "what holds on 1 January of the year before counts for the whole year",
        lambda term: term.on_reference_date(1, 1, 1),
        ["2023-01-01 to 2023-01-01", "2024-01-02 to 2024-12-31"],
        ["2024-01-01 to 2024-12-31"],
    ),
    (
        "in the year itself, also for the days before the date",
        lambda term: term.on_reference_date(6, 30),
        ["2024-06-30 to 2025-06-29"],
        ["2024-01-01 to 2024-12-31"],
    ),
    (
        "several years, and open ones",
        lambda term: term.on_reference_date(12, 31, 2),
        ["2020-12-31 to 2022-12-31", "2024-12-31 to open"],
        ["2022-01-01 to 2024-12-31", "2026-01-01 to open"],
    ),
    # Months, quarters and years.
    (
        "a quarter that is begun is whole",
        lambda term: term.whole_quarters(),
        ["2024-03-31 to 2024-04-01", "2024-12-31 to 2024-12-31"],
        ["2024-01-01 to 2024-06-30", "2024-10-01 to 2024-12-31"],
    ),
    (
        "to the end of the month",
        lambda term: term.to_end_of("month"),
        ["2024-01-10 to 2024-02-01", "2024-04-30 to 2024-04-30"],
        ["2024-01-10 to 2024-02-29", "2024-04-30 to 2024-04-30"],
    ),
    (
        "to the end of the quarter",
        lambda term: term.to_end_of("quarter"),
        ["2024-01-10 to 2024-02-01"],
        ["2024-01-10 to 2024-03-31"],
    ),
    (
        "to the end of the year, and open stays open",
        lambda term: term.to_end_of("year"),
        ["2024-01-10 to 2024-02-01", "2026-05-01 to open"],
        ["2024-01-10 to 2024-12-31", "2026-05-01 to open"],
    ),
    (
        "from the start of the month",
        lambda term: term.from_start_of("month"),
        ["2024-02-29 to 2024-03-10"],
        ["2024-02-01 to 2024-03-10"],
    ),
    (
        "from the start of the quarter",
        lambda term: term.from_start_of("quarter"),
        ["2024-06-30 to 2024-07-01"],
        ["2024-04-01 to 2024-07-01"],
    ),
    (
        "from the start of the year",
        lambda term: term.from_start_of("year"),
        ["2024-06-30 to open"],
        ["2024-01-01 to open"],
    ),
]


@pytest.mark.parametrize(
    ("build", "before", "after"),
    [pytest.param(*example, id=title) for title, *example in EXAMPLES],
)
def test_terms_of_time(build: Callable[[Term], Term], before: list[str], after: list[str]) -> None:
    facts = Facts({1: [aid(f"A{n}", *ends(one)) for n, one in enumerate(before)]})
    assert sure(build(income), facts) == possible(build(income), facts) == timeline(*after)


# The attestations behind days that were moved, joined or counted.


@pytest.mark.parametrize(
    ("term", "numbers"),
    [
        (income.lasting_at_least(days=20), ["A1 A2"]),
        (income.bridging(31), ["A1 A2 A3"]),
        (income.counted_days(20, 25), ["A1 A2"]),
        (income.ever_since(), ["A1"]),
        (income.on_reference_date(1, 15), ["A2"]),
        (income.whole_quarters(), ["A1 A2 A3"]),
        (income.to_end_of("month"), ["A1 A2", "A3"]),
        (income.from_start_of("month"), ["A1 A2", "A3"]),
    ],
)
def test_reasons_survive_being_moved_in_time(term: Term, numbers: list[str]) -> None:
    facts = Facts(
        {
            1: [
                aid("A1", "2024-01-01", "2024-01-10"),
                aid("A2", "2024-01-11", "2024-01-20"),
                aid("A3", "2024-02-10", "2024-02-20"),
            ]
        }
    )
    periods = outcome(term, facts).periods
    assert [" ".join(period.attestation_numbers) for period in periods] == numbers


# Age.


@pytest.mark.parametrize(
    ("term", "birth", "holds"),
    [
        (Aged(65), "1960-03-15", ["2025-03-15 to open"]),
        (Aged(below=18), "2010-03-15", ["2010-03-15 to 2028-03-14"]),
        (Aged(18, 25), "2000-01-01", ["2018-01-01 to 2024-12-31"]),
        (Aged(18), "2008-02-29", ["2026-03-01 to open"]),
        (Aged(20), "2008-02-29", ["2028-02-29 to open"]),
        (Aged(0), "2008-02-29", ["2008-02-29 to open"]),
    ],
)
def test_age_goes_from_birthday_to_birthday(term: Term, birth: str, holds: list[str]) -> None:
    facts = Facts(births={1: [date.fromisoformat(birth)]})
    assert sure(term, facts) == possible(term, facts) == timeline(*holds)


def test_an_unknown_date_of_birth_leaves_every_day_open() -> None:
    assert sure(Aged(65), Facts()) == Timeline()
    assert possible(Aged(65), Facts()) == Timeline.always()
    (doubt,) = outcome(Aged(65), Facts()).undetermined
    assert doubt.missing == (MissingFact(1, FactKind.BIRTH_DATE),)


def test_two_dates_of_birth_leave_open_what_they_do_not_share() -> None:
    facts = Facts(births={1: [date(2000, 1, 1), date(2001, 1, 1)]})
    assert sure(Aged(18), facts) == timeline("2019-01-01 to open")
    assert possible(Aged(18), facts) == timeline("2018-01-01 to open")


# Residence and permit.

LIVED = Facts(
    residences={
        1: [
            ResidenceSpan(GHENT, inclusive("2024-01-01", "2024-03-31")),
            ResidenceSpan(EUPEN, inclusive("2024-04-01", "2024-06-30")),
            ResidenceSpan(NAMUR, inclusive("2024-07-01", "2024-12-31")),
            ResidenceSpan(BRUSSELS, inclusive("2024-12-01", "2024-12-31")),
        ]
    }
)


@pytest.mark.parametrize(
    ("term", "holds", "denied"),
    [
        (ResidesIn("flanders"), ["2024-01-01 to 2024-03-31"], ["2024-04-01 to 2024-12-31"]),
        (
            ResidesIn("wallonia"),
            ["2024-04-01 to 2024-11-30"],
            ["2024-01-01 to 2024-03-31"],
        ),
        (
            ResidesIn("germanCommunity"),
            ["2024-04-01 to 2024-06-30"],
            ["2024-01-01 to 2024-03-31", "2024-07-01 to 2024-12-31"],
        ),
        (
            ResidesIn(municipalities=(GHENT, BRUSSELS)),
            ["2024-01-01 to 2024-03-31"],
            ["2024-04-01 to 2024-11-30"],
        ),
    ],
)
def test_residence(term: Term, holds: list[str], denied: list[str]) -> None:
    """In December two sources differ: who reads both has a doubt, who reads neither has none."""
    assert sure(term, LIVED) == timeline(*holds)
    assert possible(term, LIVED) == ~timeline(*denied)


def test_two_places_that_both_meet_the_condition_are_no_contradiction() -> None:
    facts = Facts(
        residences={
            1: [
                ResidenceSpan(code, inclusive("2024-01-01", "2024-01-31"))
                for code in (NAMUR, EUPEN)
            ]
        }
    )
    assert sure(ResidesIn("wallonia"), facts) == timeline("2024-01-01 to 2024-01-31")


def test_a_permit_of_another_value_is_a_no_and_silence_is_not() -> None:
    facts = Facts(
        permits={
            1: [
                PermitSpan("B", inclusive("2024-01-01", "2024-03-31")),
                PermitSpan("F", inclusive("2024-04-01", "2024-06-30")),
            ]
        }
    )
    term = Permitted(("A", "F"))
    found = outcome(term, facts)
    days = [date(2024, 2, 1), date(2024, 5, 1), date(2024, 8, 1)]
    assert [found.on(day) for day in days] == [
        Answer.DOES_NOT_APPLY,
        Answer.APPLIES,
        Answer.UNDETERMINED,
    ]
    assert {lack.fact for doubt in found.undetermined for lack in doubt.missing} == {
        FactKind.RESIDENCE_PERMIT
    }


# The household: the facts of others, and what is missing of them.


def test_an_age_in_the_household_is_missing_of_the_other() -> None:
    facts = Facts(household=[HouseholdSpan(1, 2, "child", inclusive("2024-01-01", "2024-12-31"))])
    (doubt,) = outcome(HeldInHousehold(Aged(below=18), ("parent",)), facts).undetermined
    assert doubt.span == inclusive("2024-01-01", "2024-12-31")
    assert doubt.missing == (MissingFact(2, FactKind.BIRTH_DATE),)
