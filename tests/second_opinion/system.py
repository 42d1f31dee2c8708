"""Rights written a second time, as monthly OpenFisca variables, and read from the law anew.

Nothing here comes from the engine. A formula says what holds in one month, by what held in others:
there are no spans, and no terms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray
from openfisca_core.entities import build_entity
from openfisca_core.periods import ETERNITY, MONTH, Instant, Period
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

from tests.second_opinion.situations import (
    BIGGEST,
    CHILD,
    FIRST,
    HEAD,
    KINDS,
    MONTHS,
    NEVER,
    OTHER,
    PARENT,
    PARTNER,
)

Array = NDArray[Any]
Formula = Callable[[Any, Period], Array]

PERSON = build_entity("person", "persons", "A person", is_person=True)
HOUSEHOLD = build_entity(
    "household", "households", "A household", roles=[{"key": "member", "plural": "members"}]
)
FIRST_MONTH = Period((MONTH, Instant((FIRST.year, FIRST.month, FIRST.day)), 1))
INVERSE = np.array([HEAD, PARTNER, PARENT, CHILD, OTHER])
FAMILY = (PARTNER, CHILD)
LONGEST_AHEAD = 30  # months between a month of the tariff and the aid that opens it


def number(period: Period) -> int:
    return 12 * (period.start.year - FIRST.year) + period.start.month - 1


def year(period: Period) -> int:
    return int(period.start.year)


def months(period: Period, first: int, last: int) -> Iterator[Period]:
    """The months from `first` to `last` after this one, which is 0."""
    return (period.offset(step, MONTH) for step in range(first, last + 1))


def any_of(arrays: Iterator[Array] | list[Array]) -> Array:
    return reduce(np.logical_or, arrays)


def variable(name: str, formula: Formula | None = None, **attributes: Any) -> type[Variable]:
    attributes = {
        "value_type": bool,
        "entity": PERSON,
        "definition_period": MONTH,
        "label": name,
        **attributes,
    }
    if formula is not None:
        attributes["formula"] = formula
    return type(name, (Variable,), attributes)


# --- What is put in ------------------------------------------------------------------------------

INPUTS = [
    variable("kind", value_type=int),
    variable("aid_start", value_type=int),
    variable("decided", value_type=int),
    variable("present"),
    variable("in_flanders_or_brussels"),
    variable("role", value_type=int, definition_period=ETERNITY),
    variable("present_since", value_type=int, definition_period=ETERNITY),
    variable("birth_year", value_type=int, definition_period=ETERNITY),
    variable("months_there_before", value_type=int, definition_period=ETERNITY),
]


def of_kind(*kinds: str) -> Formula:
    codes = [KINDS.index(kind) for kind in kinds]
    return lambda person, period: np.isin(person("kind", period), codes)


# --- The household -------------------------------------------------------------------------------


def nth(person: Any, place: int, values: Array) -> Array:
    """The value of the person at a place of everybody's household."""
    return person.household.value_nth_person(place, values)


def living_with(person: Any, period: Period) -> Iterator[tuple[int, Array, Array]]:
    """Each place of the household: whether its person lives here too, and what one is to them."""
    own_place = person.simulation.household.members_position
    here, role = person("present", period), person("role", period)
    for place in range(BIGGEST):
        together = here & nth(person, place, here) & (own_place != place)
        others = nth(person, place, role)
        relation = np.select([others == HEAD, role == HEAD], [role, INVERSE[others]], OTHER)
        yield place, together, relation


def held_in_household(name: str, relations: tuple[int, ...] | None = None) -> Formula:
    def formula(person: Any, period: Period) -> Array:
        held = person(name, period)
        return any_of(
            [
                together
                & nth(person, place, held)
                & (True if relations is None else np.isin(relation, relations))
                for place, together, relation in living_with(person, period)
            ]
        )

    return formula


# --- Increased intervention ----------------------------------------------------------------------


def three_months_complete(name: str) -> Formula:
    """On the first day of the month: three months held before it, and they go on or just ended."""

    def formula(person: Any, period: Period) -> Array:
        eve, one, two, three, now = (person(name, month) for month in months(period, -4, 0))
        return one & two & three & (now | ~eve)

    return formula


def increased_intervention(person: Any, period: Period) -> Array:
    """Kept to the end of the year after the last month of the condition."""
    first = -12 - (period.start.month - 1)
    return any_of([person("bim_condition", month) for month in months(period, first, 0)])


BIM = [
    variable("opens_bim", of_kind("integrationIncome", "equivalentIntegrationIncome")),
    variable("own_months", three_months_complete("opens_bim")),
    variable("family_months", held_in_household("own_months", FAMILY)),
    variable("aided_together", held_in_household("opens_bim", FAMILY)),
    variable("months_together", three_months_complete("aided_together")),
    variable(
        "bim_condition",
        lambda person, period: (
            person("own_months", period)
            | person("family_months", period)
            | person("months_together", period)
        ),
    ),
    variable("bim", increased_intervention),
    variable("bim_in_household", held_in_household("bim")),
]

# --- Social tariff -------------------------------------------------------------------------------


def run_begins(person: Any, period: Period) -> Array:
    return person("opens_tariff", period) & ~person("opens_tariff", period.offset(-1, MONTH))


