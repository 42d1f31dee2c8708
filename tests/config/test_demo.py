"""The demonstration: its folder, its port, its recipient's keys, and the whole of it once."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
import redis
import yaml

from attestations.ssin import make_ssin
from config import processes
from config.demo.configuration import tell_recipient
from config.demo.running import NotStarted, reserve_port
from config.demo.state import State, StateInUse
from partners.signing import new_secret, public_key


def test_secrets_are_made_once_and_are_private(tmp_path: Path) -> None:
    with State(tmp_path / "not" / "there" / "yet") as state:
        secrets = state.secrets()
        assert state.secrets() == secrets
        assert {"SECRET_KEY", "SSIN_KEYS", "ADMIN_PASSWORD"} <= secrets.keys()
        assert (state.folder / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_a_folder_runs_one_demonstration_at_a_time(tmp_path: Path) -> None:
    with State(tmp_path), pytest.raises(StateInUse, match="--state DIR"):
        State(tmp_path)
    with State(tmp_path) as state:
        assert state.folder == tmp_path


def test_demonstrations_that_start_together_get_different_ports() -> None:
    first, reservation = reserve_port(None)
    with reservation:
        second, other = reserve_port(None)
        other.close()
        assert second > first >= 8000
        with pytest.raises(NotStarted, match="--port"):
            reserve_port(first)


def test_a_port_on_which_somebody_listens_is_not_taken() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
        with pytest.raises(NotStarted, match="--port"):
            reserve_port(port)


def test_the_recipient_gets_the_keys_of_what_is_pushed_to_it(tmp_path: Path) -> None:
    shared, private = new_secret("v1"), new_secret("v1a")
    here, elsewhere = "http://127.0.0.1:20000", "https://elsewhere.example"
    subscriptions = [
        {"endpoint": f"{here}/hooks/mutuality", "secret": shared},
        {"endpoint": f"{here}/hooks/energy", "secret": private},
        {"endpoint": f"{elsewhere}/hooks/other", "secret": new_secret()},
        {"legalContext": "for polling only"},
    ]
    (tmp_path / "a.yaml").write_text(yaml.safe_dump({"subscriptions": subscriptions}))
    (tmp_path / "b.yaml").write_text(
        yaml.safe_dump({"organisations": [{"code": "energy", "names": {"fr": "Énergie"}}]})
    )
    tell_recipient(tmp_path, [tmp_path / "a.yaml", tmp_path / "b.yaml"], receiver_url=here)
    assert json.loads((tmp_path / "recipient.json").read_text()) == {
        "secrets": {"mutuality": [shared], "energy": [public_key(private)]},
        "names": {"energy": {"fr": "Énergie"}},
    }


class Run:
    """A demonstration in a process of its own, as `make demo` starts it."""

    def __init__(self, state: Path, *words: str) -> None:
        self.state = state
        self.file = state / "demo.json"
        # Started by the tests' own servers it would use those; it is to start its own.
        self.env = {key: value for key, value in os.environ.items() if not key.endswith("_URL")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "config.demo", *words, "--state", str(state)],
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    @property
    def demo(self) -> dict[str, Any]:
        demo: dict[str, Any] = json.loads(self.file.read_text())
        return demo

    def pids(self) -> list[int]:
        return [pid for each in self.demo["pids"].values() for pid in each]

    def wait_until_up(self) -> None:
        up = processes.wait_until(
            lambda: self.file.exists() or self.process.poll() is not None, seconds=120
        )
        assert up
        assert self.process.poll() is None, self.process.communicate()[0]

    def manage(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command of manage.py on this demonstration, as `make manage` runs it."""
        command = [sys.executable, "-m", "config.demo.manage", "--state", str(self.state), *words]
        return subprocess.run(command, env=self.env, capture_output=True, text=True, timeout=300)

    def answers(self) -> bool:
        """Whether the web server, PostgreSQL and Valkey do."""
        try:
            with urllib.request.urlopen(f"{self.demo['baseUrl']}/registry/v1/health") as answer:
                healthy = answer.status == 200
            psycopg.connect(self.demo["databaseUrl"], connect_timeout=2).close()
            with redis.Redis.from_url(self.demo["redisUrl"]) as client:
                return bool(client.ping()) and healthy
        except (OSError, psycopg.OperationalError, redis.RedisError):
            return False


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    run = Run(tmp_path / "state", "--empty")
    yield run
    run.process.terminate()
    run.process.communicate()


@pytest.fixture
def whole(tmp_path: Path) -> Iterator[Run]:
    """A demonstration with its configuration and its persons."""
    run = Run(tmp_path / "state")
    yield run
    run.process.terminate()
    run.process.communicate()


def is_gone(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def test_the_whole_comes_up_comes_back_and_leaves_nothing(run: Run) -> None:
    run.wait_until_up()
    assert {"baseUrl", "receiverUrl", "adminUrl", "admin", "clients", "pids"} <= run.demo.keys()
    first = run.demo["pids"]
    assert first.keys() == {"web", "worker", "beat", "recipient", "postgres", "valkey"}
    assert run.answers()

    everything = run.pids()
    for pid in everything:
        if not is_gone(pid):
            os.kill(pid, signal.SIGKILL)
    back = processes.wait_until(
        lambda: (
            not set(run.pids()) & set(everything)
            and all(len(run.demo["pids"][name]) >= len(pids) for name, pids in first.items())
            and run.answers()
        ),
        seconds=60,  # five on a machine that does nothing else
    )
    assert back, run.demo["pids"]

    everything = run.pids()
    run.process.send_signal(signal.SIGINT)
    output, _ = run.process.communicate(timeout=60)
    assert run.process.returncode == 0, output
    assert "the demonstration is up" in output
    assert [pid for pid in everything if not is_gone(pid)] == []
    assert not run.file.exists()


def test_manage_finds_the_running_demonstration(whole: Run, tmp_path: Path) -> None:
    absent = whole.manage("doctor")  # not up yet
    assert (absent.returncode, absent.stdout) == (1, "")
    assert "No demonstration is running in" in absent.stderr

    whole.wait_until_up()
    demo = whole.demo
    namur = demo["clients"]["cpas-namur"]["enterpriseNumber"]
    file = tmp_path / "decisions.csv"
    file.write_text(
        "ssin,aidKind,decidedOn,startDate,reference\n"
        f"{make_ssin(date(1990, 1, 1), 77).number},integrationIncome,2026-03-02,2026-03-02,2026/1\n"
    )
    imported = whole.manage("import_decisions", str(file), "--cpas", namur)
    assert "1 decision recorded, 0 lines refused." in imported.stdout, imported.stderr
    assert whole.manage("derive_everyone").returncode == 0
    verified = whole.manage("verify_receipts")
    assert (verified.returncode, "0 of them wrong" in verified.stdout) == (0, True), verified.stderr
    # Its key is that of the endpoint named.
    graded = whole.manage("grade_recipient", f"{demo['receiverUrl']}/hooks/mutualities")
    assert graded.returncode == 0, graded.stdout
    examined = whole.manage("doctor")
    assert examined.returncode == 0, examined.stdout
    assert whole.manage("no_such_command").returncode != 0
