"""The whole catalogue for one invented population, in this process and alone in it.

`python -m benchmarks.growth 1000000` prints persons, seconds, rate, and the peak of memory.
"""

from __future__ import annotations

import os
import sys
import time

from benchmarks.memory import peak
from benchmarks.populations import country
from derived_rights.engine import bulk
from derived_rights.engine.catalogue import rights

AT_ONCE = 1_000_000  # larger populations are made and derived in parts, as a run does


def main(persons: int) -> None:
    bulk.derive(country(100), rights())  # makes the tables of the calendar
    seconds, work, periods = 0.0, 0.0, 0
    for first in range(0, persons, AT_ONCE):
        columns = country(min(AT_ONCE, persons - first), seed=1 + first)
        started, busy = time.perf_counter(), time.process_time()
        found = bulk.derive(columns, rights(), threads=os.cpu_count() or 1)
        seconds += time.perf_counter() - started
        work += time.process_time() - busy
        periods += sum(len(derived.possible) for derived in found.values())
    print(
        f"{len(rights())} rights of {persons:>10,} persons: {seconds:.2f} s"
        f" ({persons / seconds:,.0f} persons/s; {persons / work:,.0f} for each second of a core),"
        f" {periods:,} periods, peak {peak():,} MiB with the facts and the results",
        flush=True,
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
