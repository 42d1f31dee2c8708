"""The supervisor, over real processes that do nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from config import processes
from config.demo.supervisor import Program, Supervisor, birth, end_leftovers
from config.embedded import Valkey

# A main process that never ends by itself, and one child in the same group.
PARENT = [
    sys.executable,
    "-c",
    "import subprocess, signal; subprocess.Popen(['sleep', '300']); signal.pause()",
]


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    supervisor = Supervisor(record=tmp_path / "processes.json")
    yield supervisor
    supervisor.stop()


def program(tmp_path: Path, command: list[str], name: str = "program") -> Program:
    return Program(name, command, env=os.environ, log=tmp_path / f"{name}.log", seconds=5)


def eventually(holds: object, *, seconds: float = 5) -> bool:
    return processes.wait_until(holds, seconds=seconds)  # type: ignore[arg-type]


def two_processes(service: Program) -> list[int]:
    """The ids of the main process and its child, once both are there."""
    assert eventually(lambda: len(service.pids()) == 2)
    return service.pids()


def is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_a_killed_program_is_back_within_five_seconds(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    service = program(tmp_path, PARENT)
    supervisor.add(service)
    supervisor.watch()
    main, child = two_processes(service)
    os.kill(main, signal.SIGKILL)
    # One look at a time: between two of them the killed one may end and the new one begin.
    assert eventually(lambda: len(pids := service.pids()) == 2 and main not in pids)
    assert is_gone(child), "the child of the killed program runs beside the new one"


def test_a_killed_server_is_back_at_the_same_address(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    server = Valkey(tmp_path / "valkey", durable=False)
    supervisor.add(server)
    assert eventually(server.ready)
    supervisor.watch()
    address, pid = server.url, server.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert eventually(lambda: server.pid != pid and server.ready())
    assert server.url == address


def test_every_change_of_the_processes_is_told(supervisor: Supervisor, tmp_path: Path) -> None:
    told: list[dict[str, list[int]]] = []
    supervisor.changed = told.append
    service = program(tmp_path, PARENT)
    supervisor.add(service)
    supervisor.watch()
    main, child = two_processes(service)
    assert eventually(lambda: {"program": [main, child]} in told)
    os.kill(child, signal.SIGKILL)
    assert eventually(lambda: child not in told[-1]["program"])
    os.kill(main, signal.SIGKILL)
    assert eventually(lambda: main not in told[-1]["program"] and len(told[-1]["program"]) == 2)


def test_a_program_that_dies_at_once_is_not_started_without_rest(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    service = program(tmp_path, ["sh", "-c", "echo started"])
    supervisor.add(service)
    supervisor.watch()
    assert eventually(lambda: service.log.read_text().count("started") == 2)
    first, second = supervisor._started["program"], 0.0
    assert eventually(lambda: supervisor._started["program"] != first)
    second = supervisor._started["program"]
    assert second - first >= 1


def test_stopping_leaves_nothing(supervisor: Supervisor, tmp_path: Path) -> None:
    stubborn = "trap '' TERM; sleep 300 & echo ready; while :; do wait; done"
    services = [
        program(tmp_path, PARENT, "kind"),
        program(tmp_path, ["sh", "-c", stubborn], "stubborn"),
    ]
    services[1].seconds = 0.2
    for service in services:
        supervisor.add(service)
    supervisor.watch()
    assert eventually(lambda: "ready" in services[1].log.read_text())
    pids = [pid for service in services for pid in two_processes(service)]
    supervisor.stop()
    assert [pid for pid in pids if not is_gone(pid)] == []
    assert not (tmp_path / "processes.json").exists()


def test_what_a_killed_supervisor_leaves_is_ended_by_the_next(tmp_path: Path) -> None:
    # Its programs are freed from the leash first, as on a machine without one.
    owner = (
        "from config import processes; leashed = processes.leashed;"
        "processes.leashed = lambda command: leashed(command, last_signal=0);" + OWNER
    )
    # Its owner lives until it runs: it does not begin without one.
    ends = "\nwhile 'up' not in (here / 'log').read_text(): pass\nos._exit(0)"
    run = subprocess.run(
        [sys.executable, "-c", owner + ends, str(tmp_path)],
        check=True,
        capture_output=True,
        text=True,
    )
    pid = int(run.stdout)
    assert not is_gone(pid)
    assert end_leftovers(tmp_path / "record") == [pid]
    assert is_gone(pid)
    assert end_leftovers(tmp_path / "record") == []


# Supervises a program and prints its process id; `sys.argv[1]` is a folder to work in.
OWNER = (
    "import sys, os, signal; from pathlib import Path;"
    "from config.demo.supervisor import Program, Supervisor; here = Path(sys.argv[1]);"
    "command = ['sh', '-c', 'echo up; exec sleep 300'];"
    "service = Program('p', command, env=os.environ, log=here / 'log', seconds=1);"
    "supervisor = Supervisor(record=here / 'record'); supervisor.add(service);"
    "print(service.process.pid, flush=True)"
)


def test_a_stranger_who_got_the_number_of_a_dead_process_is_spared(tmp_path: Path) -> None:
    stranger = subprocess.Popen(["sleep", "300"])
    try:
        began = birth(stranger.pid)
        assert began is not None
        record = tmp_path / "processes.json"
        record.write_text(json.dumps({str(stranger.pid): began - 60}))
        assert end_leftovers(record) == []
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_programs_end_with_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER + "; signal.pause()", str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert owner.stdout is not None
    pid = int(owner.stdout.readline())
    # Not before the leash is on: until then it is Python, afterwards the command.
    assert eventually(lambda: psutil.Process(pid).name() == "sleep")
    owner.kill()
    owner.wait()
    owner.stdout.close()
    assert eventually(lambda: is_gone(pid))
