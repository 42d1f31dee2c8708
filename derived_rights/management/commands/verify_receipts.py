"""`manage.py verify_receipts`: derive stored periods again, and compare them and their receipts."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from derived_rights.services import verifying
from derived_rights.services.verifying import Mismatch, Verified


class Command(BaseCommand):
    help = (
        "Derive stored periods again from the facts and figures known when they were recorded, and "
        "compare. Names each that does not follow, and then exits with 1. Writes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--sample", type=_number, metavar="N", help="only N periods, drawn at random"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        total = verifying.count(options["sample"])
        periods = wrong = 0
        for verified in self._shown(verifying.verify(options["sample"]), total):
            periods += verified.periods
            wrong += len(verified.mismatches)
            for one in verified.mismatches:
                self.stderr.write(_said(one))
        summary = f"{periods:,} periods, {wrong:,} of them wrong"
        if wrong:
            raise CommandError(f"{summary}.")
        self.stdout.write(f"{summary}.")

    def _shown(self, verified: Iterator[Verified], total: int) -> Iterator[Verified]:
        """The same, with a bar in a terminal, or with a line for every tenth of the way."""
        console = Console()
        columns = (
            TextColumn("receipts"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        done = tenths = 0
        with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
            task = bar.add_task("receipts", total=total)
            for one in verified:
                yield one
                done += one.periods
                bar.update(task, completed=done)
                if not console.is_terminal and 10 * done // max(total, 1) > tenths:
                    tenths = 10 * done // total
                    self.stdout.write(f"{done:,} of {total:,} periods")


def _said(one: Mismatch) -> str:
    differing = ", ".join(one.what)
    return (
        f"Period {one.period} (person #{one.person}, {one.right}, recorded"
        f" {one.recorded_at:%Y-%m-%d %H:%M:%S}): {differing} differ"
    )


def _number(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError("write how many periods, at least 1")
    return int(text)
