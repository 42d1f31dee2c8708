"""Files on two tracks: the same as on one, and stopped at any moment they go on where they were."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from attestations.models import Attestation, Decision, FactChange, FileImport
from attestations.services.import_lines import Source
from attestations.services.imports import import_file
from tests import processes
from tests.attestations.decision_files import NUMBER, body, run, write
from tests.factories import CpasFactory


def random_lines(seed: int) -> list[dict[str, object]]:
    """Decisions of a few persons, who return in chunk after chunk, with households among them."""
    chance = random.Random(seed)
    lines = []
    for _ in range(120):
        start = date(2026, 1, 1) + timedelta(days=chance.randint(0, 900))
        end = start + timedelta(days=chance.randint(0, 40))
        serial, other = chance.sample(range(1, 16), 2)
        line = body(serial, startDate=str(start), endDate=str(end), decidedOn="2026-03-01")
        if chance.random() < 0.3:
            line["household"] = [{"ssin": body(other)["ssin"], "relation": "child"}]
        lines.append(line)
    return lines


def first_come(lines: list[dict[str, object]]) -> list[int]:
    """The numbers of the lines that no earlier one of their person stands in the way of."""
    kept: list[int] = []
    for number, line in enumerate(lines, start=1):
        before = [lines[one - 1] for one in kept if lines[one - 1]["ssin"] == line["ssin"]]
        if not any(
            str(one["startDate"]) <= str(line["endDate"])
            and str(line["startDate"]) <= str(one["endDate"])
            for one in before
        ):
            kept.append(number)
    return kept


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", range(3))
def test_in_two_tracks_the_first_line_wins(tmp_path, seed):
    CpasFactory(enterprise_number=NUMBER)
    lines = random_lines(seed)
    kept = first_come(lines)

    _, err, _ = run(write(tmp_path / "a.ndjson", *lines), "--cpas", NUMBER, "--chunk", "4")

    refused = [int(line.split()[1].rstrip(":")) for line in err.splitlines()]
    assert 0 < len(kept) < len(lines)
    assert sorted(kept + refused) == list(range(1, len(lines) + 1))
    assert Attestation.objects.count() == Decision.objects.count() == len(kept)
    changes = FactChange.objects.filter(kind="attestation").order_by("recorded_at", "id")
    versions: dict[int, list[int]] = {}
    for change in changes:
        versions.setdefault(change.person_id, []).append(change.version)
    assert all(found == list(range(1, len(found) + 1)) for found in versions.values())


@pytest.mark.django_db(transaction=True)
def test_where_it_fails_what_was_committed_is_the_beginning_of_the_file(tmp_path):
    cpas = CpasFactory(enterprise_number=NUMBER)
    path = write(tmp_path / "a.ndjson", *(body(serial) for serial in range(60)))
    source = Source(path, "ndjson", cpas.pk, {})

    def fail(found: FileImport, refused: object) -> None:
        if found.lines_done >= 25:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        import_file(source, report=fail, chunk=5)

    assert FileImport.objects.get().lines_done == Decision.objects.count() == 25
    done = import_file(source, report=lambda *_: None, chunk=5)
    assert (done.accepted, done.rejected, Decision.objects.count()) == (60, 0, 60)


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


def press_ctrl_c(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) != 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("end", [kill, press_ctrl_c])
def test_stopped_and_started_again_it_goes_on_without_doubling(tmp_path, end):
    CpasFactory(enterprise_number=NUMBER)
    lines = 900
    path = write(tmp_path / "a.ndjson", *(body(serial) for serial in range(lines)), "{")

    stopped = start(path)
    while not FileImport.objects.filter(accepted__gte=50).exists():
        assert stopped.poll() is None, "it ended before it could be stopped"
    end(stopped)
    again = start(path)  # at once: what the first one sent last may not be committed yet
    stopped.communicate()
    out, err = again.communicate(timeout=60)

    assert again.returncode == 1
    named = [line for line in err.splitlines() if line.startswith("line ")]
    assert [line.partition(": The")[0] for line in named] == [f"line {lines + 1}: body"]
    assert Decision.objects.count() == lines
    assert Attestation.objects.values("person").distinct().count() == lines
    done = FileImport.objects.get()
    assert (done.accepted, done.rejected, done.lines_done) == (lines, 1, lines + 1)
    begun_at = int(out.split()[0])
    assert 50 <= begun_at < lines
