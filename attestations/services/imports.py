"""Importing a file of decisions, part by part, each with its bookmark in one transaction."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from datetime import date

from django.db import connection, transaction

from attestations import clock
from attestations.bookmarks import LinesDone
from attestations.interrupts import asked_to_end
from attestations.locks import lock_name, session_lock, share_lock_name, try_lock_name
from attestations.models import FileImport, RefusedLine
from attestations.services import bulk_sql
from attestations.services.bulk import Outcome, Refused, record_ready
from attestations.services.bulk_numbers import Numbers
from attestations.services.import_lines import Source
from attestations.services.import_parts import Part, Window, parts_of
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
SHOWABLE = re.compile(r"[\w.\[\]]{1,60}", re.ASCII)

Report = Callable[[FileImport, Sequence[Refused]], None]


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
        self.lock = lock  # every part shares it, as each may have a connection of its own
        self.atomic = atomic
        self.ticket = new_ticket()
        self.windows: list[Window] = []  # read, and not done when it was last looked
        self.registering: Sequence[Sequence[str]] = [REGISTERING]  # for each track
        self.ending = threading.Lock()
        self.found: FileImport  # as it was committed last

    def wait_for_others(self, waits: Callable[[], None]) -> None:
        """Return once nothing that a killed run had sent can be committed any more."""
        with transaction.atomic():
            if not try_lock_name(self.lock):
                waits()
                _without_limit("lock")
                _without_limit("statement")
                lock_name(self.lock)
            self.found = self._bookmark()
            self.ticket = self.found.ticket

    def go_on(self, chunk: int | None) -> None:
        """Parts until the end; None takes all that is left at once, or nothing."""
        # Another connection would not see what the caller's transaction has done so far.
        alone = chunk is None or chunk > LARGEST_BESIDE or connection.in_atomic_block
        tracks = 1 if alone else TRACKS
        with _registering(tracks) as self.registering:
            windows = self._windows(chunk, tracks, on=clock.today())
            work = Tracks(windows, self._record, read_ahead=2 * tracks)
            with asked_to_end(work.stop) if chunk else nullcontext():
                work.run(tracks)

    def _windows(self, chunk: int | None, tracks: int, *, on: date) -> Iterator[list[Part]]:
        done = _done(self.found)
        rest = self.source.lines(done=done, on=on)
        for parts in parts_of(rest, after=done.up_to, size=chunk, tracks=tracks, on=on):
            self.windows.append(parts[0].window)
            yield parts

    def _bookmark(self) -> FileImport:
        """As it is kept, or a new one."""
        blinds = keyring().blinds(self.name)
        return FileImport.objects.filter(fingerprint__in=blinds).first() or FileImport(
            fingerprint=blinds[0], cpas_id=self.source.cpas_id, ticket=self.ticket
        )

    def _record(self, part: Part) -> None:
        # Parts end one after the other: each adds to the bookmark that the one before committed.
        with ExitStack() as ending:
            with transaction.atomic():
                share_lock_name(self.lock)
                _without_limit("statement" if self.atomic else "lock")
                outcome = self._recorded(part)
                ending.enter_context(self.ending)
                found = self._bookmark()
                refused = _add(found, part, outcome)
                undone = self.atomic and bool(refused)
                self._move_on(found, part)
                if undone:
                    found.finished_at = None
                else:
                    found.save()
                    RefusedLine.objects.bulk_create(kept(found, refused), batch_size=1_000)
            self.found = found
            self.report(found, refused)

    def _recorded(self, part: Part) -> Outcome:
        return record_ready(
            part.sound,
            part.numbers or Numbers.of(part.sound.blinds),
            ticket=self.ticket,
            atomic=self.atomic,
            check_only=self.atomic and bool(part.unread),
            noun="Line",
            registering=self.registering[part.track],
        )

    def _move_on(self, found: FileImport, part: Part) -> None:
        """Note the lines of a part as done, and the windows that have none left."""
        done = _done(found)
        # What is let go here is committed, whatever becomes of this part.
        while self.windows[0].last <= done.up_to and not self.windows[0].ends_file:
            del self.windows[0]
        done = done.also(part.lines)
        for window in self.windows:
            if not all(line in done for line in window.lines):
                break
            done = done.all_up_to(max(window.last, done.up_to))
            if window.ends_file:
                found.finished_at = clock.database_now()
        found.lines_done, found.lines_beyond = done.up_to, done.bits()


def _done(found: FileImport) -> LinesDone:
    return LinesDone.kept(found.lines_done, bytes(found.lines_beyond))


def _add(found: FileImport, part: Part, outcome: Outcome) -> list[Refused]:
    """Count what became of the lines of a part; returns those that were refused."""
    refused = sorted([*part.unread, *outcome.refused], key=lambda one: one.index)
    found.accepted += len(outcome.recorded)
    found.rejected += len(part.lines) - len(outcome.recorded)
    return refused


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
                _without_limit("lock")
                for lock in REGISTERING:
                    lock_name(lock)  # a run that was killed may still hold one
        yield [[lock] if only else REGISTERING for lock in REGISTERING]


def _without_limit(what: str) -> None:
    """As large as the file is; or as long as somebody else takes, whose locks are waited for."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL {what}_timeout = 0")


def kept(found: FileImport, refused: Iterable[Refused]) -> Iterator[RefusedLine]:
    """Refused lines as rows, not yet stored."""
    for one in refused:
        issues = [
            {"code": issue.code, "name": shown_name(issue.name), "detail": issue.detail}
            for issue in one.issues
        ]
        yield RefusedLine(file_import=found, line=one.index, issues=issues)


def told(refused: RefusedLine) -> Iterator[str]:
    """A refused line in words: one sentence for each thing that is wrong."""
    for issue in refused.issues:
        yield f"line {refused.line}: {issue['name']}: {issue['detail']}"


def shown_name(name: str) -> str:
    """The name of a property, unless it might be a SSIN, or anything else, in its place."""
    is_name = SHOWABLE.fullmatch(name) and sum(map(str.isdigit, name)) < 5
    return name if is_name else "?"
