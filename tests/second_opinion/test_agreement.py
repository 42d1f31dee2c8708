"""The engine and a month-granular OpenFisca, written apart, agree on thousands of persons.

Facts begin and end with whole months, so that days and months can be compared.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from openfisca_core.simulation_builder import SimulationBuilder
from openfisca_core.simulations import Simulation

from attestations.periods import FOREVER, Span, Timeline
from derived_rights.engine import bulk
from derived_rights.engine.catalogue import rights
from derived_rights.engine.conversion import columns_of
from derived_rights.engine.one import Derivation
from tests.second_opinion.situations import (
    BRUSSELS,
    FIRST,
    FLANDERS,
    MONTHS,
    Member,
    Population,
    first_day,
    generated,
)
from tests.second_opinion.system import FIRST_MONTH, MONTH, tax_benefit_system

# Without the first years, in which what happened before the first month would still count.
COMPARED = range(24, MONTHS)
CODES = (
    "bim",
    "socialTariff",
    "walloonFamilySupplement",
    "flemishFamilySupplement",
    "ostbelgienFamilySupplement",
    "deLijnReducedFare",
    "flemishCarePremiumReduction",
)


@pytest.fixture(scope="module")
def population() -> Population:
    return generated(households=1500, seed=20261126)


@pytest.fixture(scope="module")
def by_engine(population: Population) -> dict[str, NDArray[np.bool_]]:
    """Person by month, for each right."""
    derivation = Derivation(population.facts(), rights())
    found = {code: np.zeros((len(population), MONTHS), dtype=bool) for code in CODES}
    for person in range(len(population)):
        for code in CODES:
            outcome = derivation.outcome(person, code)
            assert outcome.undetermined == ()
            found[code][person] = monthly(outcome.timeline)
    return found


@pytest.fixture(scope="module")
def in_bulk(population: Population) -> dict[str, NDArray[np.bool_]]:
    """The same by the interpreter for everybody at once."""
    columns = columns_of(population.facts(), range(len(population)))
    found = {}
    for code, derived in bulk.derive(columns, rights(), codes=CODES).items():
        assert len(derived.undetermined) == 0
        spans: list[list[Span]] = [[] for _ in range(len(population))]
        rows = (derived.sure.person, derived.sure.start, derived.sure.end)
        for person, start, end in zip(*(row.tolist() for row in rows), strict=True):
            spans[person].append(Span(date.fromordinal(start), date.fromordinal(end)))
        found[code] = np.array([monthly(Timeline(held)) for held in spans])
    return found


@pytest.fixture(scope="module")
def by_openfisca(population: Population) -> dict[str, NDArray[np.bool_]]:
    simulation = simulated(population)
    found = {code: np.zeros((len(population), MONTHS), dtype=bool) for code in CODES}
    for month in range(MONTHS):  # in order, so that no month waits for a long chain of others
        for code in CODES:
            found[code][:, month] = simulation.calculate(code, FIRST_MONTH.offset(month, MONTH))
    return found


def monthly(timeline: Timeline) -> NDArray[np.bool_]:
    """Whether each month is held; it is held whole, or not at all."""
    held = np.zeros(MONTHS, dtype=bool)
    for span in timeline:
        assert span.start.day == 1, span
        assert span.end == FOREVER or span.end.day == 1, span
        held[max(month_of(span.start), 0) : max(month_of(span.end), 0)] = True
    return held


def month_of(day: date) -> int:
    return 12 * (day.year - FIRST.year) + day.month - 1


def simulated(population: Population) -> Simulation:
    builder, system = SimulationBuilder(), tax_benefit_system()
    builder.create_entities(system)
    builder.declare_person_entity("person", list(range(len(population))))
    households = builder.declare_entity("household", sorted({*population.household.tolist()}))
    builder.join_with_persons(households, population.household, ["member"] * len(population))
    simulation = builder.build(system)
    # What depends on the month before may go back to the first one; the default would be "no".
    simulation.max_spiral_loops = MONTHS
    members = population.members
    eternal = {
        "role": [one.role for one in members],
        "present_since": [one.start for one in members],
        "birth_year": [first_day(one.born).year for one in members],
        "months_there_before": [
            -one.born if one.lives[0][1] in (FLANDERS, BRUSSELS) else 0 for one in members
        ],
    }
    for name, values in eternal.items():
        simulation.set_input(name, "ETERNITY", np.array(values))
    for name, table in by_month(members).items():
        for month in range(MONTHS):
            simulation.set_input(name, FIRST_MONTH.offset(month, MONTH), table[:, month])
    return simulation


def by_month(members: Iterable[Member]) -> dict[str, NDArray[Any]]:
    people = list(members)
    shape = (len(people), MONTHS)
    tables: dict[str, NDArray[Any]] = {
        name: np.zeros(shape, dtype=int) for name in ("kind", "aid_start", "decided")
    }
    tables["present"] = np.zeros(shape, dtype=bool)
    tables["in_flanders_or_brussels"] = np.zeros(shape, dtype=bool)
    for row, one in enumerate(people):
        tables["present"][row, max(one.start, 0) : one.end] = True
        for aid in one.aids:
            tables["kind"][row, aid.start : aid.end] = aid.kind
            tables["aid_start"][row, aid.start : aid.end] = aid.start
            tables["decided"][row, aid.start : aid.end] = aid.decided
        for month, region in one.lives:
            there = region in (FLANDERS, BRUSSELS)
            tables["in_flanders_or_brussels"][row, max(month, 0) :] = there
    return tables


@pytest.mark.parametrize("interpreter", ["by_engine", "in_bulk"])
@pytest.mark.parametrize("code", CODES)
def test_they_agree_month_by_month(
    code: str,
    interpreter: str,
    population: Population,
    by_openfisca: dict[str, NDArray[np.bool_]],
    request: pytest.FixtureRequest,
) -> None:
    by_engine = request.getfixturevalue(interpreter)
    engine, openfisca = (found[code][:, COMPARED] for found in (by_engine, by_openfisca))
    assert 0.02 < engine.mean() < 0.9, "the situations would not show a difference"
    people, places = np.nonzero(engine != openfisca)
    shown = [
        f"{first_day(COMPARED[place]):%Y-%m}: engine {bool(engine[person, place])};"
        f" {population.described(int(person))}"
        for person, place in zip(people[:3], places[:3], strict=True)
    ]
    assert not shown, f"{len(set(people.tolist()))} persons differ: {shown}"


def test_the_situations_are_many_and_various(population: Population) -> None:
    assert len(population) > 3000
    assert {aid.kind for one in population.members for aid in one.aids} == set(range(1, 8))
    assert {one.role for one in population.members} == set(range(5))
    assert FIRST.month == 1


def test_another_figure_would_be_seen(
    population: Population, by_openfisca: dict[str, NDArray[np.bool_]]
) -> None:
    overrides = {"bim": {"minimum_months": {date(2014, 1, 1): 4}}}
    derivation = Derivation(population.facts(), rights(), overrides)
    differing = [
        person
        for person in range(300)
        if (
            monthly(derivation.outcome(person, "bim").timeline) != by_openfisca["bim"][person]
        ).any()
    ]
    assert len(differing) > 10
