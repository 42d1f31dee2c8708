"""`python -m config.demo`: the whole registry on this machine, until Ctrl-C.

PostgreSQL and Valkey, the web server, a Celery worker, beat and a demonstration recipient, their
data in one folder. What is killed comes back; what is stopped leaves no process.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from datetime import date
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

from rich.console import Console

from config.demo import panel
from config.demo.running import Demonstration, NotStarted
from config.demo.state import State, StateInUse
from config.embedded import ServerError

ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Ended(BaseException):
    """Somebody wants the demonstration to stop: Ctrl-C, `kill`, a closed terminal."""


def arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make demo ARGS=...", description="Run a demonstration.")
    parser.add_argument("--once", action="store_true", help="tell the story, stop, say if it held")
    parser.add_argument("--empty", action="store_true", help="without story and configuration")
    parser.add_argument("--configure", type=Path, metavar="FILE", help="configuration to load")
    parser.add_argument("--port", type=int, help="port of the web server (8000, or the next free)")
    parser.add_argument("--state", type=Path, default=Path("var"), metavar="DIR")
    parser.add_argument("--today", type=date.fromisoformat, metavar="YYYY-MM-DD")
    options = parser.parse_args(words)
    if options.configure and not options.configure.is_file():
        parser.error(f"there is no file {options.configure}")
    return options


def tell(demo: dict[str, Any], *, once: bool) -> int:
    """With `once` the story and its exit code; otherwise only the persons that it starts from."""
    # Only now: the story needs libraries that a start without it does not.
    from config.demo import story  # noqa: PLC0415

    if once:
        return story.run(demo)
    story.load(demo)
    return 0


def run(options: argparse.Namespace, console: Console, state: State) -> int:
    """Start everything, show it, tell the story or wait; everything is stopped before returning."""
    began = time.monotonic()
    demonstration = Demonstration(
        state,
        say=partial(console.print, soft_wrap=True, markup=False),
        port=options.port,
        configured=not options.empty,
        extra=options.configure,
        today=options.today,
    )
    try:
        demo = demonstration.start()
        console.print(f"Up after {time.monotonic() - began:.1f} s.")
        panel.show(console, demo, state=str(options.state))
        code = 0 if options.empty else tell(demo, once=options.once)
        while not options.once:
            signal.pause()
        return code
    finally:
        # A second Ctrl-C must not interrupt the stopping: it would leave processes behind.
        for number in ENDING_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        console.print("Stopping everything ...")
        demonstration.stop()
        console.print("Everything is stopped.")


def main(words: list[str]) -> int:
    console = Console(highlight=False)
    options = arguments(words)

    def end(number: int, _frame: FrameType | None) -> None:
        raise Ended(number)

    for number in ENDING_SIGNALS:
        signal.signal(number, end)
    try:
        with State(options.state) as state:
            return run(options, console, state)
    except Ended as ended:
        # Stopping is how a demonstration that stays up is meant to end.
        return 0 if not options.once else 128 + int(ended.args[0])
    except (StateInUse, NotStarted, ServerError) as error:
        console.print(str(error), style="bold red", soft_wrap=True, markup=False)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
