"""The table of municipalities: its counts are public knowledge, and every ended code leads on."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import pairwise

import pytest

from attestations import municipalities
from attestations.municipalities import Region, UnknownMunicipality
from attestations.periods import Span

TODAY = date(2025, 1, 1)
BEFORE_2019, AFTER_2019 = date(2018, 6, 1), date(2020, 1, 1)


@pytest.mark.parametrize(
    ("on", "count"),
    [
        (BEFORE_2019, 589),
        (date(2018, 12, 31), 589),
        (date(2019, 1, 1), 581),
        (AFTER_2019, 581),
        (date(2024, 12, 31), 581),
        (TODAY, 565),
    ],
)
def test_there_are_as_many_municipalities_as_there_were(on, count):
    assert len(municipalities.in_force(on)) == count


def test_regions_have_the_municipalities_they_have():
    found = Counter(one.region for one in municipalities.in_force(TODAY))

    assert found == {Region.FLANDERS: 285, Region.WALLONIA: 261, Region.BRUSSELS: 19}


def test_every_ended_code_leads_to_one_in_force_in_the_same_region():
    for one in municipalities.in_force(BEFORE_2019) + municipalities.in_force(AFTER_2019):
        successor = municipalities.get(municipalities.resolve(one.code, on=TODAY))

        assert TODAY in successor.valid
        assert successor.region == one.region
        if one.replaced_by is not None:
            assert one.valid.end in municipalities.get(one.replaced_by).valid


def test_names_are_there_in_both_languages_and_in_german_where_it_is_spoken():
    current = municipalities.in_force(TODAY)

    assert all({"fr", "nl"} <= one.names.keys() for one in current)
    assert sum("de" in one.names for one in current) == 9


@pytest.mark.parametrize(
    ("code", "on", "resolved"),
    [
        ("44029", date(2018, 12, 31), "44029"),  # Knesselare
        ("44029", date(2019, 1, 1), "44084"),  # went up in Aalter
        ("11007", TODAY, "11002"),  # Borsbeek, in an Antwerp that kept its code
        ("11002", TODAY, "11002"),
        ("54007", date(2019, 1, 1), "57096"),  # Mouscron, in another arrondissement
        ("44084", BEFORE_2019, "44084"),  # not yet there: left as it is
    ],
)
def test_a_code_resolves_to_the_one_of_the_day(code, on, resolved):
    assert municipalities.resolve(code, on=on) == resolved


@pytest.mark.parametrize("code", ["99999", "", "1100", "92094 ", "21000"])
def test_an_unknown_code_is_an_error_and_not_valid(code):
    assert not municipalities.is_valid(code, TODAY)
    with pytest.raises(UnknownMunicipality):
        municipalities.resolve(code, on=TODAY)
    with pytest.raises(UnknownMunicipality):
        municipalities.region(code)


def test_a_code_is_valid_on_its_days_only():
    last, first = date(2024, 12, 31), date(2025, 1, 1)

    assert municipalities.is_valid("82003", last)
    assert not municipalities.is_valid("82003", first)
    assert not municipalities.is_valid("82039", last)
    assert municipalities.is_valid("82039", first)


@pytest.mark.parametrize(
    ("span", "cut"),
    [
        (Span(date(2020, 1, 1)), [("2020-01-01", "82003"), ("2025-01-01", "82039")]),
        (Span(date(2020, 1, 1), date(2025, 1, 1)), [("2020-01-01", "82003")]),
        (Span(date(2025, 1, 1)), [("2025-01-01", "82039")]),
        (Span(date(2025, 6, 1)), [("2025-06-01", "82039")]),
    ],
)
def test_a_period_is_cut_where_the_code_changes(span, cut):
    pieces = municipalities.pieces("82003", span)

    assert [(str(piece.start), code) for piece, code in pieces] == cut
    assert pieces[-1][0].end == span.end
    assert all(before.end == after.start for (before, _), (after, _) in pairwise(pieces))
