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

from config.processes import free_port, is_free, wait_until

ROOT = Path(__file__).resolve().parent.parent


def environment(redis_url: str) -> dict[str, str]:
    """What a process needs to work on the database of this very test, and no help by ours."""
    found = connection.settings_dict
    host = f"{found['HOST']}:{found['PORT']}" if found["PORT"] else found["HOST"]
    unaided = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return unaided | {
        "DATABASE_URL": f"postgres://{found['USER']}:{found['PASSWORD']}@{host}/{found['NAME']}",
        "REDIS_URL": redis_url,
        "REGISTRY_MODE": "test",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PYTHONPATH": str(ROOT),
    }


@contextmanager
def worker(
    redis_url: str, folder: Path, *, concurrency: int = 2, timer: bool = True
) -> Iterator[subprocess.Popen]:
    """A Celery worker, with its timer unless told otherwise; killed at the end."""
    words = ["worker", "--concurrency", str(concurrency), "--without-gossip", "--without-mingle"]
    if timer:
        words += ["--beat", "--schedule", str(folder / "beat")]
    with _celery(redis_url, folder / "worker.log", *words) as process:
        yield process


@contextmanager
def beat(redis_url: str, folder: Path, number: int) -> Iterator[subprocess.Popen]:
    """A timer of its own; killed at the end."""
    words = ("beat", "--scheduler", "celery.beat:Scheduler", "--pidfile=")
    schedule = ("--schedule", str(folder / f"beat-{number}"))
    with _celery(redis_url, folder / "beat.log", *words, *schedule) as process:
        yield process


@contextmanager
def web(redis_url: str, folder: Path) -> Iterator[str]:
    """A web server; gives its address. Killed at the end."""
    port = free_port()
    command = [str(Path(sys.executable).with_name("granian")), "--interface", "wsgi"]
    command += ["config.wsgi:application", "--port", str(port), "--blocking-threads", "4"]
    with _program(command, redis_url, folder / "web.log"):
        url = f"http://127.0.0.1:{port}"
        if not wait_until(lambda: not is_free(port), seconds=60):
            raise TimeoutError((folder / "web.log").read_text())
        yield url


@contextmanager
def _celery(redis_url: str, log: Path, *words: str) -> Iterator[subprocess.Popen]:
    command = [sys.executable, "-m", "celery", "-A", "config.celery", *words]
    with _program([*command, "--loglevel", "WARNING"], redis_url, log) as process:
        yield process


@contextmanager
def _program(command: list[str], redis_url: str, path: Path) -> Iterator[subprocess.Popen]:
    """A program in a process group of its own, on the database of this test."""
    log = path.open("ab")
    process = subprocess.Popen(
        command,
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
