"""The embedded servers: real ones are started, killed, found again and stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from config import processes
from config.embedded import Postgres, Server, ServerError, Valkey
from config.wheels import open_to_all

Start = Callable[..., Server]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a server in a folder of the test; all are stopped afterwards."""
    started: list[Server] = []

    def _start(kind: type[Server], folder: str = "server", *, durable: bool = False) -> Server:
        server = kind(tmp_path / folder, durable=durable)
        started.append(server)
        server.start()
        return server

    yield _start
    for server in started:
        server.stop()


def ask(server: Server, statement: str) -> object:
    with psycopg.connect(server.url, autocommit=True) as link:
        row = link.execute(statement).fetchone()
    assert row is not None
    return row[0]


def client(server: Server) -> redis.Redis:
    return redis.Redis.from_url(server.url, decode_responses=True)


def kill(pid: int | None) -> None:
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


def running_in(server: Server) -> list[psutil.Process]:
    return processes.working_in(server.working_folder, name=server.program)


def is_gone(pid: int) -> bool:
    """Whether the process ended; what nobody has waited for yet counts as ended."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_postgres_is_a_superusers_own_database_with_the_settings_promised(start: Start) -> None:
    server = start(Postgres, durable=True)
    assert ask(server, "SELECT current_user || current_database()") == "registryregistry"
    assert ask(server, "SHOW is_superuser") == "on"
    assert ask(server, "SHOW server_encoding") == "UTF8"
    assert ask(server, "SHOW max_connections") == "200"
    assert ask(server, "SHOW idle_in_transaction_session_timeout") == "1min"
    assert ask(server, "SHOW fsync") == "on"


def test_only_throw_away_servers_give_up_safety(start: Start) -> None:
    assert ask(start(Postgres), "SHOW fsync") == "off"
    assert client(start(Valkey, "throwaway")).config_get("appendonly") == {"appendonly": "no"}
    durable = client(start(Valkey, "durable", durable=True))
    assert durable.config_get("appendonly") == {"appendonly": "yes"}
    assert durable.config_get("appendfsync") == {"appendfsync": "everysec"}
    assert durable.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


def test_both_ask_for_the_password(start: Start) -> None:
    postgres, valkey = start(Postgres, "postgres"), start(Valkey, "valkey")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(f"postgresql://registry:guess@127.0.0.1:{postgres.port}/registry")
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=valkey.port).ping()
    assert (postgres.folder / "password").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("kind", [Postgres, Valkey])
def test_a_stopped_server_is_gone_and_keeps_its_data(start: Start, kind: type[Server]) -> None:
    server = start(kind, durable=True)
    remember(server, "kept")
    pid = server.pid
    server.stop()
    assert not server.alive()
    assert is_gone(pid or 0)
    assert running_in(server) == []
    assert recall(start(kind, durable=True)) == "kept"


@pytest.mark.parametrize("kind", [Postgres, Valkey])
def test_a_killed_server_comes_back_at_the_same_address(start: Start, kind: type[Server]) -> None:
    server = start(kind, durable=True)
    remember(server, "kept")
    address, pid = server.url, server.pid
    kill(pid)
    assert processes.wait_until(lambda: not server.alive(), seconds=5)
    assert server.start() == address
    assert server.pid != pid
    if kind is Postgres:  # Valkey may lose the last second
        assert recall(server) == "kept"


@pytest.mark.parametrize("kind", [Postgres, Valkey])
def test_two_servers_run_side_by_side(start: Start, kind: type[Server]) -> None:
    first, second = start(kind, "first"), start(kind, "second")
    remember(first, "one")
    remember(second, "two")
    assert (recall(first), recall(second)) == ("one", "two")


@pytest.mark.parametrize("kind", [Postgres, Valkey])
def test_a_folder_serves_one_owner_at_a_time(start: Start, kind: type[Server]) -> None:
    server = start(kind)
    with pytest.raises(ServerError, match="in use by another process"):
        start(kind)
    assert server.ready()


@pytest.mark.parametrize("kind", [Postgres, Valkey])
def test_what_a_killed_owner_left_running_is_stopped_first(
    start: Start, kind: type[Server], tmp_path: Path
) -> None:
    folder = tmp_path / "server"
    orphan = int(
        subprocess.run(
            [sys.executable, "-c", ORPHAN_MAKER, kind.__name__, str(folder)],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
    )
    assert not is_gone(orphan)
    server = start(kind)
    assert is_gone(orphan)
    assert server.ready()
    assert server.pid in [process.pid for process in running_in(server)]


# An owner that dies at once, its server freed from the leash first, as on a machine without one.
ORPHAN_MAKER = """
import os, sys
from pathlib import Path
from config import embedded, processes
leashed = processes.leashed
processes.leashed = lambda command, **how: leashed(command, **{**how, "last_signal": 0})
server = getattr(embedded, sys.argv[1])(Path(sys.argv[2]), durable=False)
server.start()
print(server.pid, flush=True)
os._exit(0)
"""


def test_a_stale_pid_file_that_names_a_stranger_harms_nobody(start: Start) -> None:
    server = start(Postgres)
    server.stop()
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        lines = [stranger.pid, server.working_folder, 0, server.port, "", "127.0.0.1", 0, "ready"]
        pid_file = server.working_folder / "postmaster.pid"
        pid_file.write_text("".join(f"{line}\n" for line in lines))
        assert start(Postgres).ready()
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_cluster_half_made_is_made_again(start: Start, tmp_path: Path) -> None:
    half = tmp_path / "server" / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    assert ask(start(Postgres), "SELECT 1") == 1


def test_the_folder_may_be_deep_closed_and_strangely_named(start: Start, tmp_path: Path) -> None:
    deep = "/".join(["closed", "d" * 60, "d" * 60, "d" * 60, "a folder's \u00e9t\u00e9"])
    (tmp_path / "closed").mkdir(mode=0o700)
    postgres, valkey = start(Postgres, f"{deep}/pg"), start(Valkey, f"{deep}/valkey")
    assert not open_to_all(postgres.folder)
    assert ask(postgres, "SELECT 1") == 1
    assert client(valkey).ping()


def test_a_server_that_cannot_start_says_where_its_log_is(start: Start) -> None:
    server = start(Postgres)
    server.stop()
    (server.working_folder / "postgresql.conf").write_text("no such setting\n")
    with pytest.raises(ServerError, match=str(server.log)):
        server.start()


def remember(server: Server, value: str) -> None:
    if isinstance(server, Postgres):
        with psycopg.connect(server.url, autocommit=True) as link:
            link.execute(f"CREATE TABLE kept AS SELECT '{value}' AS value")
    else:
        client(server).set("kept", value)


def recall(server: Server) -> object:
    if isinstance(server, Postgres):
        return ask(server, "SELECT value FROM kept")
    return client(server).get("kept")


class TestCommandLine:
    @staticmethod
    def start(program: str, **env: str) -> subprocess.Popen[str]:
        environment = {key: value for key, value in os.environ.items() if not key.endswith("_URL")}
        return subprocess.Popen(
            [sys.executable, "-m", "config.embedded", "--", sys.executable, "-c", program],
            env={**environment, **env},
            stdout=subprocess.PIPE,
            text=True,
        )

    def test_the_command_finds_both_servers_and_its_exit_code_is_ours(self, tmp_path: Path) -> None:
        run = self.start(SHOW_SERVERS + "raise SystemExit(7)", TMPDIR=str(tmp_path))
        output, _ = run.communicate(timeout=60)
        assert run.returncode == 7
        assert output.split()[2:] == ["1", "True"]
        assert all(is_gone(int(pid)) for pid in output.split()[:2])
        assert list(tmp_path.iterdir()) == []

    def test_addresses_already_set_are_left_alone(self, tmp_path: Path) -> None:
        program = "import os; print(os.environ['DATABASE_URL'], os.environ['REDIS_URL'])"
        run = self.start(program, DATABASE_URL="a", REDIS_URL="b", TMPDIR=str(tmp_path))
        assert run.communicate(timeout=60)[0].split() == ["a", "b"]

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_signals_reach_the_command_and_nothing_stays(
        self, number: signal.Signals, tmp_path: Path
    ) -> None:
        told = f"import signal, sys; signal.signal({number:d}, lambda *_: sys.exit(9));"
        wait = "print(flush=True); signal.pause()"
        run = self.start(told + SHOW_SERVERS + wait, TMPDIR=str(tmp_path))
        assert run.stdout is not None
        servers = [int(pid) for pid in run.stdout.readline().split()[:2]]
        run.stdout.readline()
        run.send_signal(number)
        assert run.wait(timeout=60) == 9
        assert all(is_gone(pid) for pid in servers)
        assert list(tmp_path.iterdir()) == []
        run.stdout.close()

    def test_a_command_ended_by_a_signal_gives_128_and_its_number(self, tmp_path: Path) -> None:
        run = self.start("import os; os.kill(os.getpid(), 9)", TMPDIR=str(tmp_path))
        run.communicate(timeout=60)
        assert run.returncode == 137

    def test_killed_itself_it_takes_the_servers_along(self, tmp_path: Path) -> None:
        run = self.start(
            SHOW_SERVERS + "print(flush=True); import signal; signal.pause()", TMPDIR=str(tmp_path)
        )
        assert run.stdout is not None
        servers = [int(pid) for pid in run.stdout.readline().split()[:2]]
        run.kill()
        run.wait()
        assert processes.wait_until(lambda: all(is_gone(pid) for pid in servers), seconds=20)
        run.stdout.close()


# Prints the process ids of both servers and what they answer, on one line.
SHOW_SERVERS = """
import os, psutil, psycopg, redis
servers = psutil.Process(os.getppid()).children()
pids = [child.pid for child in servers if child.name() in ("postgres", "valkey-server")]
one = psycopg.connect(os.environ["DATABASE_URL"]).execute("SELECT 1").fetchone()[0]
pong = redis.Redis.from_url(os.environ["REDIS_URL"]).ping()
print(*pids, one, pong, flush=True)
"""
