"""Facts with gaps, the worlds they leave open, and the same facts with one more gap."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any, TypeVar

from hypothesis import strategies as st

from attestations.periods import BEGINNING, FOREVER, Span
from derived_rights.engine.facts import (
    Facts,
    PaidMonth,
    PermitSpan,
    ReportedSpan,
    ResidenceSpan,
)
from tests.derived_rights import samples
from tests.derived_rights.naive import touched
from tests.derived_rights.samples import FACT, FIRST, KIND, OTHER_KIND, PERSONS

V = TypeVar("V")


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Facts, Facts]:
    """Facts with gaps, and one of the worlds they leave open: every gap filled somehow."""
    facts = draw(samples.facts)
    return facts, filled(facts, Random(draw(st.integers(0, 2**32))))


def filled(facts: Facts, random: Random) -> Facts:
    """Facts that say one thing about everything, and nothing else than these where they say one."""
    return replace(
        facts,
        reported={
            person: [
                ReportedSpan(FACT, span, holds)
                for span, holds in _told(
                    [(r.span, r.holds) for r in facts.reported.get(person, ())],
                    (True, False),
                    random,
                )
            ]
            for person in PERSONS
        },
        births={
            person: [
                random.choice(facts.births.get(person) or [date(1999, 5, 5), date(2008, 2, 29)])
            ]
            for person in PERSONS
        },
        residences={
            person: [
                ResidenceSpan(code, span)
                for span, code in _told(
                    [(r.span, r.municipality) for r in facts.residences.get(person, ())],
                    samples.MUNICIPALITIES,
                    random,
                )
            ]
            for person in PERSONS
        },
        permits={
            person: [
                PermitSpan(value, span)
                for span, value in _told(
                    [(p.span, p.value) for p in facts.permits.get(person, ())],
                    samples.PERMITS,
                    random,
                )
            ]
            for person in PERSONS
        },
        paid={person: _paid(facts, person, random) for person in PERSONS},
    )


def _told(
    stated: Sequence[tuple[Span, V]], values: Sequence[V], random: Random
) -> list[tuple[Span, V]]:
    """One value for each day: one of those stated for it, or any."""
    turns = [FIRST + timedelta(random.randrange(1_100)) for _ in range(random.randrange(4))]
    edges = {BEGINNING, FOREVER, *turns}
    edges |= {edge for span, _ in stated for edge in (span.start, span.end)}
    bounds = sorted(edges)
    told = []
    for start, end in zip(bounds, bounds[1:], strict=False):
        choice = [value for span, value in stated if start in span] or values
        told.append((Span(start, end), random.choice(choice)))
    return told


def _paid(facts: Facts, person: int, random: Random) -> list[PaidMonth]:
    found = []
    attested = facts.attested.get(person, ())
    for kind in (KIND, OTHER_KIND):
        for month in samples.MONTHS:
            stated = {
                one.cents
                for one in facts.paid.get(person, ())
                if (one.kind, one.month) == (kind, month)
            }
            if len(stated) == 1:
                found.append(PaidMonth(kind, month, *stated))
            elif stated or touched(attested, kind, month):
                found.append(PaidMonth(kind, month, random.choice([0, 5_000, 50_000, 900_000])))
    return found


OPEN = ("reported", "births", "residences", "permits", "paid")


@st.composite
def with_one_less(draw: st.DrawFn) -> tuple[Facts, Facts]:
    """Facts, and the same without one statement of an open fact.

    An amount of a month that no attestation touches is left: there it is known that nothing was
    paid unless it is stated, so that it stands for itself and no gap remains.
    """
    facts = draw(samples.facts)
    statements = [
        (name, person, place)
        for name in OPEN
        for person, stated in getattr(facts, name).items()
        for place, one in enumerate(stated)
        if name != "paid" or touched(facts.attested.get(person, ()), one.kind, one.month)
    ]
    if not statements:
        return facts, facts
    name, person, place = draw(st.sampled_from(statements))
    return facts, replace(facts, **{name: _without(getattr(facts, name), person, place)})


def _without(
    stated: Mapping[int, Sequence[Any]], person: int, place: int
) -> dict[int, Iterable[Any]]:
    return {**stated, person: [*stated[person][:place], *stated[person][place + 1 :]]}
