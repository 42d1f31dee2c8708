"""Importing a file of decisions, chunk by chunk, each with its bookmark in one transaction."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any

from django.db import connection, transaction

from attestations import clock
from attestations.locks import lock_name, session_lock, share_lock_name
from attestations.models import FileImport
from attestations.services import bulk_sql
from attestations.services.bulk import Refused, record_ready
from attestations.services.bulk_lines import Line, Ready, ready
from attestations.services.import_lines import Source
from attestations.services.persons import keyring
from attestations.services.tracks import Tracks, Turn
from attestations.tickets import new_ticket

CHUNK = 5_000
TRACKS, LARGEST_BESIDE = 2, 20_000
# So many new rows at once mislead the planner until it is told; of fewer it hears in time.
MANY = 100_000
SHOWABLE = re.compile(r"[\w.\[\]]{1,60}", re.ASCII)

Report = Callable[[FileImport, Sequence[Refused]], None]


class AlreadyRunning(RuntimeError):
    """Another process imports this very file."""


def import_file(
    source: Source, *, report: Report, atomic: bool = False, chunk: int = CHUNK
) -> FileImport:
    """Import what of the file was not imported yet.

    `report` hears where it begins, and of every chunk committed, with the lines refused in it.
    They are kept with the import, so that the end tells those of earlier runs too. With `atomic`,
    one refused line leaves everything as it was, the bookmark included.
    """
    digest, _ = source.digest()
    name = f"{digest} {source.cpas_id or ''}"
    lock = f"import {keyring().blind(name).hex()}"
    with session_lock(lock) as free:
        if not free:
            raise AlreadyRunning("Another process is importing this file.")
        with transaction.atomic():
            lock_name(_chunks_of(lock))  # a run that was killed may still commit what it had sent
            found = _bookmark(source, name)
        report(found, [])
        if found.finished_at is None:
            before = found.accepted
            _go_on(source, found, report=report, chunk=None if atomic else chunk, lock=lock)
            if found.accepted - before >= MANY:
                bulk_sql.analyze()
        return found


def _chunks_of(lock: str) -> str:
    """The lock that every chunk shares, as each may have a connection of its own."""
    return f"chunks of {lock}"


def _bookmark(source: Source, name: str) -> FileImport:
    kept = FileImport.objects.filter(fingerprint__in=keyring().blinds(name)).first()
    return kept or FileImport(
        fingerprint=keyring().blind(name), cpas_id=source.cpas_id, ticket=new_ticket()
    )


@dataclass(frozen=True)
class _Chunk:
    """Lines that stand one after the other in the file: the sound ones, and the others."""

    sound: Ready
    unread: Sequence[Refused]
    last: int | None  # number of the last line of the chunk
    is_last: bool  # no line follows

    @property
    def size(self) -> int:
        return len(self.sound.lines) + len(self.unread)


def _go_on(
    source: Source, found: FileImport, *, report: Report, chunk: int | None, lock: str
) -> None:
    """Chunks until the end; None takes all that is left at once, or nothing."""
    on = clock.today()

    def work(taken: _Chunk, turn: Turn) -> None:
        with transaction.atomic():
            share_lock_name(_chunks_of(lock))
            refused = _record(found, taken, turn, atomic=chunk is None)
            undone = chunk is None and bool(refused)
            if taken.is_last:
                found.finished_at = None if undone else clock.database_now()
            if not undone:
                found.save()
        report(found, refused)

    rest = source.lines(after=found.lines_done, on=on)
    # Another connection would not see what the caller's transaction has done so far; and while it
    # waits for a chunk that is too large, the database's limit on idle transactions would end it.
    alone = chunk is None or chunk > LARGEST_BESIDE or connection.in_atomic_block
    with closing(_chunks(rest, chunk, on=on)) as chunks:
        Tracks(chunks, work).run(1 if alone else TRACKS)


def _chunks(
    rest: Iterator[Line | Refused], size: int | None, *, on: date
) -> Generator[_Chunk, None, None]:
    """So many lines at a time, the last ones marked; there may be none of those.

    While the database records a chunk, a thread makes the next one ready.
    """

    def take() -> _Chunk:
        taken = list(islice(rest, size))
        return _Chunk(
            ready([one for one in taken if isinstance(one, Line)], on=on),
            [one for one in taken if isinstance(one, Refused)],
            last=taken[-1].index if taken else None,
            is_last=size is None or len(taken) < size,
        )

    with ThreadPoolExecutor(1, "reading") as reader:
        reading: Future[_Chunk] | None = reader.submit(take)
        while reading is not None:
            taken = reading.result()
            reading = None if taken.is_last else reader.submit(take)
            yield taken


def _record(found: FileImport, taken: _Chunk, turn: Turn, *, atomic: bool) -> list[Refused]:
    with connection.cursor() as cursor:
        # As large as the file is; or as long as the chunk ahead takes, whose locks are waited for.
        cursor.execute(f"SET LOCAL {'statement' if atomic else 'lock'}_timeout = 0")
    outcome = record_ready(
        taken.sound,
        ticket=found.ticket,
        atomic=atomic,
        check_only=atomic and bool(taken.unread),
        noun="Line",
        turn=turn,
    )
    turn.has_locked()  # also where no line was sound
    turn.wait_to_commit()
    refused = sorted([*taken.unread, *outcome.refused], key=lambda one: one.index)
    found.lines_done = taken.last or found.lines_done
    found.accepted += len(outcome.recorded)
    found.rejected += taken.size - len(outcome.recorded)
    found.refused += [_kept(one) for one in refused]
    return refused


def _kept(refused: Refused) -> dict[str, Any]:
    issues = [
        {"code": one.code, "name": shown_name(one.name), "detail": one.detail}
        for one in refused.issues
    ]
    return {"line": refused.index, "issues": issues}


def told(refused: dict[str, Any]) -> Iterator[str]:
    """A refused line as kept, in words: one for each thing that is wrong."""
    for issue in refused["issues"]:
        yield f"line {refused['line']}: {issue['name']}: {issue['detail']}"


def shown_name(name: str) -> str:
    """The name of a property, unless it might be a SSIN, or anything else, in its place."""
    is_name = SHOWABLE.fullmatch(name) and sum(map(str.isdigit, name)) < 5
    return name if is_name else "?"
