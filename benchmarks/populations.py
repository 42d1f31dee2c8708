"""Invented populations as columns: as many persons as asked for, the same ones each time.

No figure here describes the real country; what matters is how many rows a person has, and that
periods overlap, follow one another, end in mid-month, and are shared by households.
"""

from __future__ import annotations

from datetime import date

import numpy as np
from numpy.typing import NDArray

from attestations.codes import AidKind, HouseholdRelation
from derived_rights.engine.columns import (
    FOREVER,
    AttestedRows,
    BirthRows,
    Columns,
    HouseholdRows,
    PaidRows,
    PermitRows,
    ReportedRows,
    ResidenceRows,
)
from derived_rights.engine.facts import REPORTED_FACTS

FIRST, LAST = date(2010, 1, 1).toordinal(), date(2026, 12, 31).toordinal()
KINDS = tuple(AidKind)
AIDED = ("integrationIncome", "equivalentIntegrationIncome")
MUNICIPALITIES = ("21004", "11002", "44021", "62063", "52011", "92094", "63023", "24062")
PERMITS = ("A", "B", "F", "H", "K")


def aided(persons: int, *, each: int = 2, in_order: bool = True, seed: int = 1) -> Columns:
    """Persons with so many attestations of the two kinds that open the increased intervention.

    Some overlap. The rows are in order of person and start, as they are when read from the
    database, or of person only.
    """
    draw = np.random.default_rng(seed)
    person = np.repeat(np.arange(persons), each)
    start = draw.integers(FIRST, LAST, (persons, each))
    start = (np.sort(start) if in_order else start).ravel()
    kind = _codes(draw, AIDED, len(person))
    return Columns(
        ids=np.arange(persons),
        attested=AttestedRows(
            person, kind, start, start + draw.integers(20, 500, len(person)), start
        ),
    )


def country(persons: int, *, seed: int = 1) -> Columns:
    """A whole population: 0.86 attestations a person, households, residence, births, and more."""
    draw = np.random.default_rng(seed)
    everyone = np.arange(persons)
    return Columns(
        ids=everyone,
        attested=_attested(draw, persons),
        household=_households(draw, persons),
        reported=_reported(draw, persons),
        births=BirthRows(everyone, draw.integers(FIRST - 85 * 365, LAST, persons)),
        residence=_residences(draw, persons),
        permits=_permits(draw, persons),
        paid=_paid(draw, persons),
        facts=tuple(REPORTED_FACTS),
        municipalities=MUNICIPALITIES,
        permit_values=PERMITS,
    )


def _attested(draw: np.random.Generator, persons: int) -> AttestedRows:
    """One person in five was aided, for one to eight periods, mostly one after another."""
    each = np.where(draw.random(persons) < 0.2, draw.geometric(0.23, persons).clip(max=8), 0)
    person = np.repeat(np.arange(persons), each)
    place = np.arange(len(person)) - np.repeat(np.cumsum(each) - each, each)
    begun = np.repeat(draw.integers(FIRST, LAST - 1000, persons), each)
    start = begun + place * 365 + draw.choice([0, 0, 0, -20, 15, 60], len(person))
    length = draw.choice([365, 365, 181, 92, 400], len(person))
    end = np.where(draw.random(len(person)) < 0.03, FOREVER, start + length)
    kind = _codes(draw, (*AIDED * 4, *KINDS[2:]), len(person))
    decided = start + draw.integers(-20, 40, len(person))
    return AttestedRows(person, kind, start, end, decided)


def _households(draw: np.random.Generator, persons: int) -> HouseholdRows:
    """Neighbours in number live together, one to five of them; some moved in later."""
    sizes = draw.choice([1, 2, 3, 4, 5], persons, p=[0.36, 0.32, 0.14, 0.13, 0.05])
    heads = np.cumsum(sizes) - sizes
    heads = heads[heads < persons]
    head_of = np.repeat(heads, np.diff(np.append(heads, persons)))
    member = np.flatnonzero(head_of != np.arange(persons))
    second = member == head_of[member] + 1
    names = (HouseholdRelation.PARTNER, HouseholdRelation.CHILD)
    partner, child = (tuple(HouseholdRelation).index(name) for name in names)
    moved_in = draw.integers(FIRST - 4000, LAST, len(member))
    start = np.where(draw.random(len(member)) < 0.7, FIRST - 4000, moved_in)
    end = np.where(draw.random(len(member)) < 0.8, FOREVER, start + 3000)
    return HouseholdRows(head_of[member], member, np.where(second, partner, child), start, end)


def _reported(draw: np.random.Generator, persons: int) -> ReportedRows:
    person = np.flatnonzero(draw.random(persons) < 0.1)
    start = draw.integers(FIRST, LAST, len(person))
    return ReportedRows(
        person, np.zeros(len(person)), start, start + 365, draw.random(len(person)) < 0.8
    )


def _residences(draw: np.random.Generator, persons: int) -> ResidenceRows:
    """Everyone lives somewhere, and one in four has moved."""
    moved = draw.random(persons) < 0.25
    when = draw.integers(FIRST, LAST, persons)
    person = np.repeat(np.arange(persons), 1 + moved)
    second = np.append(False, person[1:] == person[:-1])
    start = np.where(second, when[person], FIRST - 9000)
    end = np.where(~second & moved[person], when[person], FOREVER)
    return ResidenceRows(person, draw.integers(0, len(MUNICIPALITIES), len(person)), start, end)


def _permits(draw: np.random.Generator, persons: int) -> PermitRows:
    person = np.flatnonzero(draw.random(persons) < 0.08)
    start = draw.integers(FIRST, LAST, len(person))
    values = draw.integers(0, len(PERMITS), len(person))
    return PermitRows(person, values, start, start + 1826)


def _paid(draw: np.random.Generator, persons: int) -> PaidRows:
    """Two years of monthly amounts for one person in fifty."""
    person = np.repeat(np.flatnonzero(draw.random(persons) < 0.02), 24)
    month = 2023 * 12 + np.arange(len(person)) % 24
    cents = draw.integers(20_000, 130_000, len(person))
    return PaidRows(person, _codes(draw, AIDED, len(person)), month, cents)


def _codes(draw: np.random.Generator, kinds: tuple[str, ...], count: int) -> NDArray[np.int64]:
    places: NDArray[np.int64] = np.array([KINDS.index(kind) for kind in kinds])
    return places[draw.integers(0, len(places), count)]
