"""Processor time of other processes; on Linux. It does not grow with what else the machine does."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

# A process that has answered has a little left to do; and its time is known once it sleeps.
SETTLE_SECONDS = 0.002


def milliseconds(pids: Iterable[int]) -> float:
    """What these processes have used so far, with all of their threads."""
    time.sleep(SETTLE_SECONDS)
    nanoseconds = 0
    for pid in pids:
        for thread in Path(f"/proc/{pid}/task").glob("*/schedstat"):
            nanoseconds += int(thread.read_text().split()[0])
    return nanoseconds / 1e6


def family(pid: int) -> list[int]:
    """A process and all that came from it and still live."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            after_the_name = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended meanwhile
        parents[int(stat.parent.name)] = int(after_the_name[1])
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found
