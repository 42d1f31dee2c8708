"""How a right is declared, which mistakes are refused, and the law of each day."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from attestations.codes import LANGUAGES
from attestations.periods import FOREVER, Span
from derived_rights.engine.figures import Figure, Figures, InvalidRight, Parameter
from derived_rights.engine.right import AUTHORISED_FIELDS, Effect, Right
from derived_rights.engine.terms import Attested, CompleteMonths, Term
from partners.payloads import FIELDS
from tests.derived_rights.samples import constantly, right_of

income = Attested("integrationIncome")
MONTHS = Parameter("months", "months", "art. 3", {date(2010, 1, 1): 3, date(2020, 7, 1): 4})


def waiting(**attributes: Any) -> Right:
    right = right_of("waiting", parameters=(MONTHS,), **attributes)

    @right.since(2015)
    def original(p: Figures) -> Term:
        return income.complete_months(p.months)

    @right.since(date(2022, 3, 1))
    def without_waiting(p: Figures) -> Term:
        return income

    return right


def told(right: Right, overrides: Any = None) -> list[tuple[str, str, int | None]]:
    """First day, version and months of each window."""
    return [
        (
            window.span.start.isoformat(),
            window.version.isoformat(),
            window.term.months if isinstance(window.term, CompleteMonths) else None,
        )
        for window in right.term_windows(overrides)
    ]


def test_windows_begin_where_the_law_or_a_figure_changes() -> None:
    assert told(waiting()) == [
        ("2015-01-01", "2015-01-01", 3),
        ("2020-07-01", "2015-01-01", 4),
        ("2022-03-01", "2022-03-01", None),
    ]


def test_windows_follow_one_another_and_the_last_is_open() -> None:
    windows = waiting().term_windows()
    assert [window.span.end for window in windows[:-1]] == [w.span.start for w in windows[1:]]
    assert windows[-1].span == Span(date(2022, 3, 1), FOREVER)


def test_overrides_stand_beside_the_figures_of_the_module() -> None:
    overrides = {"months": {date(2018, 1, 1): 6, date(2020, 7, 1): 2}}
    assert told(waiting(), overrides) == [
        ("2015-01-01", "2015-01-01", 3),
        ("2018-01-01", "2015-01-01", 6),
        ("2020-07-01", "2015-01-01", 2),
        ("2022-03-01", "2022-03-01", None),
    ]


def test_window_on_a_day() -> None:
    right = waiting()
    assert right.window_on(date(2014, 12, 31)) is None
    window = right.window_on(date(2020, 6, 30))
    assert window is not None
    assert window.span.start == date(2015, 1, 1)


def test_a_law_that_returns_is_registered_again() -> None:
    right = right_of("returning")
    law = constantly(income)
    right.since(2015)(right.since(2020)(law))
    right.since(2018)(constantly(income.whole_months()))
    terms = [window.term for window in right.term_windows()]
    assert terms == [income, income.whole_months(), income]


def test_a_figure_knows_its_source_and_counts_as_its_value() -> None:
    (first, *_) = waiting().term_windows()
    (figure,) = first.figures
    assert isinstance(figure, Figure)
    assert figure == 3
    assert (figure.parameter.reference, figure.valid_from) == ("art. 3", date(2010, 1, 1))
    assert first.term == income.complete_months(3)


CEILING = Parameter("ceiling", "EUR", "art. 4", {date(2020, 1, 1): Decimal("19.50")})


def test_an_amount_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidRight, match="ceiling takes an amount, got 'much'"):
        CEILING.read("much")


def test_figures_can_be_copied() -> None:
    figures = Figures("sample", [CEILING], date(2020, 1, 1))
    assert copy(figures).ceiling == figures.ceiling


def test_amounts_and_choices_are_figures_too() -> None:
    choice = Parameter("scope", "set", "art. 5", {date(2020, 1, 1): "all"}, choices=("all", "few"))
    assert CEILING.overridden({date(2021, 1, 1): CEILING.read("20.25")}).on(
        date(2021, 1, 1)
    ) == Decimal("20.25")
    assert choice.on(date(2020, 1, 1)) == "all"


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"weeks": {date(2018, 1, 1): 6}}, "right waiting has no parameter weeks; it has: months"),
        ({"months": {date(2018, 1, 1): "6"}}, "months takes a value of type int, got '6'"),
        ({"months": {date(2018, 1, 1): True}}, "months takes a value of type int, got True"),
        ({"months": {date(2018, 1, 1): [6]}}, "months takes a value of type int"),
        ({"months": {date(2018, 1, 1): 0}}, "a whole number from 1, got 0"),
    ],
)
def test_overrides_that_do_not_fit(overrides: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        waiting().term_windows(overrides)


def parameter(**changes: Any) -> Parameter:
    return Parameter(
        **{"name": "n", "unit": "months", "reference": "art. 1", "values": {date.min: 1}, **changes}
    )


def reading_undeclared() -> None:
    right = right_of("careless")
    right.since(2020)(lambda p: income.complete_months(p.weeks))
    right.term_windows()


def too_early() -> None:
    right = right_of("early", parameters=(MONTHS,))
    right.since(2005)(lambda p: income.complete_months(p.months))
    right.term_windows()


def two_versions() -> None:
    right = right_of("twice", income)
    right.since(2000)(constantly(income))


def not_a_term() -> None:
    right = right_of("nothing")
    right.since(2000)(lambda p: None)  # type: ignore[arg-type, return-value]
    right.term_windows()


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        (lambda: right_of("a", lable={}), "no attribute lable; it takes code, label, description"),
        (lambda: right_of("Social tariff"), "'Social tariff' must be lowerCamelCase"),
        (lambda: right_of("a", label={"fr": "x", "nl": "x", "en": "x"}), r"label .*missing: de"),
        (lambda: right_of("a", description=dict.fromkeys([*LANGUAGES, "it"], "x")), "no other"),
        (lambda: right_of("a", reference=" "), "right a has an empty reference; write it"),
        (lambda: right_of("a", fields=("income",)), "opens the fields income; use aidKind"),
        (lambda: right_of("a", parameters=(MONTHS, MONTHS)), "declares a parameter twice"),
        (lambda: right_of("a").term_windows(), "has no version; decorate a function with @right"),
        (two_versions, "has two versions since 2000-01-01"),
        (not_a_term, "the version since 2000-01-01 returns no term"),
        (reading_undeclared, r"careless reads the parameter weeks, .*add it to `parameters`"),
        (too_early, "months has no value on 2005-01-01; give one that is valid from then"),
        (lambda: parameter(name="two words"), "must be a Python identifier"),
        (lambda: parameter(unit=""), "n has no unit"),
        (lambda: parameter(reference=""), "n has no reference; name the official text"),
        (lambda: parameter(values={}), "n has no value"),
        (lambda: parameter(values={date.min: 1.5}), "use int, str or Decimal throughout"),
        (lambda: parameter(values={date.min: 1, date.max: "1"}), "throughout"),
        (lambda: parameter(values={date.min: "x"}, choices=("y",)), "its choices are y"),
    ],
)
def test_mistakes_say_what_to_do(mistake: Callable[[], object], message: str) -> None:
    with pytest.raises(InvalidRight, match=message):
        mistake()


def test_only_favourable_effects_may_be_called_granted() -> None:
    assert {effect.value for effect in Effect if effect.is_favourable} == {
        "grant",
        "reduceDue",
        "presume",
    }


def test_the_fields_are_those_that_payloads_know() -> None:
    assert AUTHORISED_FIELDS == FIELDS
