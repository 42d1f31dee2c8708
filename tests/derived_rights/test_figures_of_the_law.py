"""The figures that sources publish, each in force on its days; the parameters hold no others."""

from __future__ import annotations

from datetime import date

import pytest

from derived_rights.engine.catalogue import rights

# Right and parameter, a day, the value in force that day.
PUBLISHED = [
    # Three complete and uninterrupted months; to 31 December of the year after the opening.
    ("bim", "minimum_months", date(2014, 1, 1), 3),
    ("bim", "minimum_months", date(2026, 11, 26), 3),
    ("bim", "extra_years", date(2024, 3, 27), 1),
    # Increased intervention on 1 January of the year before; from the year of 26; five years.
    ("flemishCarePremiumReduction", "years_before", date(2024, 1, 1), 1),
    ("flemishCarePremiumReduction", "minimum_age", date(2019, 1, 1), 26),
    ("flemishCarePremiumReduction", "residence_months", date(2022, 1, 1), 60),
    # 70 % of the income of the year two years before.
    ("flemishStudyGrant", "share", date(2022, 9, 1), 70),
    ("flemishStudyGrant", "years_before", date(2022, 9, 1), 2),
    # 90 days for citizens of the Union, four months for others (association's page of 2014).
    ("immigrationOfficeInquiry", "union_days", date(2014, 7, 1), 90),
    ("immigrationOfficeInquiry", "other_months", date(2014, 7, 1), 4),
    ("immigrationOfficeInquiry", "minimum_age", date(2014, 7, 1), 18),
    # The price by aid is known beside the other up to the fares of April 2025.
    ("deLijnReducedFare", "sold", date(2025, 3, 31), "vgAndVt"),
    ("deLijnReducedFare", "sold", date(2025, 4, 1), "vt"),
]


@pytest.mark.parametrize(("code", "name", "day", "value"), PUBLISHED)
def test_the_figure_in_force_is_the_published_one(
    code: str, name: str, day: date, value: int | str
) -> None:
    window = rights()[code].window_on(day)
    assert window is not None
    assert {figure.parameter.name: figure for figure in window.figures}[name] == value


def test_every_number_of_a_right_that_is_on_is_listed_here() -> None:
    numbers = {
        (code, parameter.name)
        for code, right in rights().items()
        for parameter in right.parameters
        if right.active_by_default
        and all(isinstance(value, int) for value in parameter.values.values())
    }
    assert numbers <= {(code, name) for code, name, _, _ in PUBLISHED}


@pytest.mark.parametrize("code", sorted(rights()))
def test_no_figure_is_declared_that_the_law_never_reads(code: str) -> None:
    right = rights()[code]
    read = {figure.parameter.name for window in right.term_windows() for figure in window.figures}
    assert read == {parameter.name for parameter in right.parameters}