def stated_from_the_aid_on(place: int) -> Formula:
    """Whether the household with the person at a place begins on the day on which aid of them does.

    It is then taken to have existed before.
    """

    def formula(person: Any, period: Period) -> Array:
        since = together_since(person, place, period)
        found = np.zeros(person.count, dtype=bool)
        for month in range(MONTHS):
            begins = person("run_begins", FIRST_MONTH.offset(month, MONTH))
            found |= nth(person, place, begins) & (since == month)
        return found

    return formula


def together_since(person: Any, place: int, period: Period) -> Array:
    since = person("present_since", period)
    return np.maximum(since, nth(person, place, since))


def tariff_from(person: Any, period: Period) -> Array:
    """From which month on the aid of this month, one's own or another's, opens the tariff."""
    later = np.maximum(person("decided", period), person("aid_start", period))
    opens = person("opens_tariff", period)
    quarter = np.where(opens, later // 3 * 3, NEVER)
    earliest = quarter
    for place, together, _ in living_with(person, period):
        known = np.where(
            person(f"stated_from_the_aid_of_{place}", period),
            -NEVER,
            together_since(person, place, period),
        )
        theirs = np.where(together, np.maximum(nth(person, place, quarter), known), NEVER)
        earliest = np.minimum(earliest, np.where(nth(person, place, opens), theirs, NEVER))
    return earliest


def social_tariff(person: Any, period: Period) -> Array:
    """Some aid of this year or later has opened it by now; and BIM does, between two dates."""
    ahead = min(LONGEST_AHEAD, MONTHS - 1 - number(period))
    held = any_of(
        [
            person("tariff_from", month) <= number(period)
            for month in months(period, 1 - period.start.month, ahead)
        ]
    )
    if (2021, 2) <= (year(period), period.start.month) <= (2023, 6):
        held = held | person("bim", period) | person("bim_in_household", period)
    return held


TARIFF = [
    variable(
        "opens_tariff",
        of_kind(
            "integrationIncome",
            "equivalentIntegrationIncome",
            "benefitAdvance",
            "stateChargedAid",
        ),
    ),
    variable("run_begins", run_begins),
    *(
        variable(
            f"stated_from_the_aid_of_{place}",
            stated_from_the_aid_on(place),
            definition_period=ETERNITY,
        )
        for place in range(BIGGEST)
    ),
    variable("tariff_from", tariff_from, value_type=int),
    variable("socialTariff", social_tariff),
]

# --- Family allowances and fares -----------------------------------------------------------------


def since(first: tuple[int, int], formula: Formula) -> Formula:
    def dated(person: Any, period: Period) -> Array:
        if (year(period), period.start.month) < first:
            return np.zeros(person.count, dtype=bool)
        return formula(person, period)

    return dated


def de_lijn(person: Any, period: Period) -> Array:
    held = person("bim", period)
    if (year(period), period.start.month) < (2025, 4):
        held = held | person("opens_vg", period) | person("vg_of_relatives", period)
    return held


FAMILY_AND_FARES = [
    variable("income", of_kind("integrationIncome")),
    variable("income_of_family", held_in_household("income", FAMILY)),
    variable(
        "flemishFamilySupplement",
        since(
            (2019, 1),
            lambda person, period: person("income", period) | person("income_of_family", period),
        ),
    ),
    variable(
        "walloonFamilySupplement",
        since(
            (2019, 1),
            lambda person, period: person("bim", period) | person("bim_in_household", period),
        ),
    ),
    variable(
        "ostbelgienFamilySupplement",
        since((2019, 1), lambda person, period: person("bim", period)),
    ),
    variable(
        "opens_vg",
        of_kind("integrationIncome", "equivalentIntegrationIncome", "localReceptionStay"),
    ),
    variable("vg_of_relatives", held_in_household("income", (CHILD, PARENT, PARTNER))),
    variable("deLijnReducedFare", since((2016, 2), de_lijn)),
]

# --- Care premium --------------------------------------------------------------------------------


def streak(person: Any, period: Period) -> Array:
    """How many months without interruption one has lived there, this one included."""
    if number(period) < 0:
        return person("months_there_before", period)
    before = person("streak", period.offset(-1, MONTH))
    return np.where(person("in_flanders_or_brussels", period), before + 1, 0)


def five_years(person: Any, period: Period) -> Array:
    """Whether one had, before this month, ever lived there for five years without interruption."""
    if number(period) < 0:
        return np.zeros(person.count, dtype=bool)
    eve = period.offset(-1, MONTH)
    return person("five_years", eve) | (person("streak", eve) >= 60)


def care_premium(person: Any, period: Period) -> Array:
    january = period.offset(1 - period.start.month, MONTH)
    held = person("bim", january.offset(-12, MONTH))
    held = held & (year(period) - person("birth_year", period) >= 26)
    owed = person("in_flanders_or_brussels", january) & person("five_years", january)
    return held & owed if year(period) >= 2022 else held


CARE = [
    variable("streak", streak, value_type=int),
    variable("five_years", five_years),
    variable("flemishCarePremiumReduction", since((2019, 1), care_premium)),
]


def tax_benefit_system() -> TaxBenefitSystem:
    system = TaxBenefitSystem([PERSON, HOUSEHOLD])
    system.add_variables(*INPUTS, *BIM, *TARIFF, *FAMILY_AND_FARES, *CARE)
    return system
