"""Sums and shares of paid amounts, and what is unknown of them, on days to check by hand."""

from __future__ import annotations

from datetime import date

import pytest

from derived_rights.engine.facts import Facts, PaidMonth
from derived_rights.engine.terms import PaidAtLeast, PaidShare, Term
from tests.derived_rights.samples import (
    KIND,
    OTHER_KIND,
    aid,
    ends,
    outcome,
    possible,
    sure,
    timeline,
)


def paid(*stated: tuple[str, str, int], aids: tuple[str, ...] = ()) -> Facts:
    attested = [aid(f"A{n}", *ends(one)) for n, one in enumerate(aids)]
    amounts = [PaidMonth(kind, date.fromisoformat(f"{m}-01"), cents) for kind, m, cents in stated]
    return Facts({1: attested}, paid={1: amounts})


MARCH = "2024-03-01 to 2024-03-31"
THIS_YEAR = "2024-01-01 to 2024-12-31"
BOTH = (KIND, OTHER_KIND)


@pytest.mark.parametrize(
    ("term", "facts", "surely", "possibly"),
    [
        pytest.param(*row, id=title)
        for title, *row in [
            (
                "an amount that suffices",
                PaidAtLeast((KIND,), 500, "month"),
                paid((KIND, "2024-03", 500)),
                [MARCH],
                [MARCH],
            ),
            (
                "an amount that does not",
                PaidAtLeast((KIND,), 501, "month"),
                paid((KIND, "2024-03", 500)),
                [],
                [],
            ),
            (
                "two kinds together",
                PaidAtLeast(BOTH, 501, "month"),
                paid((KIND, "2024-03", 500), (OTHER_KIND, "2024-03", 1)),
                [MARCH],
                [MARCH],
            ),
            (
                "the months of a year together",
                PaidAtLeast((KIND,), 1000, "year"),
                paid((KIND, "2024-03", 500), (KIND, "2024-12", 500)),
                [THIS_YEAR],
                [THIS_YEAR],
            ),
            (
                "a month that is attested and not stated is open",
                PaidAtLeast((KIND,), 1, "month"),
                paid(aids=("2024-03-31 to 2024-03-31",)),
                [],
                [MARCH],
            ),
            (
                "an open attestation leaves all its months open",
                PaidAtLeast((KIND,), 1, "month"),
                paid((KIND, "2024-04", 0), aids=("2024-03-31 to open",)),
                [],
                [MARCH, "2024-05-01 to open"],
            ),
            (
                "what is known may suffice",
                PaidAtLeast((KIND,), 500, "year"),
                paid((KIND, "2024-03", 500), aids=("2024-03-01 to 2024-05-31",)),
                [THIS_YEAR],
                [THIS_YEAR],
            ),
            (
                "two sources that state the same amount",
                PaidAtLeast((KIND,), 500, "month"),
                paid((KIND, "2024-03", 500), (KIND, "2024-03", 500)),
                [MARCH],
                [MARCH],
            ),
            (
                "two sources that state different amounts",
                PaidAtLeast((KIND,), 500, "month"),
                paid((KIND, "2024-03", 500), (KIND, "2024-03", 600)),
                [],
                [MARCH],
            ),
            (
                "half of it",
                PaidShare((KIND,), BOTH, 50, "month"),
                paid((KIND, "2024-03", 500), (OTHER_KIND, "2024-03", 500)),
                [MARCH],
                [MARCH],
            ),
            (
                "less than half of it",
                PaidShare((KIND,), BOTH, 50, "month"),
                paid((KIND, "2024-03", 499), (OTHER_KIND, "2024-03", 500)),
                [],
                [],
            ),
            (
                "no share of nothing",
                PaidShare((KIND,), BOTH, 1, "month"),
                paid((KIND, "2024-03", 0), (OTHER_KIND, "2024-03", 0)),
                [],
                [],
            ),
            (
                "more of the part can only make the share",
                PaidShare((KIND,), BOTH, 50, "year"),
                paid(
                    (KIND, "2024-03", 500),
                    (OTHER_KIND, "2024-03", 500),
                    aids=("2024-03-01 to 2024-04-30",),
                ),
                [THIS_YEAR],
                [THIS_YEAR],
            ),
            (
                "the part may still grow",
                PaidShare((KIND,), BOTH, 50, "year"),
                paid((OTHER_KIND, "2024-03", 500), aids=("2024-03-01 to 2024-03-31",)),
                [],
                [THIS_YEAR],
            ),
            (
                "all of it cannot be, once there is something else",
                PaidShare((KIND,), BOTH, 100, "year"),
                paid((OTHER_KIND, "2024-03", 500), aids=("2024-03-01 to 2024-03-31",)),
                [],
                [],
            ),
            (
                "all of it may be, of an unknown amount",
                PaidShare((KIND,), BOTH, 100, "year"),
                paid(aids=("2024-03-01 to 2024-03-31",)),
                [],
                [THIS_YEAR],
            ),
        ]
    ],
)
def test_amounts(term: Term, facts: Facts, surely: list[str], possibly: list[str]) -> None:
    assert sure(term, facts) == timeline(*surely)
    assert possible(term, facts) == timeline(*possibly)


@pytest.mark.parametrize(
    ("known", "surely", "possibly"),
    [(500, False, True), (499, False, False), (0, False, False)],
)
def test_more_of_the_rest_can_only_break_a_share(known: int, surely: bool, possibly: bool) -> None:
    rest = aid("A1", "2024-04-01", "2024-04-30", kind=OTHER_KIND)
    amounts = [
        PaidMonth(KIND, date(2024, 3, 1), known),
        PaidMonth(OTHER_KIND, date(2024, 3, 1), 500),
    ]
    facts = Facts({1: [rest]}, paid={1: amounts})
    term = PaidShare((KIND,), BOTH, 50, "year")
    assert bool(sure(term, facts)) is surely
    assert bool(possible(term, facts)) is possibly


def test_the_attestations_of_the_unit_are_named() -> None:
    facts = paid(
        (KIND, "2024-03", 500), aids=("2024-03-10 to 2024-03-20", "2024-04-01 to 2024-04-02")
    )
    (period,) = outcome(PaidAtLeast((KIND,), 1, "month"), facts).periods
    assert period.attestation_numbers == ("A0",)


@pytest.mark.parametrize(("month", "cents"), [(date(2024, 3, 2), 1), (date(2024, 3, 1), -1)])
def test_a_paid_month_begins_on_its_first_day_and_owes_nothing(month: date, cents: int) -> None:
    with pytest.raises(ValueError, match="first day of a month|at least 0"):
        PaidMonth(KIND, month, cents)
