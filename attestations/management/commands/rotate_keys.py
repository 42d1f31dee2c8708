"""`manage.py rotate_keys`: move everything that is sealed to the newest key of SSIN_KEYS."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from attestations.services import persons
from attestations.services.rotating import BrokenRow, SealedTable, Step, rotate, sealed_tables


class Command(BaseCommand):
    help = (
        "Seal everything anew under the newest key of SSIN_KEYS, while the service runs. Every "
        "process must know that key already. May be stopped and run again at any time."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        ring = persons.keyring()
        try:
            for table in sealed_tables():
                steps = rotate(table, ring)
                moved = sum(step.moved for step in self._shown(table, steps))
                self.stdout.write(f"{table.name}: {moved} moved to the key {ring.newest.key_id}.")
        except BrokenRow as error:
            raise CommandError(
                f"{error} Add the key it was sealed under to SSIN_KEYS and run this again."
            ) from error
        except IntegrityError as error:
            raise CommandError(
                "Two rows hold the same number, one under each key: some process registered "
                "persons without knowing both keys. Nothing of this batch was moved."
            ) from error
        self.stdout.write("Done: no row needs an older key any more.")

    def _shown(self, table: SealedTable, steps: Iterable[Step]) -> Iterable[Step]:
        """The steps, with a bar on a terminal; in a log the lines per table are enough."""
        console = Console()
        if not console.is_terminal:
            yield from steps
            return
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task(table.name, total=table.model._default_manager.count())
            for step in steps:
                bar.advance(task, step.looked_at)
                yield step
