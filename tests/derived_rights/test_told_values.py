"""The form in which the log of acts names a value can be read again."""

from __future__ import annotations

from datetime import date

import pytest

from derived_rights.told_values import ToldValue

TOLD = ToldValue("minimum_months", "4", date(2027, 1, 1), "royal decree (1 April 2007), art. 8")


def test_what_is_written_is_read_again() -> None:
    assert ToldValue.parse(str(TOLD)) == TOLD


def test_a_legal_reference_that_was_cut_off_is_read_as_far_as_it_goes() -> None:
    found = ToldValue.parse(str(TOLD)[:-5])
    assert found is not None
    assert (found.name, found.reference) == ("minimum_months", "royal decree (1 April 2007), ar")


@pytest.mark.parametrize("text", ["", "mutualities", "minimum_months = 4", "a = b from c (d)"])
def test_what_has_another_form_is_none(text: str) -> None:
    assert ToldValue.parse(text) is None
