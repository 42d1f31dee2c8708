"""Processor time of other processes; on Linux. It does not grow with what else the machine does."""

from __future__ import annotations

import os
import resource
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


def ours() -> float:
    """Milliseconds that this process has used so far, and those it started that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used) * 1000


def family(pid: int) -> list[int]:
    """A process and all that came from it and still live."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        one = int(folder.name)
        try:
            parents[one] = int(_after_the_name(one)[PARENT])
        except OSError:
            continue  # it has ended meanwhile
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


def ending(backend: int, staying: set[int]) -> list[int]:
    """Other processes of a server, found by one of its backends, than those that stay.

    One that is about to end is in no figure of the server any more, and not yet in this one's.
    """
    server = int(_after_the_name(backend)[PARENT])
    return [pid for pid in family(server) if pid not in staying and pid != server]


def of_server(backend: int) -> float:
    """Milliseconds that a database server has used so far, to some ten: what has ended included.

    It is found by one of its backends.
    """
    server = int(_after_the_name(backend)[PARENT])
    ended = sum(int(_after_the_name(server)[at]) for at in OF_ENDED_CHILDREN)
    return milliseconds(family(server)) + ended * 1000 / os.sysconf("SC_CLK_TCK")


# Places behind the name of the process in its line of figures; see proc_pid_stat(5).
PARENT, OF_ENDED_CHILDREN = 1, (13, 14)


def _after_the_name(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
