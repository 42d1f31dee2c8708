"""Deriving everyone: the bulk interpreter beside one-by-one, beside SQL, and beside a loop in C.

Each pair runs alternately in one process, on the same facts, and all rows that both give are
compared. Then the whole catalogue for growing populations, each in a process of its own.
"""

from __future__ import annotations

import ctypes
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attestations.codes import LANGUAGES
from benchmarks.populations import AIDED, aided, country
from derived_rights.engine import bulk
from derived_rights.engine.bulk import Periods
from derived_rights.engine.bulk.calendar import completion, end_of
from derived_rights.engine.bulk.chunks import Chunk, chunks
from derived_rights.engine.bulk.interpreter import Interpretation
from derived_rights.engine.bulk.spans import DAY_BITS, Spans, words
from derived_rights.engine.catalogue import rights
from derived_rights.engine.columns import FOREVER, Columns
from derived_rights.engine.conversion import facts_of
from derived_rights.engine.one import Derivation
from derived_rights.engine.pieces import days
from derived_rights.engine.right import Effect, Right, Trust
from derived_rights.engine.terms import Attested, Derived, Term

ROUNDS = 5
SAMPLE = 4_000  # persons that are derived one by one
GROWTH = (10_000, 100_000, 1_000_000, 11_700_000)  # the last with BENCH_FULL=1

any_aid = Attested(AIDED[0]) | Attested(AIDED[1])
carried = any_aid.complete_months(3).carried_to_year_end(1)


def run() -> None:
    """Print the ratios, then the growth; about two minutes, with BENCH_FULL=1 five."""
    _beside_a_loop_in_c()
    _beside_one_by_one()
    _beside_sql()
    _growth()


def _beside_a_loop_in_c(persons: int = 1_000_000) -> None:
    """Both give packed spans; bulk also packs and sorts, the loop finds that done."""
    for in_order in (True, False):
        columns = aided(persons, in_order=in_order)
        rows = columns.attested
        starts, ends = words(rows.person, rows.start, rows.end)
        order = np.argsort(starts, kind="stable")
        loop = _compiled(starts[order], ends[order])
        kept = "in order of person and start" if in_order else "in order of person only"
        print(f"one rule, {persons:,} persons, {len(rows):,} attestations {kept}:")
        for threads, clock in (
            (1, time.process_time),
            (1, time.perf_counter),
            (2, time.perf_counter),
        ):
            ours, theirs, found, (begin, end) = _alternately(
                lambda columns=columns, threads=threads: _packed(columns, threads),
                loop,
                clock=clock,
            )
            assert np.array_equal(np.concatenate([part.starts for part in found]), begin)
            assert np.array_equal(np.concatenate([part.ends for part in found]), end)
            print(
                f"  {threads} thread(s), {clock.__name__}: loop in C"
                f" {theirs / len(rows) * 1e9:.1f} ns a span, bulk {ours / len(rows) * 1e9:.1f}:"
                f" {theirs / ours:.0%} of its speed (goal 20 %, aim 40 %);"
                f" {len(begin):,} equal periods",
                flush=True,
            )


def _packed(columns: Columns, threads: int) -> list[Spans]:
    def read(part: Chunk) -> Spans:
        found = Interpretation(part.columns, {}, {}).belief(carried).sure
        base = part.first << DAY_BITS
        return Spans(found.starts + base, found.ends + base)

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(read, chunks(columns, bulk.PERSONS_AT_ONCE)))


def _compiled(starts: NDArray[np.int64], ends: NDArray[np.int64]) -> Callable[[], Any]:
    """The loop of `spans_loop.c` over these spans."""
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "loop.so"
        source = Path(__file__).with_name("spans_loop.c")
        subprocess.run(
            ["cc", "-O3", "-march=native", "-shared", "-fPIC", source, "-o", library], check=True
        )
        function = ctypes.CDLL(str(library)).carried
    days64, days32 = (np.ctypeslib.ndpointer(kind, flags="C") for kind in (np.int64, np.int32))
    function.restype = ctypes.c_int64
    function.argtypes = [ctypes.c_int64, days64, days64, days32, days32, days64, days64]
    begin, end = np.empty_like(starts), np.empty_like(ends)

    def loop() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        written = function(len(starts), starts, ends, completion(3), end_of("year", 1), begin, end)
        return begin[:written], end[:written]

    return loop


