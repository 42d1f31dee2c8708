"""Ending a program at work: asked once it ends behind what is in hand, asked again at once.

An exception that strikes wherever the program happens to be, as Ctrl-C raises it, may leave a lock
that another thread waits for, or a connection in the middle of an answer. Pure.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

WISHES = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def asked_to_end(stop: Callable[[], None]) -> Iterator[None]:
    """Within, Ctrl-C and SIGTERM call `stop`; a second one ends the program as if it were killed.

    `stop` may be called anywhere in the main thread. In another thread nothing is changed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def asked(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        stop()

    before = {number: signal.signal(number, asked) for number in WISHES}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
