"""The state folder of a demonstration: its lock, its secrets, and what it tells to programs."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import secrets
from pathlib import Path
from typing import IO, Any, Self

from config import processes
from config.private import write_private


class StateInUse(RuntimeError):
    """Another demonstration runs in this folder."""


class State:
    """One folder holds everything that a demonstration keeps; removing it starts afresh.

    The folder is made when it is not there, and belongs to this process inside `with`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        (self.folder / "logs").mkdir(parents=True, exist_ok=True)
        self._lock = self._lock_folder()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.close()

    @property
    def record(self) -> Path:
        """Which processes run for this folder."""
        return self.folder / "processes.json"

    def log(self, name: str) -> Path:
        return self.folder / "logs" / f"{name}.log"

    def secrets(self) -> dict[str, str]:
        """The secrets of this demonstration by name; made once, then kept."""
        path = self.folder / "secrets.json"
        if not path.exists():
            fresh = {
                "SECRET_KEY": secrets.token_urlsafe(64),
                "SSIN_KEYS": "demo:" + base64.b64encode(os.urandom(64)).decode(),
                "ADMIN_PASSWORD": secrets.token_urlsafe(12),
            }
            write_private(path, json.dumps(fresh, indent=2))
        kept: dict[str, str] = json.loads(path.read_text())
        return kept

    def port(self, name: str) -> int:
        """A port for this part: the one of the last run where it is free, otherwise a new one.

        What the database remembers of an address then holds from run to run.
        """
        path = self.folder / f"{name}.port"
        if not path.exists() or not processes.is_free(int(path.read_text())):
            path.write_text(str(processes.free_port()))
        return int(path.read_text())

    def publish(self, demo: dict[str, Any]) -> None:
        """Write demo.json, by which programs find and drive this demonstration."""
        write_private(self.folder / "demo.json", json.dumps(demo, indent=2, ensure_ascii=False))

    def withdraw(self) -> None:
        """Take demo.json away: nothing that it names is there any more."""
        (self.folder / "demo.json").unlink(missing_ok=True)

    def _lock_folder(self) -> IO[str]:
        lock = (self.folder / "lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.close()
            raise StateInUse(
                f"A demonstration is already running in {self.folder}. Stop it, or choose another"
                " folder with --state DIR."
            ) from error
        return lock
