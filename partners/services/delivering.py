"""Drains on threads of a worker process: a recipient that hangs costs a thread, not the process.

A drain mostly waits for its recipient. Were it a task of its own to its end, as many slow
recipients as the worker has processes would keep everybody waiting.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

import structlog
from django.db import close_old_connections

from partners.services.draining import drain
from partners.services.rounds import ending

log = structlog.get_logger(__name__)

# So many recipients at a time in one process; a further one waits for the next wake-up. Each
# thread has a connection to the database, which it keeps from one drain to the next as a web
# server does between requests: to open one costs more than a small drain.
THREADS = 32
# Long enough for the broker to hand other tasks to other processes.
MOMENT_SECONDS = 0.1

_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="drain")
_running: dict[int, Future[None]] = {}
# Woken while it was at its end, and perhaps past its last look.
_woken: set[int] = set()
_lock = threading.Lock()


def start(subscription_id: int, *, again: Callable[[int], object]) -> bool:
    """Begin to drain a subscription on a thread, unless this process does so already.

    `again` is called with the subscription when there may be work left. False if nothing was begun;
    whatever is left is found by the next wake-up.
    """
    with _lock:
        if subscription_id in _running:
            _woken.add(subscription_id)
            return False
        if len(_running) >= THREADS or ending.is_set():
            return False
        _running[subscription_id] = _threads.submit(_drain, subscription_id, again)
    return True


def linger(subscription_id: int) -> None:
    """Return when the drain of this process is at its end, or after a moment."""
    with _lock:
        drain = _running.get(subscription_id)
    if drain is not None:
        wait([drain], timeout=MOMENT_SECONDS)


def finish(seconds: float) -> None:
    """Let the drains of this process write down what they reached, and begin no other."""
    ending.set()
    with _lock:
        at_work = list(_running.values())
    wait(at_work, timeout=seconds)


def _drain(subscription_id: int, again: Callable[[int], object]) -> None:
    left = False
    try:
        close_old_connections()
        left = drain(subscription_id)
    except Exception:
        # The lease runs out by itself, and the sweep wakes another drain.
        log.exception("drain_failed", subscription=subscription_id)
    finally:
        close_old_connections()
        with _lock:
            del _running[subscription_id]
            left = left or subscription_id in _woken
            _woken.discard(subscription_id)
    if left and not ending.is_set():
        again(subscription_id)
