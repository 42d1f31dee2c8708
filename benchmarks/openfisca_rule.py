"""The rule of `benchmarks.openfisca` as OpenFisca variables, each computed once a month."""

from __future__ import annotations

from typing import Any

from openfisca_core.entities import build_entity
from openfisca_core.periods import MONTH, Period
from openfisca_core.simulation_builder import SimulationBuilder
from openfisca_core.simulations import Simulation
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

from benchmarks.openfisca import FIRST_YEAR

PERSON = build_entity("person", "persons", "A person", is_person=True)


class aided(Variable):
    value_type = bool
    entity = PERSON
    definition_period = MONTH
    label = "Aided in the month, as it is put in"


class opened(Variable):
    value_type = bool
    entity = PERSON
    definition_period = MONTH
    label = "The three months before are complete; a run of exactly three counts on the day after"

    def formula(person: Any, period: Any) -> Any:
        before = [person("aided", period.offset(-step, MONTH)) for step in range(1, 5)]
        complete = before[0] & before[1] & before[2]
        return complete & (person("aided", period) | ~before[3])


class opened_this_year(Variable):
    value_type = bool
    entity = PERSON
    definition_period = MONTH
    label = "Opened in this month or in an earlier one of its year"

    def formula(person: Any, period: Any) -> Any:
        now = person("opened", period)
        if period.start.month == 1:
            return now
        return now | person("opened_this_year", period.last_month)


class carried(Variable):
    value_type = bool
    entity = PERSON
    definition_period = MONTH
    label = "Opened by this month of the year, or in the year before"

    def formula(person: Any, period: Any) -> Any:
        now = person("opened_this_year", period)
        if period.start.year == FIRST_YEAR:
            return now
        before = period.start.offset("first-of", "year").offset(-1, "month")
        return now | person("opened_this_year", Period((MONTH, before, 1)))


def simulation(persons: int) -> Simulation:
    """A simulation of so many persons, of whom nothing is known yet."""
    system = TaxBenefitSystem([PERSON])
    for variable in (aided, opened, opened_this_year, carried):
        system.add_variable(variable)
    return SimulationBuilder().build_default_simulation(system, persons)
