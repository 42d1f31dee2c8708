"""All the processes of a registry, with ways to hurt each of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random

import psutil

from config import processes
from config.embedded import Postgres, Valkey

ROOT = Path(__file__).resolve().parents[2]
CELERY = (sys.executable, "-m", "celery", "-A", "config.celery")


def disturbances(count: int, random: Random) -> list[str]:
    """What happens, in what order: each kind its share, and each at least once or twice."""
    kinds = ["worker"] * 6 + ["child"] * 5 + ["web"] * 5 + ["beat"] * 4
    kinds += ["postgres"] * 2 + ["valkey"] * 2 + ["flush"] * 2 + ["freeze", "stop"]
    plan = [kinds[number % len(kinds)] for number in range(count)]
    random.shuffle(plan)
    return plan


class Fleet:
    """A web server, workers and beats, on a PostgreSQL and a Valkey of their own."""

    def __init__(self, folder: Path, random: Random, env: dict[str, str]) -> None:
        self.folder, self.random, self.env = folder, random, env
        self.postgres = Postgres(folder / "postgres")
        self.valkey = Valkey(folder / "valkey")
        self.port = processes.free_port()
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.heaviest = 0  # bytes that any process of a worker has held

    def start_servers(self) -> dict[str, str]:
        """Start the database and the broker; the environment of all who use them."""
        self.env |= {"DATABASE_URL": self.postgres.start(), "REDIS_URL": self.valkey.start()}
        return self.env

    def start(self) -> None:
        for name in ("web", "worker-0", "worker-1", "beat-0", "beat-1", "beat-2"):
            self.spawn(name)

    def spawn(self, name: str) -> None:
        kind, _, number = name.partition("-")
        scheduler = ("--scheduler", "celery.beat:Scheduler")
        words: dict[str, tuple[str, ...]] = {
            "web": (
                *(str(Path(sys.executable).with_name("granian")), "--interface", "wsgi"),
                *("config.wsgi:application", "--port", str(self.port)),
                *("--blocking-threads", "8", "--no-access-log"),
            ),
            "worker": (
                *(*CELERY, "worker", "--concurrency", "2", "--loglevel", "WARNING"),
                *("--hostname", f"{name}@localhost", "--without-gossip", "--without-mingle"),
            ),
            "beat": (
                *(*CELERY, "beat", *scheduler, "--loglevel", "WARNING"),
                *("--schedule", str(self.folder / f"schedule-{number}"), "--pidfile="),
            ),
        }
        self.running[name] = subprocess.Popen(
            processes.leashed(list(words[kind]), last_signal=signal.SIGKILL),
            cwd=ROOT,
            env=os.environ | self.env,
            stdin=subprocess.DEVNULL,
            stdout=(self.folder / f"{name}.log").open("ab"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def weigh(self) -> int:
        """Note, and return, the most memory that a process of a worker holds."""
        heaviest = 0
        for name, process in self.running.items():
            if name.startswith("worker"):
                for pid in processes.in_group(process.pid):
                    with suppress(psutil.NoSuchProcess):
                        heaviest = max(heaviest, psutil.Process(pid).memory_info().rss)
        self.heaviest = max(self.heaviest, heaviest)
        return heaviest

    def stop(self) -> None:
        for process in self.running.values():
            processes.stop_group(process, seconds=0)
        self.valkey.stop()
        self.postgres.stop()

    # What may happen to it. Each returns what was done, for the log.

    def kill(self, kind: str) -> str:
        """SIGKILL a whole program, as a power cut would, and start it again."""
        name = self._one(kind)
        processes.stop_group(self.running[name], seconds=0)
        self.spawn(name)
        return f"killed {name}"

    def kill_child(self) -> str:
        """SIGKILL one process of a worker's pool, as the memory guard of the system would."""
        name = self._one("worker")
        leader = self.running[name].pid
        children = [pid for pid in processes.in_group(leader) if pid != leader]
        for pid in children[:1]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return f"killed a child of {name}"

    def stop_worker(self, meanwhile: Callable[[], object]) -> str:
        """SIGSTOP a worker, do something else, and let it wake."""
        name = self._one("worker")
        leader = self.running[name].pid
        os.killpg(leader, signal.SIGSTOP)
        try:
            meanwhile()
        finally:
            os.killpg(leader, signal.SIGCONT)
        return f"stopped {name} beyond its leases"

    def restart_postgres(self) -> str:
        """An immediate shutdown, as a crash, and a start with recovery."""
        process = self.postgres.process
        assert process is not None
        process.send_signal(signal.SIGQUIT)
        process.wait(30)
        self.postgres.start()
        return "crashed PostgreSQL"

    def kill_valkey(self) -> str:
        process = self.valkey.process
        assert process is not None
        process.kill()
        process.wait(30)
        self.valkey.start()
        return "killed Valkey"

    def flush_valkey(self) -> str:
        import redis  # noqa: PLC0415  (only here)

        redis.Redis.from_url(self.valkey.url, socket_timeout=5).flushall()
        return "emptied Valkey"

    def freeze_valkey(self, meanwhile: Callable[[], object]) -> str:
        """SIGSTOP Valkey while something else goes on."""
        process = self.valkey.process
        assert process is not None
        os.kill(process.pid, signal.SIGSTOP)
        try:
            meanwhile()
        finally:
            os.kill(process.pid, signal.SIGCONT)
        return "froze Valkey"

    def _one(self, kind: str) -> str:
        return self.random.choice([name for name in self.running if name.startswith(kind)])
