"""Importing a file of decisions, part by part, each with its bookmark in one transaction."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from typing import TypeAlias

from django.db import connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from attestations import clock
from attestations.bell import facts_changed, hearing
from attestations.forked import Forked
from attestations.identifiers import uuid7
from attestations.interrupts import asked_to_end
from attestations.locks import lock_name, session_lock, try_lock_name
from attestations.models import FileImport
from attestations.services import bulk_sql
from attestations.services.bulk import Refused
from attestations.services.import_lines import Source
from attestations.services.import_parts import Part, parts_of
from attestations.services.import_recording import Recorder, bookmark, done_of, without_limit
from attestations.services.persons import REGISTERING, keyring
from attestations.services.tracks import Tracks
from attestations.tickets import new_ticket

CHUNK = 5_000
TRACKS = len(REGISTERING)
LARGEST_BESIDE = 20_000  # several parts of more lines would take too much memory
# So many new rows at once mislead the planner until it is told; of fewer it hears in time.
MANY = 100_000
# How long the server may take to notice that a run was killed: its statement is ended first.
PATIENCE = 10.0

Told: TypeAlias = tuple[FileImport, list[Refused]]
Hand: TypeAlias = Callable[[Part], Told]
Report: TypeAlias = Callable[[FileImport, Sequence[Refused]], None]

# What a forked process must not close, as it would if it let it go.
NOT_OURS: list[BaseDatabaseWrapper] = []


class AlreadyRunning(RuntimeError):
    """Another process imports this very file."""


def import_file(
    source: Source,
    *,
    report: Report,
    waits: Callable[[], None] = lambda: None,
    atomic: bool = False,
    chunk: int = CHUNK,
) -> FileImport:
    """Import what of the file was not imported yet, about `chunk` lines to a transaction.

    `report` hears where it begins, and of every part committed, with the lines refused in it.
    They are kept beside the import, so that the end tells those of earlier runs too. With `atomic`,
    one refused line leaves everything as it was, the bookmark included, and none is kept. `waits`
    is called where a run that was killed is still recording what it had sent, before that is
    waited for. Ctrl-C and SIGTERM end it behind the parts in hand: it is then not finished.
    """
    digest, _ = source.digest()
    name = f"{digest} {source.cpas_id or ''}"
    lock = f"import {keyring().blind(name).hex()}"
    with session_lock(lock, patience=PATIENCE) as free:
        if not free:
            raise AlreadyRunning(
                "Another process is importing this file, or one that was stopped just now has not"
                " ended yet. If none runs, start it again in a minute."
            )
        run = _Run(source, name, report=report, lock=f"parts of {lock}", atomic=atomic)
        run.wait_for_others(waits)
        report(run.found, [])
        before = run.found.accepted
        if run.found.finished_at is None:
            run.go_on(None if atomic else chunk)
        if run.found.accepted - before >= MANY:
            bulk_sql.analyze()
        return run.found


class _Run:
    """One run over a file."""

    def __init__(
        self, source: Source, name: str, *, report: Report, lock: str, atomic: bool
    ) -> None:
        self.source = source
        self.name = name
        self.report = report
        self.lock = lock
        self.atomic = atomic
        self.ticket = new_ticket()
        self.telling = threading.Lock()
        self.undone = False
        self.found: FileImport  # the furthest that was committed
        self.hands: Sequence[Hand]  # one for each track

    def wait_for_others(self, waits: Callable[[], None]) -> None:
        """Return once nothing that a killed run had sent can be committed any more."""
        with transaction.atomic():
            if not try_lock_name(self.lock):
                waits()
                without_limit("lock")
                without_limit("statement")
                lock_name(self.lock)
            self.found = bookmark(self.name, self.source.cpas_id, self.ticket)
            self.ticket = self.found.ticket

    def go_on(self, chunk: int | None) -> None:
        """Parts until the end; None takes all that is left at once, or nothing."""
        # Another connection would not see what the caller's transaction has done so far.
        alone = chunk is None or chunk > LARGEST_BESIDE or connection.in_atomic_block
        tracks = 1 if alone else TRACKS
        done = done_of(self.found)
        parts = parts_of(self.source.lines(done=done), after=done.up_to, size=chunk, tracks=tracks)
        with ExitStack() as working:
            locks = working.enter_context(_registering(tracks))
            recorder = Recorder(
                source=self.source,
                name=self.name,
                lock=self.lock,
                ticket=self.ticket,
                on=clock.today(),
                atomic=self.atomic,
                registering=locks,
                run=None if alone else f"run {uuid7()}",
            )
            self.hands = [recorder.record]
            if recorder.run:
                working.enter_context(session_lock(recorder.run))
                self.hands = [working.enter_context(_beside(recorder)) for _ in range(tracks)]
            work = Tracks(parts, self._record, read_ahead=2 * tracks)
            with asked_to_end(work.stop) if chunk else nullcontext():
                all_done = work.run(tracks)
        if all_done and not self.undone:
            self._finish()

    def _record(self, part: Part) -> None:
        found, refused = self.hands[part.track](part)
        with self.telling:  # tracks are told of in any order: what is told never goes back
            if found.accepted + found.rejected >= self.found.accepted + self.found.rejected:
                self.found = found
            self.undone = self.atomic and bool(refused)
            self.report(self.found, refused)

    def _finish(self) -> None:
        with transaction.atomic():
            self.found = bookmark(self.name, self.source.cpas_id, self.ticket)
            self.found.finished_at = clock.database_now()
            self.found.save()
        self.report(self.found, [])


@contextmanager
def _beside(recorder: Recorder) -> Iterator[Hand]:
    """A process that records beside this one, on a connection of its own.

    It rings nobody: it may be gone before the ring is passed on.
    """

    def record(part: Part) -> Told:
        with hearing():
            return recorder.record(part)

    with Forked(leave_connections, record) as forked:

        def hand(part: Part) -> Told:
            told = forked(part)
            facts_changed.ring()
            return told

        yield hand


def leave_connections() -> None:
    """In a process that was forked: they are the other's, which goes on using them."""
    for alias in connections:
        NOT_OURS.append(connections[alias])
        del connections[alias]


@contextmanager
def _registering(tracks: int) -> Iterator[Sequence[Sequence[str]]]:
    """For each track, which locks of registering its parts take: one each, in one run at a time.

    Others who are in the way of both tracks are then in the way of one after the other.
    """
    if tracks == 1:
        yield [REGISTERING]
        return
    with session_lock("registering on tracks") as only:
        if only:
            with transaction.atomic():
                without_limit("lock")
                for lock in REGISTERING:
                    lock_name(lock)  # a run that was killed may still hold one
        yield [[lock] if only else REGISTERING for lock in REGISTERING]
