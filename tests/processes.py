"""Real workers for tests: started, killed, and never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.db import connection

ROOT = Path(__file__).resolve().parent.parent


def environment(redis_url: str) -> dict[str, str]:
    """What a process needs to work on the database of this very test."""
    found = connection.settings_dict
    host = f"{found['HOST']}:{found['PORT']}" if found["PORT"] else found["HOST"]
    return os.environ | {
        "DATABASE_URL": f"postgres://{found['USER']}:{found['PASSWORD']}@{host}/{found['NAME']}",
        "REDIS_URL": redis_url,
        "REGISTRY_MODE": "test",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PYTHONPATH": str(ROOT),
    }


@contextmanager
def worker(redis_url: str, folder: Path, *, concurrency: int = 2) -> Iterator[subprocess.Popen]:
    """A Celery worker with its timer, in a process group of its own; killed at the end."""
    log = (folder / "worker.log").open("ab")
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "celery", "-A", "config.celery", "worker", "--beat"),
            *("--concurrency", str(concurrency), "--loglevel", "WARNING"),
            *("--schedule", str(folder / "beat"), "--without-gossip", "--without-mingle"),
        ],
        cwd=ROOT,
        env=environment(redis_url),
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        kill(process)
        log.close()


def kill(process: subprocess.Popen) -> None:
    """SIGKILL to the process and all its children, as a power cut would."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
