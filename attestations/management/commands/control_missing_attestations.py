"""`manage.py control_missing_attestations`: run the control here, and show how far it is."""

from __future__ import annotations

from argparse import ArgumentTypeError
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from attestations import clock
from attestations.models import ControlRun
from attestations.services import control_runs, missing_reports
from attestations.services.control_runs import Progress
from attestations.tickets import new_ticket


class Command(BaseCommand):
    help = (
        "Compare all that is expected with all that is attested. Goes on with a run that was begun "
        "and not finished; several may share one run."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--on", type=_day, metavar="YYYY-MM-DD", help="the day of the control (today)"
        )
        parser.add_argument("--no-reports", action="store_true", help="make no monthly reports")

    def handle(self, *args: Any, **options: Any) -> None:
        run = control_runs.begin(on=options["on"] or clock.today(), ticket=new_ticket())
        console = Console()
        if console.is_terminal:
            _with_bar(run, console)
        else:
            self._with_lines(run)
        finished = control_runs.finish(run)
        done = control_runs.progress(run)
        self.stdout.write(
            f"{_said(done)}; {done.opened} opened, {done.resolved} resolved"
            + ("." if finished else "; other workers still have parts of it.")
        )
        if finished and not options["no_reports"]:
            made = missing_reports.make_due(on=run.on, ticket=run.ticket)
            self.stdout.write(f"{made} report{'' if made == 1 else 's'} made.")

    def _with_lines(self, run: ControlRun) -> None:
        """A line for every tenth of the way, for logs."""
        tenths = 0
        while control_runs.work(run):
            now = control_runs.progress(run)
            reached = 10 * now.done // max(now.total, 1)
            if reached > tenths:
                tenths = reached
                self.stdout.write(_said(now))


def _with_bar(run: ControlRun, console: Console) -> None:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]} persons/s"),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=console) as bar:
        task = bar.add_task("control", total=run.persons, rate="–")
        while control_runs.work(run):
            now = control_runs.progress(run)
            bar.update(task, completed=now.done, rate=f"{now.rate:,.0f}")


def _said(now: Progress) -> str:
    text = f"{now.done:,} of {now.total:,} persons, {now.rate:,.0f} persons/s"
    if now.remaining and now.done < now.total:
        text += f", {now.remaining:.0f} s to go"
    return text


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError("write a day as YYYY-MM-DD") from None
