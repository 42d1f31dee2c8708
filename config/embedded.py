"""PostgreSQL and Valkey from wheels, for the demonstration and the tests; never for production.

`python -m config.embedded -- COMMAND ...` runs a command with DATABASE_URL and REDIS_URL naming
throw-away servers (those that are already set stay), and answers its exit code.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO

import psycopg
import redis

from config import processes
from config.private import write_private
from config.wheels import open_to_all, postgres_binaries, postgres_user, valkey_binary

# What a kill -9 of this process sends to its servers: PostgreSQL's "fast" shutdown.
FAST = signal.SIGINT
READY_SECONDS = 60.0
# For what somebody else left in a folder; killed after that, which both servers survive.
LEFTOVER_SECONDS = 3.0


class ServerError(RuntimeError):
    """A server that cannot be started; the message says why, and where its log is."""


class Server:
    """What both servers share: a folder of their own, a lock on it, a port and a process.

    `launch` returns at once and may be called again after the process died; the port and the
    URL stay the same. `start` also waits until the server answers. Data in the folder survive
    `stop`. One folder serves one owner at a time.
    """

    name: str
    program: str  # what the system calls the process
    stop_signal = signal.SIGTERM
    stop_seconds = 30.0

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder = folder.resolve()
        self.durable = durable
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None

    @property
    def log(self) -> Path:
        return self.folder / "log"

    @property
    def pid(self) -> int | None:
        """The process clients are connected to; None when it never ran or was stopped."""
        return self.process.pid if self.process else None

    def start(self) -> str:
        """Start, wait until it answers, and return the URL for clients."""
        self.launch()
        self.wait()
        return self.url

    def wait(self) -> None:
        """Return once it answers; raise `ServerError` when it stops or takes too long."""
        settled = processes.wait_until(
            lambda: self.ready() or not self.alive(), seconds=READY_SECONDS
        )
        if not settled:
            raise ServerError(f"{self.name} did not answer in {READY_SECONDS:.0f} s: {self.log}")
        if not self.alive():
            raise ServerError(f"{self.name} stopped as soon as it was started: {self.log}")

    def claim(self) -> None:
        """Take the folder and settle the port, so that the URL is known before the start."""
        if self._lock is None:
            self._lock = self._own_folder()
        self.port = self.port or processes.free_port()

    def launch(self) -> None:
        """Stop what an earlier owner of this folder left running, then start the process."""
        self.claim()
        self._end_process()
        self.process = self._spawn()

    def alive(self) -> bool:
        """Whether the process runs; it may not answer yet."""
        return self.process is not None and not processes.has_ended(self.process)

    def pids(self) -> list[int]:
        """The process ids to publish: of the main process only."""
        return [self.process.pid] if self.process and self.alive() else []

    def end(self) -> None:
        """Nothing yet: clients that are still ending may need the server until `stop`."""

    def stop(self) -> None:
        """Stop the process and leave the folder to others; harmless when it does not run."""
        if self._lock is not None:
            self._end_process()
            self._lock.close()
            self._lock = None

    @property
    def url(self) -> str:
        raise NotImplementedError

    def ready(self) -> bool:
        raise NotImplementedError

    @property
    def working_folder(self) -> Path:
        """Where the process works: by this it is recognised, whoever started it."""
        raise NotImplementedError

    def _spawn(self) -> subprocess.Popen[bytes]:
        raise NotImplementedError

    def _own_folder(self) -> IO[str]:
        self.folder.mkdir(parents=True, exist_ok=True)
        lock = (self.folder / "lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.close()
            raise ServerError(f"{self.folder} is in use by another process.") from error
        return lock

    def _end_process(self) -> None:
        if self.process is not None:
            processes.stop_group(self.process, first=self.stop_signal, seconds=self.stop_seconds)
            self.process = None
        # Of an earlier owner that was killed, or children that outlived a killed parent.
        left = processes.working_in(self.working_folder, name=self.program)
        processes.end(left, first=self.stop_signal, seconds=LEFTOVER_SECONDS)

    def _password(self) -> str:
        path = self.folder / "password"
        if not path.exists():
            write_private(path, secrets.token_urlsafe(24))
        return path.read_text()


class Postgres(Server):
    """A PostgreSQL server with one database and one superuser, both called `registry`.

    `durable=False` gives up safety against a crash for speed: for tests only.
    """

    name = "postgres"
    program = "postgres"
    stop_signal = FAST

    @property
    def url(self) -> str:
        return self._url("registry")

    def ready(self) -> bool:
        """Whether it answers; the first time, this also creates the database."""
        try:
            with psycopg.connect(self._url("postgres"), autocommit=True, connect_timeout=2) as link:
                names = link.execute("SELECT 1 FROM pg_database WHERE datname = 'registry'")
                if names.fetchone() is None:
                    link.execute("CREATE DATABASE registry")
        except psycopg.OperationalError:
            return False
        return True

    @property
    def working_folder(self) -> Path:
        return self.folder / "data"

    def _url(self, database: str) -> str:
        return f"postgresql://registry:{self._password()}@127.0.0.1:{self.port}/{database}"

    def _spawn(self) -> subprocess.Popen[bytes]:
        if not self.working_folder.exists():
            self._make_cluster()
        # After a crash this names a process that is gone, or a stranger who got its number, for
        # whom PostgreSQL would wait. Nothing works in the folder now: `launch` saw to that.
        (self.working_folder / "postmaster.pid").unlink(missing_ok=True)
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            # The folder may be deeper than the 107 bytes of a socket's path: TCP only.
            "unix_socket_directories": "",
            "max_connections": 200,
            "idle_in_transaction_session_timeout": "60s",
            "log_timezone": "UTC",
        }
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [word for item in settings.items() for word in ("-c", "{}={}".format(*item))]
        return self._run("postgres", "-D", str(self.working_folder), *options)

    def _make_cluster(self) -> None:
        """Run initdb beside the final place, so that a half-made cluster is never taken for one."""
        fresh = self.folder / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        password = self.folder / "password.initdb"
        write_private(password, self._password())
        if user := postgres_user():
            os.chown(fresh, *user)
            os.chown(password, *user)
        words = ["--username=registry", f"--pwfile={password}", "--auth=scram-sha-256"]
        # The same sorting on every machine, whatever its locales.
        words += ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        words += ["--no-locale", "--no-sync", "--no-instructions", f"--pgdata={fresh}"]
        code = self._run("initdb", *words).wait()
        password.unlink()
        if code != 0:
            raise ServerError(f"initdb failed: {self.log}")
        fresh.rename(self.working_folder)

    def _run(self, program: str, *words: str) -> subprocess.Popen[bytes]:
        binary = postgres_binaries() / program
        user = postgres_user()
        leash = processes.leashed(
            [str(binary), *words],
            last_signal=FAST,
            user=user,
            reach=user is not None and not (open_to_all(binary) and open_to_all(self.folder)),
        )
        return processes.spawn(leash, log=self.log)


class Valkey(Server):
    """A Valkey server (Redis protocol) that writes what it holds to disk every second.

    It refuses writes rather than forget anything when memory runs out. `durable=False` writes
    nothing to disk.
    """

    name = "valkey"
    program = "valkey-server"

    @property
    def url(self) -> str:
        return f"redis://:{self._password()}@127.0.0.1:{self.port}/0"

    def ready(self) -> bool:
        try:
            with contextlib.closing(redis.Redis.from_url(self.url, socket_timeout=2)) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    @property
    def working_folder(self) -> Path:
        return self.folder

    def _spawn(self) -> subprocess.Popen[bytes]:
        settings = {
            "bind": "127.0.0.1",
            "port": self.port,
            "requirepass": self._password(),
            "dir": f'"{self.folder}"',
            "save": '""',
            "appendonly": "yes" if self.durable else "no",
            "appendfsync": "everysec",
            "maxmemory-policy": "noeviction",
        }
        configuration = self.folder / "valkey.conf"
        lines = [f"{key} {value}\n" for key, value in settings.items()]
        write_private(configuration, "".join(lines))
        leash = processes.leashed([str(valkey_binary()), str(configuration)])
        return processes.spawn(leash, log=self.log)


def run(command: list[str]) -> int:
    """Run a command between throw-away servers; its exit code, or 128 + n for signal n."""
    passed_on = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    # Blocked from here on, so that none can come between two steps: they are read below.
    signal.pthread_sigmask(signal.SIG_BLOCK, {*passed_on, signal.SIGCHLD})
    folder = Path(tempfile.mkdtemp(prefix="attestation-registry-"))
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        for variable, kind in (("DATABASE_URL", Postgres), ("REDIS_URL", Valkey)):
            if variable not in os.environ:
                server = kind(folder / kind.name, durable=False)
                stack.callback(server.stop)
                os.environ[variable] = server.start()
        child = subprocess.Popen(processes.leashed(command))
        while child.poll() is None:
            news = signal.sigwaitinfo({*passed_on, signal.SIGCHLD})
            # A key of the terminal (the kernel speaks, no sender) has reached the child already.
            if news.si_signo in passed_on and news.si_pid != 0:
                child.send_signal(news.si_signo)
    return child.returncode if child.returncode >= 0 else 128 - child.returncode


def main(arguments: list[str]) -> int:
    """The command line: everything after `--` is the command."""
    if arguments[:1] != ["--"] or len(arguments) < 2:
        sys.stderr.write("usage: python -m config.embedded -- COMMAND ...\n")
        return 2
    return run(arguments[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
