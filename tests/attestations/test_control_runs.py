"""Runs of the control: cut into parts, shared, cut off, and gone on with."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction

from attestations import tasks
from attestations.models import (
    BackgroundTask,
    ControlPart,
    ControlRun,
    Cpas,
    MissingAttestation,
)
from attestations.services import control_runs, missing_reports
from attestations.tickets import new_ticket
from benchmarks.claimed import fill
from tests.attestations.controlled import ON, found, run
from tests.processes import ROOT, environment


@pytest.fixture
def claimed(db: None, monkeypatch: pytest.MonkeyPatch) -> int:
    """Three hundred persons in parts of fifty; three of them lack their attestation."""
    monkeypatch.setattr(control_runs, "PART", 50)
    monkeypatch.setattr(missing_reports, "make_due", lambda **_: 0)  # their numbers are not sealed
    cpas = Cpas.objects.create(enterprise_number="0123456749", names={"fr": "CPAS"})
    fill(
        [cpas.pk],
        persons=300,
        months=2,
        start=date(2026, 3, 1),
        end=date(2028, 1, 1),
        decided_on=date(2026, 3, 5),
    )
    return 300


def test_a_run_is_cut_into_parts_and_says_how_far_it_is(claimed):
    task = BackgroundTask.objects.create(kind="control", owner="federal")
    current = control_runs.begin(on=ON, ticket=new_ticket())
    assert current.parts.count() == 6

    control_runs.work(current)
    control_runs.work(current)

    shown = control_runs.progress(current)
    assert (shown.total, shown.done) == (claimed, 100)
    assert shown.rate > 0
    assert shown.remaining is not None
    task.refresh_from_db()
    assert (task.status, task.total, task.accepted) == ("processing", claimed, 100)
    assert task.result["personsPerSecond"] > 0
    assert not control_runs.finish(current)

    while control_runs.work(current):
        pass
    assert control_runs.finish(current)

    task.refresh_from_db()
    assert (task.status, task.accepted, task.result) == (
        "done",
        claimed,
        {"opened": 3, "resolved": 0},
    )
    assert not ControlPart.objects.exists()
    assert not control_runs.finish(current)


def test_a_part_that_fails_is_left_for_others(claimed, monkeypatch):
    current = control_runs.begin(on=ON, ticket=new_ticket())
    with monkeypatch.context() as broken:
        broken.setattr(control_runs, "settle", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            control_runs.work(current)

    assert control_runs.progress(current).done == 0
    run()
    assert len(found(cause="neverSent")) == 3


def test_whoever_asks_during_a_run_joins_it_and_their_task_waits_for_the_next(claimed):
    first = control_runs.begin(on=ON, ticket=new_ticket())
    late = BackgroundTask.objects.create(kind="control", owner="federal")
    assert control_runs.begin(on=ON, ticket=new_ticket()) == first

    run()

    late.refresh_from_db()
    assert late.status == "processing"
    assert control_runs.asked_for()
    run()
    late.refresh_from_db()
    assert late.status == "done"


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """The tasks that would have been queued, in order."""
    queued: list[Any] = []
    for name in ("work_on_control", "report_missing_attestations", "control_missing_attestations"):
        task = getattr(tasks, name)
        monkeypatch.setattr(task, "delay", lambda *args, task=task: queued.append((task, args)))
    return queued


def test_the_workers_share_a_run_and_the_last_one_finishes_it(claimed, sent):
    tasks.control_missing_attestations()
    assert len(sent) == tasks.LANES

    while sent:
        task, args = sent.pop(0)
        task(*args)

    assert ControlRun.objects.get().finished_at is not None
    assert len(found(cause="neverSent")) == 3


def test_a_run_that_lost_its_workers_is_taken_up_again(claimed, sent, monkeypatch):
    current = control_runs.begin(on=ON, ticket=new_ticket())
    control_runs.work(current)
    tasks.resume_control()
    assert sent == []

    monkeypatch.setattr(tasks, "STALLED", timedelta(0))
    tasks.resume_control()

    assert [args for _, args in sent] == [(current.pk,)] * tasks.LANES


def test_a_run_that_was_asked_for_and_not_heard_is_begun(claimed, sent):
    tasks.resume_control()
    assert sent == []
    BackgroundTask.objects.create(kind="control", owner="federal")

    tasks.resume_control()

    assert len(sent) == tasks.LANES


def test_the_command_tells_how_far_it_is(claimed):
    out = io.StringIO()
    options = ("--on", "2026-06-10", "--no-reports")
    call_command("control_missing_attestations", *options, stdout=out)
    lines = out.getvalue().splitlines()
    assert lines[0].startswith("50 of 300 persons, ")
    assert lines[0].endswith(" s to go")
    assert lines[-1].endswith("; 3 opened, 0 resolved.")


@pytest.mark.django_db(transaction=True)
def test_a_run_that_was_killed_goes_on_where_it_was():
    cpas = Cpas.objects.create(enterprise_number="0123456749", names={"fr": "CPAS"})
    fill(
        [cpas.pk],
        persons=20_000,
        months=2,
        start=date(2026, 3, 1),
        end=date(2028, 1, 1),
        decided_on=date(2026, 3, 5),
    )
    options = ("--on", "2026-06-10", "--no-reports")
    command = [sys.executable, "manage.py", "control_missing_attestations", *options]
    started = {"cwd": ROOT, "env": environment("redis://127.0.0.1:1/0"), "text": True}
    with subprocess.Popen(command, stdout=subprocess.PIPE, **started) as process:
        assert process.stdout is not None
        process.stdout.readline()  # the first tenth is done
        process.kill()
    before = set(ControlPart.objects.exclude(done_at=None).values_list("pk", "done_at"))
    assert 0 < len(before) < 20

    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **started)

    run = ControlRun.objects.get()
    assert run.finished_at is not None
    assert (run.persons, run.opened) == (20_000, 200)
    assert MissingAttestation.objects.filter(cause="neverSent").count() == 200