def _beside_one_by_one(persons: int = 200_000) -> None:
    """The whole catalogue; one by one without receipts, for as many persons as time allows."""
    columns = country(persons)
    sample = country(SAMPLE, seed=2)
    facts = facts_of(sample)

    def one_by_one() -> list[tuple[str, int, int, int]]:
        derivation = Derivation(facts, rights())
        return [
            (code, person, span.start.toordinal(), span.end.toordinal())
            for code in rights()
            for person in range(SAMPLE)
            for span in days(derivation.belief(person, Derived(code)).sure)
        ]

    seconds, theirs, _, expected = _alternately(
        lambda: bulk.derive(columns, rights()), one_by_one, rounds=3
    )
    found = [
        (code, *row)
        for code, derived in bulk.derive(sample, rights()).items()
        for row in _rows(derived.sure)
    ]
    assert found == expected
    mine, others = persons / seconds, SAMPLE / theirs
    print(
        f"{len(rights())} rights: bulk, 1 thread, {mine:,.0f} persons/s; one by one"
        f" {others:,.0f} persons/s: {mine / others:.0f} times (goal 50, aim 150);"
        f" {len(found):,} equal periods"
    )


def _beside_sql(persons: int = 200_000) -> None:
    """Runs and the gaps after them: range_agg in the database, and bulk from rows to rows."""
    from django.db import connection

    columns = aided(persons)
    ours = {
        "runs": right_of("runs", any_aid),
        "gaps": right_of("gaps", any_aid.ever_since() & ~any_aid),
    }
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE aided (person int, period daterange)")
        with cursor.copy("COPY aided FROM STDIN") as copy:
            for person, start, end in _rows(columns.attested):
                copy.write(f"{person}\t[{_day(start)},{_day(end)})\n")
        cursor.execute("ANALYZE aided")
        seconds, theirs, found, _ = _alternately(
            lambda: bulk.derive(columns, ours), lambda: cursor.execute(_INTO), rounds=3
        )
        cursor.execute("SELECT gap, person, first, until FROM found ORDER BY 1, 2, 3")
        expected = [
            (gap, person, first.toordinal(), until.toordinal() if until else FOREVER)
            for gap, person, first, until in cursor.fetchall()
        ]
    rows = [(False, *row) for row in _rows(found["runs"].sure)]
    rows += [(True, *row) for row in _rows(found["gaps"].sure)]
    assert rows == expected
    print(
        f"union and gaps of {len(columns.attested):,} spans: bulk, 1 thread, {seconds:.3f} s;"
        f" range_agg {theirs:.2f} s: {theirs / seconds:.0f} times (goal 40);"
        f" {len(rows):,} equal rows"
    )


_INTO = """
DROP TABLE IF EXISTS found;
CREATE TEMPORARY TABLE found AS
WITH held AS (SELECT person, range_agg(period) AS days FROM aided GROUP BY person)
SELECT false AS gap, person, lower(run) AS first, upper(run) AS until
  FROM held, unnest(days) AS run
UNION ALL
SELECT true, person, lower(gap), upper(gap)
  FROM held, unnest(datemultirange(daterange(lower(days), NULL)) - days) AS gap
"""


def _growth() -> None:
    """The whole catalogue for growing populations, the peak of memory of each process beside it."""
    for persons in GROWTH if os.environ.get("BENCH_FULL") else GROWTH[:3]:
        command = [sys.executable, "-m", "benchmarks.growth", str(persons)]
        subprocess.run(command, check=True)


def right_of(code: str, term: Term) -> Right:
    """A right that is this term on all days."""
    text = dict.fromkeys(LANGUAGES, code)
    right = Right(
        code=code,
        label=text,
        description=text,
        recipient="nobody",
        effect=Effect.INFORM,
        reference="invented for a benchmark",
        trust=Trust.SIGNAL,
        needs=(),
        fields=(),
    )
    right.since(date.min)(lambda p: term)
    return right


def _alternately(
    ours: Callable[[], Any],
    theirs: Callable[[], Any],
    *,
    rounds: int = ROUNDS,
    clock: Callable[[], float] = time.perf_counter,
) -> tuple[float, float, Any, Any]:
    """The medians of the seconds that both take, in turns, and what each gave last."""
    mine, others = [], []
    ours()  # the tables of the calendar are made once in the life of a process
    for _ in range(rounds):
        started = clock()
        found = ours()
        between = clock()
        expected = theirs()
        mine.append(between - started)
        others.append(clock() - between)
    return statistics.median(mine), statistics.median(others), found, expected


def _rows(table: Periods | Any) -> list[tuple[int, int, int]]:
    columns = (table.person, table.start, table.end)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def _day(ordinal: int) -> date:
    return date.fromordinal(ordinal)
