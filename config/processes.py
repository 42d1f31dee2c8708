"""Child processes that cannot outlive this one, and the stopping of what an earlier run left.

Everything here concerns processes of this machine only; nothing knows of Django.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import psutil

LEASH = Path(__file__).with_name("leash.py")
# Outside the range from which Linux takes local ports of outgoing connections: a client that
# retries on a port of that range can end up connected to itself, and keep the port from the
# server that is coming back.
PORTS = range(15_000, 32_000)


def leashed(
    command: list[str],
    *,
    last_signal: signal.Signals = signal.SIGTERM,
    user: tuple[int, int] | None = None,
    reach: bool = False,
) -> list[str]:
    """The command line of a command that gets `last_signal` when the calling thread ends.

    `user` is the (uid, gid) to run as, for which this process must be root; `reach` lets that
    user pass through folders closed to it.
    """
    uid, gid = user or (-1, -1)
    words = [str(int(word)) for word in (last_signal, os.getpid(), uid, gid, reach)]
    return [sys.executable, "-I", "-S", str(LEASH), *words, *command]


def spawn(
    leash: list[str], *, log: Path, env: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start a leashed command in a session of its own, its output appended to `log`."""
    with log.open("ab") as output:
        return subprocess.Popen(
            leash,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=env,
            start_new_session=True,
        )


def has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Whether the process is gone, its exit status left unread.

    While it is unread the kernel keeps the process id, and therefore the process group, from
    being given to anybody else: the group may still be signalled safely.
    """
    if process.returncode is not None:
        return True
    flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
    return os.waitid(os.P_PID, process.pid, flags) is not None


def stop_group(
    process: subprocess.Popen[bytes], *, first: signal.Signals = signal.SIGTERM, seconds: float
) -> None:
    """End a spawned command with `first`, then kill what is left of its group.

    The command has `seconds` to end; zero kills at once.
    """
    if process.returncode is not None:
        return
    if seconds and not has_ended(process):
        process.send_signal(first)
        wait_until(lambda: has_ended(process), seconds=seconds)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    # Killed is not yet gone: it may still hold a port for a moment.
    wait_until(lambda: not in_group(process.pid), seconds=5)
    process.wait()


def in_group(leader: int) -> list[int]:
    """The processes of the group that this process leads or led, without those that ended."""
    found = []
    for pid in psutil.pids():
        with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
            if os.getpgid(pid) == leader and not is_zombie(psutil.Process(pid)):
                found.append(pid)
    return found


def is_zombie(process: psutil.Process) -> bool:
    """Whether it ended and its parent has not taken notice yet."""
    return bool(process.status() == psutil.STATUS_ZOMBIE)


def wait_until(holds: Callable[[], bool], *, seconds: float, pause: float = 0.02) -> bool:
    """Ask again and again until it holds; False when it did not within `seconds`."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True


def working_in(folder: Path, *, name: str) -> list[psutil.Process]:
    """Processes called `name` whose working directory is exactly this folder."""
    found = []
    for process in psutil.process_iter(["name"]):
        if process.info["name"] != name:
            continue
        with contextlib.suppress(psutil.Error, OSError):
            if Path(process.cwd()) == folder:
                found.append(process)
    return found


def end(strangers: Iterable[psutil.Process], *, first: signal.Signals, seconds: float) -> None:
    """End processes that are not our children, and their children with them.

    Those whose parent is not among them get `first`; all that are left after `seconds` are
    killed.
    """
    left = list(strangers)
    ids = {process.pid for process in left}
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.ppid() not in ids:
                process.send_signal(first)
    _, left = psutil.wait_procs(left, timeout=seconds)
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(left, timeout=5)


def family(pid: int) -> list[int]:
    """A process and all its descendants that run, the process first; empty when it is gone."""
    found = []
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        for member in [process, *process.children(recursive=True)]:
            with contextlib.suppress(psutil.NoSuchProcess):
                if not is_zombie(member):
                    found.append(member.pid)
    return found


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of 127.0.0.1 now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_port() -> int:
    """A port of 127.0.0.1 on which nobody listens, chosen at random."""
    candidates = random.sample(PORTS, 200)
    return next(port for port in candidates if is_free(port))
