"""One rule like that of the increased intervention, for a million persons: bulk and OpenFisca.

Three complete months of aid, in whole calendar months, carried to the end of the year after. Both
get the same periods and must give the same ones. OpenFisca computes month by month: periods are
spread over months for it, and its months are put together again. Time is taken in turns in one
process, memory of each in a process of its own.
"""

from __future__ import annotations

import subprocess
import sys
import time

import numpy as np
from numpy.typing import NDArray

from benchmarks.memory import peak
from benchmarks.populations import AIDED, KINDS
from derived_rights.engine import bulk
from derived_rights.engine.bulk import Periods
from derived_rights.engine.bulk.calendar import month_starts
from derived_rights.engine.columns import AttestedRows, Columns

PERSONS = 1_000_000
EACH = 2  # attestations of a person
FIRST_YEAR, LAST_YEAR = 2014, 2026
FIRST_MONTH = FIRST_YEAR * 12
MONTHS = (LAST_YEAR - FIRST_YEAR + 1) * 12
LAST_AID = MONTHS - 24  # so that what is carried ends within the calendar of the other side
ROUNDS = 3


def run(persons: int = PERSONS) -> None:
    """Print the ratio of time and both peaks of memory; about five minutes."""
    facts = _facts(persons)
    _ours(facts)  # makes the tables of the calendar
    mine, theirs = [], []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        found = _ours(facts)
        between = time.perf_counter()
        expected = _openfisca(facts)
        mine.append(between - started)
        theirs.append(time.perf_counter() - between)
        for column in ("person", "start", "end"):
            assert np.array_equal(getattr(found, column), getattr(expected, column)), column
    ours, others = float(np.median(mine)), float(np.median(theirs))
    print(
        f"{persons:,} persons, {len(facts):,} attestations, {MONTHS} months: bulk, 1 thread,"
        f" {ours:.2f} s; OpenFisca {others:.2f} s: {others / ours:.0f} times (goal 6, aim 12);"
        f" {len(found):,} equal periods",
        flush=True,
    )
    for side in ("facts", "bulk", "openfisca"):
        command = [sys.executable, "-m", "benchmarks.openfisca", side, str(persons)]
        subprocess.run(command, check=True)


def main(side: str, persons: int) -> None:
    """Print the peak of memory of this process after one side has run alone in it."""
    facts = _facts(persons)
    if side == "bulk":
        _ours(facts)
    elif side == "openfisca":
        _openfisca(facts)
    print(f"  peak of memory with {side:<9} {peak():6,} MiB", flush=True)


def _facts(persons: int) -> AttestedRows:
    """Attestations of whole months, some of which overlap or follow one another."""
    draw = np.random.default_rng(1)
    person = np.repeat(np.arange(persons), EACH)
    first = draw.integers(0, LAST_AID - 1, len(person))
    end = np.minimum(first + draw.integers(1, 19, len(person)), LAST_AID)
    kind = np.array([KINDS.index(kind) for kind in AIDED])[draw.integers(0, 2, len(person))]
    starts, ends = (month_starts()[FIRST_MONTH + month] for month in (first, end))
    return AttestedRows(person, kind, starts, ends, starts)


def _ours(facts: AttestedRows) -> Periods:
    from benchmarks.bulk import carried, right_of

    persons = int(facts.person[-1]) + 1
    columns = Columns(ids=np.arange(persons), attested=facts)
    return bulk.derive(columns, {"carried": right_of("carried", carried)})["carried"].sure


def _openfisca(facts: AttestedRows) -> Periods:
    from benchmarks.openfisca_rule import simulation

    persons = int(facts.person[-1]) + 1
    held = _by_month(facts, persons)
    rule = simulation(persons)
    for month in range(MONTHS):
        rule.set_input("aided", _name(month), held[month])
    return _as_periods(np.array([rule.calculate("carried", _name(m)) for m in range(MONTHS)]))


def _by_month(facts: AttestedRows, persons: int) -> NDArray[np.bool_]:
    """Whether each person was aided, month by month."""
    first, end = (
        np.searchsorted(month_starts()[FIRST_MONTH:], day) for day in (facts.start, facts.end)
    )
    changes = np.zeros((MONTHS + 1, persons), dtype=np.int8)
    np.add.at(changes, (first, facts.person), 1)
    np.subtract.at(changes, (end, facts.person), 1)
    np.cumsum(changes, axis=0, out=changes)
    return changes[:MONTHS] > 0


def _as_periods(held: NDArray[np.bool_]) -> Periods:
    """The unbroken months of each person."""
    edges = np.zeros((held.shape[1], MONTHS + 1), dtype=np.int8)
    edges[:, :-1] = held.T
    edges[:, 1:] -= held.T
    person, first = np.nonzero(edges > 0)
    _, end = np.nonzero(edges < 0)
    return Periods(
        person.astype(np.int32),
        month_starts()[FIRST_MONTH + first],
        month_starts()[FIRST_MONTH + end],
    )


def _name(month: int) -> str:
    return f"{FIRST_YEAR + month // 12}-{month % 12 + 1:02d}"


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
