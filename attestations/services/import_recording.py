"""Recording a part of a file, with the bookmark, in one transaction; in whichever process."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection, transaction

from attestations.bookmarks import LinesDone
from attestations.locks import is_held, lock_name, share_lock_name
from attestations.models import FileImport, RefusedLine
from attestations.services.bulk import Outcome, Refused, record_ready
from attestations.services.bulk_lines import Line, Ready, ready
from attestations.services.bulk_numbers import Numbers
from attestations.services.import_lines import Source
from attestations.services.import_parts import Part
from attestations.services.persons import keyring

SHOWABLE = re.compile(r"[\w.\[\]]{1,60}", re.ASCII)


class RunIsOver(RuntimeError):
    """The lines of this part may be recorded by another run by now."""


@dataclass(frozen=True)
class Recorder:
    """What is the same for all parts of one run over a file."""

    source: Source
    name: str  # of the import: its fingerprint is made of it
    lock: str  # every part shares it, as each may have a connection of its own
    ticket: uuid.UUID
    on: date
    atomic: bool
    registering: Sequence[Sequence[str]]  # the locks of registering that each track takes
    run: str | None  # the lock that the process holds for which this one records, if it is another

    def record(self, part: Part) -> tuple[FileImport, list[Refused]]:
        """How far the import is then, and the lines of the part that were refused.

        With `atomic`, if any is, nothing was recorded, and the bookmark was not kept. Nor is
        anything, and `RunIsOver` raised, once the process that deals out the parts was killed.
        """
        read = [self.source.read(number, raw, on=self.on) for number, raw in part.lines]
        unread = [one for one in read if isinstance(one, Refused)]
        lines = [one for one in read if isinstance(one, Line)]
        sound = ready(lines, on=self.on, blinds=part.blinds)
        with transaction.atomic():
            share_lock_name(self.lock)
            # Whoever takes the file up then has waited for those that shared the lock before.
            if self.run and not is_held(self.run):
                raise RunIsOver("The connection that held the locks of this import is gone.")
            without_limit("statement" if self.atomic else "lock")
            outcome = self._recorded(part, sound, check_only=self.atomic and bool(unread))
            # Parts end one after the other: each adds to the bookmark of the one before.
            lock_name(f"bookmark of {self.lock}")
            found = bookmark(self.name, self.source.cpas_id, self.ticket)
            refused = sorted([*unread, *outcome.refused], key=lambda one: one.index)
            _move_on(found, part, outcome)
            if not (self.atomic and refused):
                found.save()
                RefusedLine.objects.bulk_create(kept(found, refused), batch_size=1_000)
        return found, refused

    def _recorded(self, part: Part, sound: Ready, *, check_only: bool) -> Outcome:
        known = part.places
        return record_ready(
            sound,
            Numbers.of(sound.blinds) if known is None else Numbers(sound.blinds, known),
            ticket=self.ticket,
            atomic=self.atomic,
            check_only=check_only,
            noun="Line",
            registering=self.registering[part.track],
        )


def bookmark(name: str, cpas_id: int | None, ticket: uuid.UUID) -> FileImport:
    """As it is kept, or a new one with that ticket."""
    blinds = keyring().blinds(name)
    return FileImport.objects.filter(fingerprint__in=blinds).first() or FileImport(
        fingerprint=blinds[0], cpas_id=cpas_id, ticket=ticket
    )


def done_of(found: FileImport) -> LinesDone:
    """The lines that a bookmark says are done."""
    return LinesDone.kept(found.lines_done, bytes(found.lines_beyond))


def _move_on(found: FileImport, part: Part, outcome: Outcome) -> None:
    """Count what became of the lines of a part, and note them as done."""
    found.accepted += len(outcome.recorded)
    found.rejected += len(part.lines) - len(outcome.recorded)
    done = done_of(found).also(part.settled)
    found.lines_done, found.lines_beyond = done.up_to, done.bits()


def without_limit(what: str) -> None:
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
