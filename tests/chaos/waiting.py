"""What a storm says while it goes on, and how tests of disturbances wait."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

DEADLINE = 600.0  # seconds to wait for anything


def say(text: str) -> None:
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stdout.flush()


def wait_until(holds: Callable[[], bool], what: str, seconds: float = DEADLINE) -> None:
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            raise TimeoutError(f"not in {seconds:.0f} s: {what}")
        time.sleep(0.1)


def wait_for(holds: Callable[[], bool], seconds: float = 240.0) -> None:
    """The same without a pause: what is waited for may be over in a moment."""
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it did not happen in time"
        os.sched_yield()
