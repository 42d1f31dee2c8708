"""Keep a set of processes running: what dies is started again, and nothing survives the end."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import psutil

from config import processes
from config.embedded import ServerError
from config.private import write_private

# Between two looks at all processes: a dead one is noticed within this time.
LOOK_SECONDS = 0.25
# What dies as soon as it is started is not started more often than this.
SECONDS_BETWEEN_STARTS = 1.0


class Service(Protocol):
    """What can be supervised: an embedded server or a program."""

    name: str

    def launch(self) -> None: ...
    def alive(self) -> bool: ...
    def pids(self) -> list[int]: ...
    def end(self) -> None: ...
    def stop(self) -> None: ...


class Program:
    """A command line that should always be running, with all the processes it starts.

    Its output is appended to `log`. `end` asks it to end without waiting; `stop` waits
    `seconds`, then kills it and whatever it started.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        env: Mapping[str, str],
        log: Path,
        seconds: float,
    ) -> None:
        self.name = name
        self.command = [*command]
        self.env = {**env}
        self.log = log
        self.seconds = seconds
        self.process: subprocess.Popen[bytes] | None = None

    def launch(self) -> None:
        """Start it, after killing what a former main process may have left of its group."""
        if self.process is not None:
            processes.stop_group(self.process, seconds=0)
        leash = processes.leashed(self.command)
        self.process = processes.spawn(leash, log=self.log, env=self.env)

    def alive(self) -> bool:
        return self.process is not None and not processes.has_ended(self.process)

    def pids(self) -> list[int]:
        return processes.family(self.process.pid) if self.process and self.alive() else []

    def end(self) -> None:
        if self.process is not None and self.alive():
            self.process.terminate()

    def stop(self) -> None:
        if self.process is not None:
            processes.stop_group(self.process, seconds=self.seconds)
            self.process = None


class Supervisor:
    """Starts services in their order, watches them in a thread, stops them in reverse order.

    `record` is a file that names the processes, by which the next run finds those that a
    kill -9 of this one left. `changed` is called with the process ids by service whenever
    they differ from the last time, from the watching thread; it must not raise.
    """

    def __init__(
        self, *, record: Path, changed: Callable[[dict[str, list[int]]], None] | None = None
    ) -> None:
        self.services: list[Service] = []
        self.changed = changed
        self._record = record
        self._started: dict[str, float] = {}
        self._known: dict[str, list[int]] = {}
        self._stopping = threading.Event()
        self._watcher: threading.Thread | None = None

    def add(self, service: Service) -> None:
        """Launch a service and look after it from now on."""
        self.services.append(service)
        self._launch(service)
        self._note()

    def watch(self) -> None:
        """Begin to restart what dies, until `stop`."""
        # Restarted processes are on a leash that this thread holds: it stays until the end.
        self._watcher = threading.Thread(target=self._watch, name="supervisor", daemon=True)
        self._watcher.start()

    def pids(self) -> dict[str, list[int]]:
        return {service.name: service.pids() for service in self.services}

    def stop(self) -> None:
        """Stop everything; afterwards none of the processes is left."""
        self._stopping.set()
        if self._watcher is not None:
            self._watcher.join()
        for service in self.services:
            service.end()
        for service in reversed(self.services):
            service.stop()
        self._record.unlink(missing_ok=True)

    def _watch(self) -> None:
        while not self._stopping.wait(LOOK_SECONDS):
            for service in self.services:
                if not service.alive() and self._may_start(service):
                    try:
                        self._launch(service)
                    except (OSError, ServerError) as error:  # tried again at the next look
                        sys.stderr.write(f"{service.name} cannot be started: {error}\n")
            if self._note() and self.changed is not None:
                self.changed(self._known)

    def _may_start(self, service: Service) -> bool:
        return time.monotonic() - self._started[service.name] >= SECONDS_BETWEEN_STARTS

    def _launch(self, service: Service) -> None:
        self._started[service.name] = time.monotonic()
        service.launch()

    def _note(self) -> bool:
        """Write the process ids down when they differ from those known; whether they did."""
        pids = self.pids()
        if pids == self._known:
            return False
        self._known = pids
        moments = {pid: birth(pid) for each in pids.values() for pid in each}
        write_private(self._record, json.dumps({str(pid): at for pid, at in moments.items() if at}))
        return True


def birth(pid: int) -> float | None:
    """When a process began; with its id, this tells it from any other. None when it is gone."""
    try:
        return float(psutil.Process(pid).create_time())
    except psutil.NoSuchProcess:
        return None


def end_leftovers(record: Path) -> list[int]:
    """End the processes that a record names and that still run; their ids.

    A process that merely has the same id, because the number was given out again, is not touched.
    """
    try:
        moments = json.loads(record.read_text())
    except FileNotFoundError:
        return []
    left = []
    for pid, moment in moments.items():
        began = birth(int(pid))
        # The clock may have been adjusted in between, which shifts the moments a little.
        if began is not None and abs(began - moment) < 2:
            with contextlib.suppress(psutil.NoSuchProcess):
                left.append(psutil.Process(int(pid)))
    processes.end(left, first=signal.SIGTERM, seconds=5)
    record.unlink()
    return [process.pid for process in left if process.pid != os.getpid()]
