"""`manage.py derive_everyone`: derive everyone, here and beside the workers, with progress."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from attestations.tickets import new_ticket
from derived_rights.models import DerivationRun
from derived_rights.services import chunk_work, derivation_runs
from derived_rights.services.derivation_runs import CannotResume, Progress

# How long to wait before looking again while only others have chunks.
SECONDS_TO_LOOK = 0.5


class Command(BaseCommand):
    help = (
        "Derive every person again; only differences are written and told. Goes on with a "
        "derivation that was begun and not finished, and shares it with the workers."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--thorough",
            action="store_true",
            help="also write where only the reasons differ and no day does; slow",
        )
        chosen = parser.add_mutually_exclusive_group()
        chosen.add_argument("--cancel", action="store_true", help="stop the one that goes on")
        chosen.add_argument("--resume", action="store_true", help="go on with the one cancelled")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["cancel"]:
            self._cancel()
            return
        if options["resume"]:
            _resume()
        run = derivation_runs.begin(ticket=new_ticket(), thorough=options["thorough"])
        if run.thorough != options["thorough"] and not options["resume"]:
            self.stderr.write(f"Goes on with {run}, which was begun otherwise.")
        console = Console()
        if console.is_terminal:
            _with_bar(run, console)
        else:
            self._with_lines(run)
        done = derivation_runs.progress(run)
        if run.finished_at is None:
            raise CommandError(f"Cancelled: {_said(done)}, {done.changes:,} changes.")
        self.stdout.write(f"{_said(done)}, {done.changes:,} changes.")
        if done.apart:
            self.stdout.write(
                f"Around {done.apart:,} of them too many live: the workers derive these apart."
            )

    def _cancel(self) -> None:
        run = derivation_runs.unfinished()
        if run is None or not derivation_runs.cancel(run):
            raise CommandError("No derivation of everyone goes on.")
        self.stdout.write(f"Cancelled {run}; `--resume` goes on with it.")

    def _with_lines(self, run: DerivationRun) -> None:
        """A line for every tenth of the way, for logs."""
        tenths = 0

        def tell() -> None:
            nonlocal tenths
            now = derivation_runs.progress(run)
            reached = 10 * now.done // max(now.total, 1)
            if reached > tenths and now.done < now.total:
                tenths = reached
                self.stdout.write(_said(now))

        _work(run, tell)


def _resume() -> None:
    cancelled = DerivationRun.objects.filter(finished_at=None).exclude(cancelled_at=None)
    run = cancelled.order_by("pk").last()
    if run is None:
        raise CommandError("No derivation was cancelled.")
    try:
        derivation_runs.resume(run)
    except CannotResume as error:
        raise CommandError(str(error)) from error


def _with_bar(run: DerivationRun, console: Console) -> None:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]} persons/s, {task.fields[changes]} changes"),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=console) as bar:
        task = bar.add_task("derivation", total=run.persons, rate="–", changes="0")

        def tell() -> None:
            now = derivation_runs.progress(run)
            bar.update(
                task, completed=now.done, rate=f"{now.rate:,.0f}", changes=f"{now.changes:,}"
            )

        _work(run, tell)


def _work(run: DerivationRun, tell: Callable[[], None]) -> None:
    """Until the run is finished or cancelled, whoever does it."""
    while run.finished_at is None and run.cancelled_at is None:
        if not chunk_work.work(run, tell=tell) and not derivation_runs.finish(run):
            time.sleep(SECONDS_TO_LOOK)
        tell()


def _said(now: Progress) -> str:
    text = f"{now.done:,} of {now.total:,} persons, {now.rate:,.0f} persons/s"
    if now.remaining and now.done < now.total:
        text += f", {now.remaining:.0f} s to go"
    return text
