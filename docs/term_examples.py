"""One example of each term of the vocabulary: the facts, what to show of them, and the term."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from attestations.codes import LANGUAGES
from attestations.periods import Span, Timeline
from derived_rights.engine.facts import (
    AttestedSpan,
    FactKind,
    Facts,
    HouseholdSpan,
    PaidMonth,
    PermitSpan,
    ReportedSpan,
    ResidenceSpan,
)
from derived_rights.engine.figures import Figures
from derived_rights.engine.right import Effect, Right, Trust
from derived_rights.engine.terms import (
    Aged,
    Attested,
    Derived,
    HeldInHousehold,
    PaidAtLeast,
    PaidShare,
    Permitted,
    Reported,
    ResidesIn,
    Term,
)

THIS_YEAR = Span(date(2026, 1, 1), date(2027, 1, 1))
THREE_YEARS = Span(date(2026, 1, 1), date(2029, 1, 1))


@dataclass(frozen=True)
class Row:
    """What a line of the picture shows: a term of a person, or days that are simply given."""

    label: str
    what: Term | Timeline
    person: int = 1


@dataclass(frozen=True)
class Example:
    """The picture of the term class `name`; the last row is the term itself, written as code."""

    name: str
    facts: Facts
    rows: tuple[Row, ...]
    shown: Span = THIS_YEAR
    tick_months: int = 2


income = Attested("integrationIncome")
advance = Attested("benefitAdvance")
increased = Reported(FactKind.INCREASED_INTERVENTION)

INCOME = Row('income = Attested("integrationIncome")', income)
ADVANCE = Row('advance = Attested("benefitAdvance")', advance)


def days(first: str, last: str) -> Span:
    """A span as people write it, both days included."""
    return Span.inclusive(date.fromisoformat(first), date.fromisoformat(last))


def aid(number: int, first: str, last: str, kind: str = "integrationIncome") -> AttestedSpan:
    return AttestedSpan(kind, days(first, last), date.fromisoformat(first), f"A{number}")


def aided(*periods: tuple[str, str]) -> Facts:
    return Facts({1: [aid(place, *period) for place, period in enumerate(periods, 1)]})


def of_income(
    name: str,
    written: str,
    term: Term,
    *periods: tuple[str, str],
    shown: Span = THIS_YEAR,
    tick_months: int = 2,
) -> Example:
    """A term that changes the days of integration income."""
    return Example(name, aided(*periods), (INCOME, Row(written, term)), shown, tick_months)


def _sample_right() -> Right:
    """A right whose law changes on 1 July 2026."""
    text = dict.fromkeys(LANGUAGES, "sample")
    right = Right(
        code="sample",
        label=text,
        description=text,
        recipient="nobody",
        effect=Effect.GRANT,
        reference="invented",
        trust=Trust.SIGNAL,
        needs=(FactKind.ATTESTATIONS,),
        fields=(),
    )

    @right.since(date(2020, 1, 1))
    def until_june(p: Figures) -> Term:
        return income

    @right.since(date(2026, 7, 1))
    def from_july(p: Figures) -> Term:
        return advance

    return right


RIGHTS = {"sample": _sample_right()}

BOTH = Facts(
    {
        1: [
            aid(1, "2026-02-10", "2026-08-20"),
            aid(2, "2026-06-15", "2026-11-10", kind="benefitAdvance"),
        ]
    }
)
TOLD = Facts(
    reported={
        1: [
            ReportedSpan(increased.fact, days("2026-03-01", "2026-06-30"), holds=True),
            ReportedSpan(increased.fact, days("2026-06-01", "2026-09-30"), holds=False),
        ]
    }
)
MOVED = Facts(
    residences={
        1: [
            ResidenceSpan("44021", days("2026-02-01", "2026-06-14")),
            ResidenceSpan("92094", days("2026-06-15", "2026-10-31")),
        ]
    }
)
GHENT = Row("a source says: Ghent", Timeline([days("2026-02-01", "2026-06-14")]))
NAMUR = Row("a source says: Namur", Timeline([days("2026-06-15", "2026-10-31")]))
FAMILY = Facts(
    {2: [aid(1, "2026-02-10", "2026-09-20")]},
    [HouseholdSpan(2, 1, "child", days("2026-04-15", "2026-11-30"))],
)
STAYING = Facts(
    permits={
        1: [
            PermitSpan("F", days("2026-02-01", "2026-05-31")),
            PermitSpan("B", days("2026-06-01", "2026-10-15")),
        ]
    }
)
PAID = Facts(
    {1: [aid(1, "2026-03-01", "2026-08-20")]},
    paid={
        1: [
            PaidMonth("integrationIncome", date(2026, m, 1), c)
            for m, c in ((3, 120_000), (4, 60_000))
        ]
        + [PaidMonth("integrationIncome", date(2026, 5, 1), 110_000)]
    },
)
SHARED = Facts(
    {1: [aid(1, "2026-03-01", "2026-05-31"), aid(2, "2026-03-01", "2026-05-31", "benefitAdvance")]},
    paid={
        1: [PaidMonth("integrationIncome", date(2026, m, 1), 50_000) for m in (3, 4)]
        + [PaidMonth("benefitAdvance", date(2026, m, 1), c) for m, c in ((3, 50_000), (4, 90_000))]
    },
)

EXAMPLES: tuple[Example, ...] = (
    Example(
        "Attested",
        aided(("2026-02-10", "2026-05-09"), ("2026-05-10", "2026-08-31")),
        (
            Row("an attestation", Timeline([days("2026-02-10", "2026-05-09")])),
            Row("another one", Timeline([days("2026-05-10", "2026-08-31")])),
            Row('Attested("integrationIncome")', income),
        ),
    ),
    Example(
        "Reported",
        TOLD,
        (
            Row("a source affirms", Timeline([days("2026-03-01", "2026-06-30")])),
            Row("another denies", Timeline([days("2026-06-01", "2026-09-30")])),
            Row("Reported(FactKind.INCREASED_INTERVENTION)", increased),
        ),
    ),
    Example(
        "Aged",
        Facts(births={1: [date(2008, 5, 17)]}),
        (
            Row("born on 17 May 2008, known", Timeline.always()),
            Row("Aged(at_least=18, below=20)", Aged(18, 20)),
        ),
        THREE_YEARS,
        6,
    ),
    Example(
        "ResidesIn", MOVED, (GHENT, NAMUR, Row('ResidesIn("flanders")', ResidesIn("flanders")))
    ),
    Example(
        "Permitted",
        STAYING,
        (
            Row("a source says: F", Timeline([days("2026-02-01", "2026-05-31")])),
            Row("a source says: B", Timeline([days("2026-06-01", "2026-10-15")])),
            Row('Permitted(("F",))', Permitted(("F",))),
        ),
    ),
    Example(
        "PaidAtLeast",
        PAID,
        (
            INCOME,
            Row(
                "1200 euro in March, 1100 in May",
                Timeline([days("2026-03-01", "2026-03-31"), days("2026-05-01", "2026-05-31")]),
            ),
            Row(
                "600 euro in April; the rest nobody stated",
                Timeline([days("2026-04-01", "2026-04-30")]),
            ),
            Row(
                'PaidAtLeast(("integrationIncome",), 100_000, "month")',
                PaidAtLeast(("integrationIncome",), 100_000, "month"),
            ),
        ),
        tick_months=1,
    ),
    Example(
        "PaidShare",
        SHARED,
        (
            Row("500 of income, 500 of advance", Timeline([days("2026-03-01", "2026-03-31")])),
            Row("500 of income, 900 of advance", Timeline([days("2026-04-01", "2026-04-30")])),
            Row("attested, and no amount stated", Timeline([days("2026-05-01", "2026-05-31")])),
            Row(
                'PaidShare(("integrationIncome",), ("benefitAdvance", "integrationIncome"),'
                ' 50, "month")',
                PaidShare(
                    ("integrationIncome",), ("benefitAdvance", "integrationIncome"), 50, "month"
                ),
            ),
        ),
        tick_months=1,
    ),
    Example(
        "Derived",
        BOTH,
        (
            Row("income, which the law asks until 30 June", income),
            Row("advance, which the law asks from 1 July on", advance),
            Row('Derived("sample")', Derived("sample")),
        ),
    ),
    Example(
        "HeldInHousehold",
        FAMILY,
        (
            Row("income of the parent", income, person=2),
            Row("lives with the parent, as a child", Timeline([days("2026-04-15", "2026-11-30")])),
            Row('HeldInHousehold(income, ("child",))', HeldInHousehold(income, ("child",))),
        ),
    ),
    Example("AnyOf", BOTH, (INCOME, ADVANCE, Row("income | advance", income | advance))),
    Example("AllOf", BOTH, (INCOME, ADVANCE, Row("income & advance", income & advance))),
    Example("Not", BOTH, (INCOME, Row("~income", ~income))),
    of_income(
        "CompleteMonths",
        "income.complete_months(3)",
        income.complete_months(3),
        ("2026-01-15", "2026-03-09"),
        ("2026-05-02", "2026-10-20"),
    ),
    of_income(
        "LastingAtLeast",
        "income.lasting_at_least(days=90)",
        income.lasting_at_least(days=90),
        ("2026-01-15", "2026-03-09"),
        ("2026-05-02", "2026-10-20"),
    ),
    of_income(
        "Bridged",
        "income.bridging(14)",
        income.bridging(14),
        ("2026-02-01", "2026-03-31"),
        ("2026-04-12", "2026-06-30"),
        ("2026-08-15", "2026-09-30"),
    ),
    of_income(
        "CountedDays",
        "income.counted_days(60, 120)",
        income.counted_days(60, 120),
        ("2026-02-01", "2026-03-12"),
        ("2026-05-01", "2026-06-30"),
    ),
    of_income(
        "EverSince",
        "income.ever_since()",
        income.ever_since(),
        ("2026-03-15", "2026-04-30"),
        ("2026-08-01", "2026-09-30"),
    ),
    of_income(
        "OnReferenceDate",
        "income.on_reference_date(1, 1, 1)",
        income.on_reference_date(1, 1, 1),
        ("2026-11-10", "2027-02-15"),
        shown=THREE_YEARS,
        tick_months=6,
    ),
    of_income(
        "WholeMonths",
        "income.whole_months()",
        income.whole_months(),
        ("2026-02-20", "2026-04-05"),
        ("2026-08-10", "2026-08-12"),
        tick_months=1,
    ),
    of_income(
        "WholeQuarters",
        "income.whole_quarters()",
        income.whole_quarters(),
        ("2026-02-20", "2026-04-05"),
        ("2026-11-10", "2026-11-12"),
        tick_months=3,
    ),
    of_income(
        "FromStartOf",
        'income.from_start_of("quarter")',
        income.from_start_of("quarter"),
        ("2026-02-20", "2026-05-10"),
        ("2026-09-10", "2026-10-20"),
        tick_months=3,
    ),
    of_income(
        "ToEndOf",
        'income.to_end_of("quarter")',
        income.to_end_of("quarter"),
        ("2026-02-20", "2026-05-10"),
        ("2026-09-10", "2026-09-20"),
        tick_months=3,
    ),
    of_income(
        "CarriedToYearEnd",
        "income.carried_to_year_end(1)",
        income.carried_to_year_end(1),
        ("2026-03-02", "2026-06-30"),
        shown=THREE_YEARS,
        tick_months=6,
    ),
    Example(
        "FromQuarterOfDecision",
        Facts(
            {
                1: [
                    AttestedSpan(
                        "integrationIncome",
                        days("2026-01-10", "2026-09-30"),
                        date(2026, 5, 20),
                        "A1",
                    )
                ]
            }
        ),
        (
            INCOME,
            Row("the day of the decision, 20 May", Timeline([days("2026-05-20", "2026-05-20")])),
            Row("income.from_quarter_of_decision()", income.from_quarter_of_decision()),
        ),
        tick_months=3,
    ),
)
