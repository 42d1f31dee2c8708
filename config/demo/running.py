"""The processes of a demonstration: which there are, how they start, what is told about them."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from config import processes
from config.demo import configuration
from config.demo.state import State
from config.demo.supervisor import Program, Supervisor, end_leftovers
from config.embedded import Postgres, Server, Valkey

FIRST_PORT = 8000
HEALTH_SECONDS = 60.0
# Long enough for a task that runs to end; it would otherwise be repeated later.
WORKER_SECONDS = 12.0
SECONDS_TO_END = 5.0


class NotStarted(RuntimeError):
    """A part of the demonstration failed to start; the message says why and where its log is."""


class Demonstration:
    """All processes of one demonstration, from `start` to `stop`."""

    def __init__(
        self,
        state: State,
        *,
        say: Callable[[str], None],
        port: int | None,
        configured: bool,
        extra: Path | None,
        today: date | None,
    ) -> None:
        self.state = state
        self.say = say
        self.supervisor = Supervisor(record=state.record, changed=self._publish)
        self.port, self.reservation = reserve_port(port)
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.receiver_port = 0
        self.configured = configured
        self.extra = extra
        self.secrets = state.secrets()
        self.servers: dict[str, Server] = {}
        self.env = {
            **os.environ,
            "REGISTRY_MODE": "demo",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "BASE_URL": self.base_url,
            "PYTHONUNBUFFERED": "1",
            **self.secrets,
        }
        if today:
            self.env["TODAY"] = today.isoformat()
        self.demo: dict[str, Any] = {}

    def start(self) -> dict[str, Any]:
        """Start everything and return what demo.json holds, once the web server answers."""
        if left := end_leftovers(self.state.record):
            self.say(f"Stopped {len(left)} processes that an earlier run left.")
        self.state.withdraw()  # what an earlier run, killed, said
        self.receiver_port = self.state.port("recipient")
        files = self._configuration()
        self._claim_servers()
        self.say("Starting PostgreSQL, Valkey and the web server, preparing the database ...")
        # Started before the servers that it waits for: loading Django takes as long as they do.
        credentials = self.state.folder / "credentials.json"
        preparation = self._prepare(files, credentials)
        web, *others = self._programs()
        try:
            for server in self.servers.values():
                self.supervisor.add(server)
                server.wait()
            self.supervisor.add(web)  # it loads meanwhile, and is asked nothing yet
            self._wait_for_preparation(preparation)
        finally:
            processes.stop_group(preparation, seconds=0)
        self.say("Starting the worker, beat and the recipient ...")
        for program in others:
            self.supervisor.add(program)
        self._wait_for_health(web)
        self.demo = {
            "baseUrl": self.base_url,
            "receiverUrl": self.receiver_url,
            "adminUrl": f"{self.base_url}/admin/",
            "admin": {"username": "admin", "password": self.secrets["ADMIN_PASSWORD"]},
            "clients": json.loads(credentials.read_text()),
            "databaseUrl": self.env["DATABASE_URL"],
            "redisUrl": self.env["REDIS_URL"],
        }
        if "TODAY" in self.env:
            self.demo["today"] = self.env["TODAY"]
        self._publish(self.supervisor.pids())
        self.supervisor.watch()
        return self.demo

    @property
    def receiver_url(self) -> str:
        return f"http://127.0.0.1:{self.receiver_port}"

    def stop(self) -> None:
        """Stop everything that was started; harmless after a start that failed."""
        self.supervisor.stop()
        self.state.withdraw()
        self.reservation.close()

    def _publish(self, pids: dict[str, list[int]]) -> None:
        # Servers that were not started here have no processes to show.
        self.demo["pids"] = {"postgres": [], "valkey": []} | pids
        self.state.publish(self.demo)

    def _claim_servers(self) -> None:
        """Settle the addresses of both servers, those already in the environment first."""
        for variable, kind in (("REDIS_URL", Valkey), ("DATABASE_URL", Postgres)):
            if variable not in self.env:
                server = kind(self.state.folder / kind.name)
                server.claim()
                self.servers[kind.name] = server
                self.env[variable] = server.url

    def _configuration(self) -> list[Path]:
        """The files to configure with, the recipient knowing the keys that stand in them."""
        folder = self.state.folder
        files = [self.extra] if self.extra else []
        if self.configured:
            files.insert(0, configuration.fitted(folder, receiver_url=self.receiver_url))
        configuration.tell_recipient(folder, files, receiver_url=self.receiver_url)
        return files

    def _prepare(self, files: list[Path], credentials: Path) -> subprocess.Popen[bytes]:
        words = ["prepare_demo", "--credentials", str(credentials), *map(str, files)]
        leash = processes.leashed([sys.executable, "manage.py", *words])
        return processes.spawn(leash, log=self.state.log("prepare"), env=self.env)

    def _wait_for_preparation(self, preparation: subprocess.Popen[bytes]) -> None:
        while not processes.has_ended(preparation):
            for server in self.servers.values():
                if not server.alive():
                    raise NotStarted(f"{server.name} stopped: see {server.log}")
            processes.wait_until(lambda: processes.has_ended(preparation), seconds=0.5)
        if preparation.wait() != 0:
            log = self.state.log("prepare")
            last = "\n".join(log.read_text(errors="replace").splitlines()[-5:])
            raise NotStarted(f"The database could not be prepared (more in {log}):\n{last}")

    def _programs(self) -> list[Program]:
        python = [sys.executable, "-m"]
        worker_words = "--concurrency 2 --without-gossip --without-mingle --without-heartbeat"
        commands = {
            "web": [
                *[*python, "granian", "--interface", "wsgi", "config.wsgi:application"],
                *["--host", "127.0.0.1", "--port", str(self.port), "--workers", "2", "--no-ws"],
                # Each request that waits for events holds a thread.
                *["--blocking-threads", "16"],
                *["--respawn-failed-workers", "--respawn-interval", "0.1"],
            ],
            "worker": [*python, "celery", "-A", "config.celery", "worker", *worker_words.split()],
            # Its schedule is made of intervals of seconds: nothing of it is worth keeping.
            "beat": [*python, "celery", "-A", "config.celery", "beat"]
            + ["--scheduler", "celery.beat:Scheduler", "--pidfile="],
            "recipient": [*python, "config.demo.recipient"]
            + ["--port", str(self.receiver_port), "--state", str(self.state.folder)],
        }
        return [
            Program(
                name,
                command,
                env=self.env,
                log=self.state.log(name),
                seconds=WORKER_SECONDS if name == "worker" else SECONDS_TO_END,
            )
            for name, command in commands.items()
        ]

    def _wait_for_health(self, web: Program) -> None:
        address, log = f"{self.base_url}/registry/v1/health", web.log
        settled = processes.wait_until(
            lambda: answers(address) or not web.alive(), seconds=HEALTH_SECONDS, pause=0.05
        )
        if not settled:
            raise NotStarted(f"The web server does not answer well: see {log}")
        if not web.alive():
            raise NotStarted(f"The web server stopped: see {log}")


def answers(url: str) -> bool:
    """Whether this address of ours answers 200."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def reserve_port(wanted: int | None) -> tuple[int, socket.socket]:
    """A port of 127.0.0.1 for the web server: `wanted`, or the first free one from 8000.

    It is kept from other demonstrations, which may start at this very moment, until the socket
    that comes with it is closed. That one is no network socket: two of those can be bound to one
    port as long as none listens. It is a name that the kernel gives to one process at a time.
    """
    for port in [wanted] if wanted else range(FIRST_PORT, FIRST_PORT + 1000):
        holder = socket.socket(socket.AF_UNIX)
        try:
            holder.bind(f"\0attestation-registry-demo-{port}")
        except OSError:
            holder.close()
            continue
        if processes.is_free(port):
            return port, holder
        holder.close()
    raise NotStarted(f"Port {wanted} is taken: choose another one with --port.")
