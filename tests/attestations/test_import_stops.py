"""Imports by processes of their own, stopped and killed at any moment: they go on from there."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from attestations.models import Attestation, Decision, FileImport
from attestations.services.import_lines import Source
from attestations.services.imports import import_file
from tests import processes
from tests.attestations.decision_files import NUMBER, body, write
from tests.factories import CpasFactory


def start(path: Path) -> subprocess.Popen[str]:
    """An import by a process of its own, in chunks of five lines."""
    command = [sys.executable, "manage.py", "import_decisions", str(path), "--cpas", NUMBER]
    return subprocess.Popen(
        [*command, "--chunk", "5"],
        cwd=processes.ROOT,
        env=processes.environment("redis://127.0.0.1:1/0"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def kill(process: subprocess.Popen[str]) -> None:
    processes.kill(process)


def kill_it_alone(process: subprocess.Popen[str]) -> None:
    """And not the processes that record for it."""
    process.kill()
    process.wait()


def ask(process: subprocess.Popen[str], number: signal.Signals) -> None:
    """It ends behind the parts in hand, and says how to go on."""
    process.send_signal(number)
    assert process.wait(timeout=30) == 130
    assert process.stderr is not None
    said = process.stderr.read()
    assert said.endswith("Start it again to go on.\n")
    assert "Traceback" not in said
    done = FileImport.objects.get()
    assert Decision.objects.count() == done.accepted


def press_ctrl_c(process: subprocess.Popen[str]) -> None:
    ask(process, signal.SIGINT)


def terminate(process: subprocess.Popen[str]) -> None:
    ask(process, signal.SIGTERM)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "ends",
    [
        (kill, kill_it_alone, kill_it_alone),
        (press_ctrl_c, kill),
        (kill, *[press_ctrl_c] * 4),
        (terminate, press_ctrl_c, press_ctrl_c),
    ],
)
def test_stopped_again_and_again_it_goes_on_without_doubling(tmp_path, ends):
    CpasFactory(enterprise_number=NUMBER)
    lines = 1_200
    path = write(tmp_path / "a.ndjson", *(body(serial) for serial in range(lines)), "{")

    stopped = []
    for end in ends:
        before = Decision.objects.count()
        running = start(path)  # at once: what the one before sent last may not be committed yet
        while not FileImport.objects.filter(accepted__gte=before + 50).exists():
            assert running.poll() is None, "it ended before it could be stopped"
        end(running)
        stopped.append(running)
    before = FileImport.objects.get().lines_done
    again = start(path)
    for running in stopped:
        running.communicate()
    out, err = again.communicate(timeout=60)

    assert again.returncode == 1
    named = [line for line in err.splitlines() if line.startswith("line ")]
    assert [line.partition(": The")[0] for line in named] == [f"line {lines + 1}: body"]
    assert Decision.objects.count() == lines
    assert Attestation.objects.values("person").distinct().count() == lines
    done = FileImport.objects.get()
    assert (done.accepted, done.rejected, done.lines_done) == (lines, 1, lines + 1)
    begun = next(line for line in out.splitlines() if " of about " in line)
    assert 50 <= before <= int(begun.split()[0].replace(",", "")) < lines


@pytest.mark.django_db(transaction=True)
def test_where_a_process_that_records_is_killed_the_rest_can_be_taken_up(tmp_path):
    cpas = CpasFactory(enterprise_number=NUMBER)
    path = write(tmp_path / "a.ndjson", *(body(serial) for serial in range(1_200)))
    running = start(path)
    while not FileImport.objects.filter(accepted__gte=50).exists():
        assert running.poll() is None, "it ended before one of its processes could be killed"
    psutil.Process(running.pid).children()[0].kill()

    _, err = running.communicate(timeout=60)
    before = FileImport.objects.get()
    again = import_file(Source(path, "ndjson", cpas.pk, {}), report=lambda *_: None)

    assert running.returncode == 1
    assert err.splitlines()[-1] == (
        "CommandError: A process that did part of the work was ended from outside."
        " Start it again to go on."
    )
    assert "Traceback" not in err
    assert before.finished_at is None
    assert before.accepted < 1_200
    assert (again.accepted, again.rejected, Decision.objects.count()) == (1_200, 0, 1_200)
