"""Every table of tests/scenarios/rights, row by row; a new right only adds its table."""

from __future__ import annotations

import pytest

from derived_rights.engine.catalogue import rights
from derived_rights.scenarios import Scenario, scenarios

EVERY = scenarios()


@pytest.mark.parametrize("scenario", EVERY, ids=lambda s: f"{s.table}: {s.title}")
def test_outcome(scenario: Scenario) -> None:
    found = {key: scenario.outcome(*key) for key in scenario.expected}
    assert found == scenario.expected


def test_every_right_has_a_table() -> None:
    assert {scenario.table for scenario in EVERY} == set(rights())


def test_every_row_expects_something_of_its_own_right() -> None:
    assert [
        scenario.title
        for scenario in EVERY
        if scenario.table not in {right for right, _ in scenario.expected}
    ] == []
