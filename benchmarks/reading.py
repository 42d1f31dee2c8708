"""Reading the facts of a chunk of persons as columns, beside a binary COPY of the same rows.

COPY goes into bytes of this process, which are taken row by row, and on the server to nowhere,
which no reader could match. Each is counted by the clock and in processor time, that of this
process and that of its backend apart.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from django.db import connection

from attestations.models import Person
from derived_rights import columns
from derived_rights.columns import Among, Range

ROUNDS = 15
# The backend's processor time is only known in hundredths of a second: all rounds are added up.
TICKS = os.sysconf("SC_CLK_TCK")


class Times(NamedTuple):
    """Seconds by the clock, and of processor here and in the backend."""

    clock: float
    process: float
    backend: float


def run(size: int) -> None:
    """Print how fast the facts of the first `size` persons are read; the three ways in turns."""
    first = Person.objects.order_by("pk").values_list("pk", flat=True)[0]
    persons = Range.of(Among(first, first + size))
    same = _same_rows(persons)
    rows = sum(_count(query) for query in same)
    ways: dict[str, Callable[[], object]] = {
        "as columns": lambda: columns.load(persons),
        "COPY on the server, to nowhere": lambda: [_to_nowhere(query) for query in same],
        "COPY into bytes": lambda: [_into_bytes(query) for query in same],
    }
    taken: dict[str, list[Times]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            taken[name].append(_times(way))
    print(f"  {rows:,} rows of facts of {size:,} persons:")
    ours = _middle(taken["as columns"])
    for name, all_times in taken.items():
        times = _middle(all_times)
        share = times.clock / ours.clock
        of_processor = (times.process + times.backend) / (ours.process + ours.backend)
        print(
            f"    {name}: {1000 * times.clock:.1f} ms, {rows / times.clock:,.0f} rows/s; processor"
            f" {1000 * times.process:.1f} ms here, {1000 * times.backend:.1f} ms in the backend;"
            f" columns: {share:.0%} of this speed, by processor time {of_processor:.0%}",
            flush=True,
        )


def _times(way: Callable[[], object]) -> Times:
    clock, process, backend = time.perf_counter(), time.process_time(), _backend()
    way()
    return Times(time.perf_counter() - clock, time.process_time() - process, _backend() - backend)


def _middle(times: list[Times]) -> Times:
    return Times(
        statistics.median(one.clock for one in times),
        statistics.median(one.process for one in times),
        statistics.fmean(one.backend for one in times),
    )


def _backend() -> float:
    """Seconds of processor that the backend of this connection has taken, on this machine."""
    status = Path(f"/proc/{_raw().info.backend_pid}/stat").read_text()
    user, system = status.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / TICKS


def _same_rows(persons: Range) -> list[str]:
    where = f"superseded_at IS NULL AND {{}} >= {persons.first} AND {{}} < {persons.end}"
    by_person = where.replace("{}", "person_id")
    return [
        "SELECT person_id, aid_kind, period, decided_on FROM attestations_attestation WHERE"
        f" nature <> 'cancellation' AND {by_person}",
        "SELECT person_id, id, source, kind, aid_kind, period, value FROM attestations_personfact"
        f" WHERE {by_person}",
        "SELECT subject_id, member_id, relation, period, fact_id FROM"
        f" attestations_householdstatement WHERE {where.replace('{}', 'subject_id')}",
    ]


def _count(query: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({query}) AS rows")
        (count,) = cursor.fetchone()
    return int(count)


def _to_nowhere(query: str) -> None:
    with psycopg.Cursor(_raw()) as cursor:
        cursor.execute(f"COPY ({query}) TO PROGRAM 'cat > /dev/null' (FORMAT binary)")


def _into_bytes(query: str) -> int:
    with (
        psycopg.Cursor(_raw()) as cursor,
        cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT binary)") as copied,
    ):
        return sum(len(data) for data in copied)


def _raw() -> psycopg.Connection[Any]:
    connection.ensure_connection()
    raw: psycopg.Connection[Any] = connection.connection
    return raw
