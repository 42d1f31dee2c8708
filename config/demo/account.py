"""Telling people on a terminal, or in a log, what happens and whether it held."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

T = TypeVar("T")
R = TypeVar("R")


class Account:
    """What is told, sentence by sentence. `held` and `failed` count what was checked."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.chapters = 0
        self.held = 0
        self.failed = 0

    def chapter(self, title: str) -> None:
        self.chapters += 1
        self._line(f"\n{self.chapters}. {title}", style="bold")

    def say(self, sentence: str) -> None:
        self._line(f"   {sentence}")

    def check(self, sentence: str, held: object, seen: object = "") -> None:
        """Tell whether the sentence holds; where it does not, also what was seen instead."""
        if held:
            self.held += 1
            self._line(f"   ✔ {sentence}", style="green")
            return
        self.failed += 1
        self._line(f"   ✘ {sentence}", style="red")
        if seen != "":
            self._line(f"     Seen instead: {seen}", style="red")

    def equal(self, sentence: str, found: Any, wanted: Any) -> None:
        """Tell whether exactly this was found."""
        self.check(sentence, found == wanted, f"{found} (expected: {wanted})")

    def progress(self, what: str, work: Callable[[T], R], items: Sequence[T]) -> list[R]:
        """Do the work for each item, a few at a time, and show how far it is; results in order.

        The first item that fails ends it: what was not begun is left undone.
        """
        with ThreadPoolExecutor(4) as pool:
            futures = [pool.submit(work, item) for item in items]
            try:
                for future in self._shown(what, as_completed(futures), total=len(items)):
                    future.result()
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        return [future.result() for future in futures]

    def _shown(self, what: str, steps: Iterable[T], *, total: int) -> Iterator[T]:
        if not self.console.is_terminal:
            self.say(f"{what}: {total} ...")
            yield from steps
            return
        columns = TextColumn(f"   {what}"), BarColumn(), MofNCompleteColumn()
        with Progress(*columns, console=self.console, transient=True) as progress:
            yield from progress.track(steps, total=total)

    def _line(self, text: str, *, style: str = "") -> None:
        self.console.print(Text(text, style=style), soft_wrap=True)
