"""A process forked from this one: it begins with all that was loaded, and works beside it. Pure."""

from __future__ import annotations

import multiprocessing
import pickle
import signal
import traceback
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from attestations.interrupts import WISHES

A = TypeVar("A")
R = TypeVar("R")


class Ended(RuntimeError):
    """The process is gone before it was asked to go."""


class Forked(Generic[A, R]):
    """Does one thing at a time, as `work` says, until it is left; what it is given is copied.

    It hears neither Ctrl-C nor SIGTERM, which a terminal sends to it as well: this process ends
    it. If this one is killed it ends too, behind what it is at. `begin` is called there first.
    """

    def __init__(self, begin: Callable[[], object], work: Callable[[A], R]) -> None:
        self._begin = begin
        self._work = work
        context = multiprocessing.get_context("fork")
        self._here, there = context.Pipe()
        self._process = context.Process(target=self._serve, args=(there,))
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, WISHES)  # until it turns a deaf ear
        try:
            self._process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        there.close()

    def __call__(self, given: A) -> R:
        """What `work` made of it; raises what it raised, or `Ended`."""
        try:
            self._here.send(given)
            answer: tuple[BaseException | None, R] = self._here.recv()
        except (EOFError, ConnectionError):
            raise Ended("A process that did part of the work was ended from outside.") from None
        fault, made = answer
        if fault is not None:
            raise fault
        return made

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Return when it has ended, behind what it is at; nobody waits for an answer by then."""
        self._here.close()
        self._process.join()
        self._process.close()

    def _serve(self, there: Connection) -> None:
        for wish in WISHES:
            signal.signal(wish, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, WISHES)
        self._here.close()  # or it would not hear that the other process has gone
        self._begin()
        with suppress(EOFError, ConnectionError):
            while True:
                there.send(self._answer(there.recv()))

    def _answer(self, given: A) -> tuple[BaseException | None, Any]:
        try:
            return None, self._work(given)
        except BaseException as fault:  # noqa: BLE001  (raised again in the other process)
            fault.add_note(traceback.format_exc())
            return _as_sent(fault), None


def _as_sent(fault: BaseException) -> BaseException:
    """The fault itself, or what is told of it where it cannot be copied."""
    try:
        pickle.loads(pickle.dumps(fault))
    except Exception:  # noqa: BLE001  (whatever its own methods raise)
        return RuntimeError(f"{type(fault).__name__}: {fault}")
    return fault
