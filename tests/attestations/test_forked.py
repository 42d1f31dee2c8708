"""Work in a process forked from this one: real processes, really killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import psutil
import pytest

from attestations.forked import Ended, Forked
from tests import processes

NUMBERS: list[int] = []


def nothing() -> None:
    """What is begun with."""


def remember(number: int) -> tuple[int, list[int]]:
    NUMBERS.append(number)
    return os.getpid(), NUMBERS


def test_it_goes_on_with_what_was_loaded_and_changes_nothing_here():
    NUMBERS[:] = [1]
    with Forked(lambda: NUMBERS.append(2), remember) as forked:
        forked(3)
        pid, numbers = forked(4)

    assert numbers == [1, 2, 3, 4]
    assert NUMBERS == [1]
    assert pid != os.getpid()
    assert not psutil.pid_exists(pid)


def refuse(what: str) -> None:
    if what == "plain":
        raise LookupError(what)

    class Local(Exception):
        """Which no other process can find."""

    raise Local(what)


def test_what_it_raises_is_raised_here_and_it_goes_on():
    with Forked(nothing, refuse) as forked:
        with pytest.raises(LookupError, match="plain") as caught:
            forked("plain")
        with pytest.raises(RuntimeError, match="Local: odd"):
            forked("odd")

    assert "in refuse" in caught.value.__notes__[0]


def own_pid(_: None) -> int:
    return os.getpid()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_is_deaf_to_who_would_end_this_process(number):
    with Forked(nothing, own_pid) as forked:
        pid = forked(None)
        os.kill(pid, number)

        assert forked(None) == pid


def test_who_waits_for_one_that_was_killed_is_told():
    with Forked(nothing, own_pid) as forked:
        os.kill(forked(None), signal.SIGKILL)

        with pytest.raises(Ended):
            forked(None)


PARENT = """
import time
from attestations.forked import Forked
from tests.attestations.test_forked import nothing, own_pid

both = [Forked(nothing, own_pid) for _ in range(2)]
print(*(forked(None) for forked in both), flush=True)
time.sleep(600)
"""


def test_none_outlives_a_process_that_was_killed():
    """Though the later one was given a copy of the end at which the earlier one listens."""
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT],
        cwd=processes.ROOT,
        env=processes.environment("redis://127.0.0.1:1/0"),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    forked = [psutil.Process(int(pid)) for pid in parent.stdout.readline().split()]
    parent.kill()
    parent.communicate()

    _, alive = psutil.wait_procs(forked, timeout=30)
    assert len(forked) == 2
    assert not alive
