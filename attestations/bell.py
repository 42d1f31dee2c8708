"""The doorbell between the stages: told that there is work, never what it is.

A stage rings after its transaction; the stage below may be listening. No caller waits: a thread
passes the ring on, and a broker that is slow, frozen or gone costs nothing but the ring, which a
sweep replaces within seconds. Lost rings are counted.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar

import structlog
from django.db import DatabaseError, connection, transaction

log = structlog.get_logger(__name__)

Listener = Callable[[], object]


class Bell:
    """A named bell; `listen` adds a listener, `ring_on_commit` rings it once per transaction."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        self.listeners.append(listener)

    def ring_on_commit(self) -> None:
        """Ring when the current transaction commits; a rolled-back one never rings."""
        connection = transaction.get_connection()
        if any(self.ring == hook for _, hook, _ in connection.run_on_commit):
            return
        transaction.on_commit(self.ring)

    def ring(self) -> None:
        """Ring now, without waiting; within `hearing` the ring goes to whoever hears it."""
        heard = _heard.get()
        for listener in self.listeners:
            if heard is None:
                pass_on(listener)
            else:
                heard[listener] = None


class _Passer:
    """One thread per process that passes rings on; a ring already waiting is not added twice."""

    def __init__(self) -> None:
        self.waiting: queue.Queue[Listener] = queue.Queue(maxsize=64)
        self.pending: set[Listener] = set()
        self.lock = threading.Lock()
        self.thread: threading.Thread | None = None
        self.lost = 0

    def put(self, listener: Listener) -> None:
        with self.lock:
            if listener in self.pending:
                return
            if self.thread is None or not self.thread.is_alive():  # also after a fork
                self.thread = threading.Thread(target=self.run, name="bell", daemon=True)
                self.thread.start()
            with suppress(queue.Full):
                self.waiting.put_nowait(listener)
                self.pending.add(listener)

    def run(self) -> None:
        while True:
            listener = self.waiting.get()
            with self.lock:
                self.pending.discard(listener)
            try:
                listener()
            except Exception as error:  # noqa: BLE001  (any broker fault is only a lost ring)
                self.lost += 1
                log.warning("ring_lost", error=type(error).__name__, lost=self.lost)
                _count_lost()


def _count_lost() -> None:
    """Keep count where every process can read it; a count that cannot be kept is not missed."""
    from attestations.services.operation import count_one  # noqa: PLC0415  (models)

    with suppress(DatabaseError):
        count_one("rings_lost")
    connection.close()


_passer = _Passer()
_heard: ContextVar[dict[Listener, None] | None] = ContextVar("heard", default=None)


@contextmanager
def hearing() -> Iterator[dict[Listener, None]]:
    """Keep the rings of this thread: the listeners rung for, each once, in order.

    The caller answers them afterwards, or passes them on.
    """
    heard: dict[Listener, None] = {}
    token = _heard.set(heard)
    try:
        yield heard
    finally:
        _heard.reset(token)


def pass_on(listener: Listener) -> None:
    """Have the thread that passes rings on call the listener."""
    _passer.put(listener)


facts_changed = Bell("facts_changed")
control_asked = Bell("control_asked")
