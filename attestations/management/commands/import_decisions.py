"""`manage.py import_decisions FILE`: record the decisions of a file, and go on where it stopped."""

from __future__ import annotations

import argparse
import signal
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from attestations.forked import Ended
from attestations.garbage import leave_the_program_alone
from attestations.models import Cpas, FileImport, RefusedLine
from attestations.services.bulk import Refused
from attestations.services.import_lines import COLUMNS, Format, Source, UnreadableFile
from attestations.services.import_recording import RunIsOver, kept, told
from attestations.services.imports import CHUNK, AlreadyRunning, import_file

SECONDS_BETWEEN_LINES = 5.0
STOPPED = 128 + signal.SIGINT  # as a shell says it
AGAIN = "Start it again to go on."
WAITING = "An earlier run was stopped, but is still recording what it had sent: waiting for it."
EPILOG = f"""
NDJSON has one decision per line, as in the body of POST /registry/v1/decisions. CSV is UTF-8 with
commas; its first line names the columns, out of: {", ".join(COLUMNS)}.
An empty cell means that the property is left out. Without --cpas each line also names its sender,
as enterpriseNumber. A run that was stopped goes on where it was when it is started again; a file
that was imported is not imported twice. Ctrl-C ends it behind the lines in hand, a second one at
once. Exit code 1: lines were refused, and are named; 130: it was stopped.
"""


class Command(BaseCommand):
    help = "Record the decisions of a file of NDJSON or CSV: the sound lines, naming all others."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        parser.epilog = EPILOG
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument(
            "--cpas", metavar="ENTERPRISE_NUMBER", help="who decided all this; or each line says"
        )
        parser.add_argument("--atomic", action="store_true", help="all lines or none")
        parser.add_argument(
            "--format", choices=("ndjson", "csv"), help="if the name of the file does not say it"
        )
        parser.add_argument(
            "--chunk", type=int, default=CHUNK, help="lines to a transaction (default: %(default)s)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        source = self._source(options)
        leave_the_program_alone()
        try:
            _, about = source.digest()
            refused: list[RefusedLine] = []  # of a file that is recorded as a whole or not at all
            with self._progress(about) as report:

                def heard(found: FileImport, lines: Sequence[Refused]) -> None:
                    refused[:] = kept(found, lines) if options["atomic"] else ()
                    report(found, lines)

                done = import_file(
                    source,
                    report=heard,
                    waits=lambda: self.stdout.write(WAITING),
                    atomic=options["atomic"],
                    chunk=max(options["chunk"], 1),
                )
        except OSError as error:
            raise CommandError(f"{source.path} cannot be read: {error.strerror}.") from None
        except (UnreadableFile, AlreadyRunning) as error:
            raise CommandError(str(error)) from None
        except (Ended, RunIsOver) as error:
            raise CommandError(f"{error} {AGAIN}") from None
        except KeyboardInterrupt:  # where no part is in hand, or all lines are one
            how = "Nothing was recorded." if options["atomic"] else AGAIN
            raise CommandError(f"Stopped. {how}", returncode=STOPPED) from None
        if done.finished_at is None and not options["atomic"]:
            taken, left = _counted(done.accepted, "decision"), _counted(done.rejected, "line")
            so_far = f"Stopped: {taken} recorded, {left} refused so far."
            raise CommandError(f"{so_far} {AGAIN}", returncode=STOPPED)
        self._tell(done, refused if done.finished_at is None else done.refused.iterator())

    def _source(self, options: dict[str, Any]) -> Source:
        path, number = options["file"], options["cpas"]
        named: Format = "csv" if path.suffix.lower() == ".csv" else "ndjson"
        senders = dict(Cpas.objects.values_list("enterprise_number", "pk"))
        if number is not None and number not in senders:
            raise CommandError(f"No CPAS is registered under the number {number}.")
        chosen: Format = options["format"] or named
        return Source(path, chosen, senders.get(number), senders)

    @contextmanager
    def _progress(self, about: int) -> Iterator[Any]:
        """What to call after each chunk: moves a bar, or where none can be seen prints lines."""
        if not self.stdout.isatty():
            yield _Lines(self.stdout.write, about)
            return
        columns = (
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[rejected]:,} refused"),
        )
        # It is drawn at each report: a thread that draws would be copied half-way by a fork.
        with Progress(*columns, console=Console(), auto_refresh=False) as progress:
            task = progress.add_task("", total=about, rate="", rejected=0)
            pace = _Pace()

            def report(found: FileImport, refused: Sequence[Refused]) -> None:
                rate = f"{pace.rate(_done(found)):,.0f}/s"
                progress.update(
                    task,
                    completed=_done(found),
                    rate=rate,
                    rejected=found.rejected,
                    refresh=True,
                )

            yield report

    def _tell(self, done: FileImport, refused: Iterable[RefusedLine]) -> None:
        count = 0
        for one in refused:
            count += 1
            for line in told(one):
                self.stderr.write(line)
        if done.finished_at is None:
            raise CommandError(
                f"{_counted(count, 'line')} refused: nothing was recorded, as asked."
            )
        taken, left = _counted(done.accepted, "decision"), _counted(done.rejected, "line")
        total = f"{taken} recorded, {left} refused."
        if done.rejected:
            raise CommandError(total)
        self.stdout.write(total)


def _counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def _done(found: FileImport) -> int:
    """How many lines are; some of them stand behind others that are not."""
    return found.accepted + found.rejected


class _Pace:
    """Lines a second since this run began, whatever an earlier run had done."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.first: int | None = None

    def rate(self, done: int) -> float:
        if self.first is None:
            self.first = done
        return (done - self.first) / max(time.monotonic() - self.started, 1e-6)


class _Lines:
    """Progress as lines of text, one every few seconds."""

    def __init__(self, write: Any, about: int) -> None:
        self.write = write
        self.about = about
        self.pace = _Pace()
        self.due = 0.0

    def __call__(self, found: FileImport, refused: Sequence[Refused]) -> None:
        done = _done(found)
        rate = self.pace.rate(done)
        if time.monotonic() < self.due and found.finished_at is None:
            return
        self.due = time.monotonic() + (SECONDS_BETWEEN_LINES if rate else 0)
        pace = ""
        if rate:
            left = max(self.about - done, 0) / rate
            pace = f", {rate:,.0f}/s, {left:,.0f} s left"
        self.write(f"{done:,} of about {self.about:,} lines{pace}, {found.rejected:,} refused")
