"""Rings heard while a task runs: answered by the same process, or passed on, and never lost."""

from __future__ import annotations

from typing import Any

import pytest
from celery import Celery

from attestations import bell, rung
from attestations.bell import Bell
from attestations.rung import RungTask

RING = Bell.ring  # as it is before the tests silence it


@pytest.fixture
def stages(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Three stages that ring for each other; the last is no task to run at once."""
    monkeypatch.setattr(Bell, "ring", RING)
    app = Celery("stages", set_as_current=False)
    done: list[str] = []
    passed_on: list[Any] = []
    monkeypatch.setattr(rung, "pass_on", passed_on.append)
    first_bell, second_bell = Bell("first"), Bell("second")

    @app.task(base=RungTask)
    def first(fails: bool = False) -> str:
        first_bell.ring()
        first_bell.ring()
        done.append("first")
        if fails:
            raise ZeroDivisionError
        return "what it gives"

    @app.task(base=RungTask, at_once=True)
    def second() -> None:
        second_bell.ring()
        done.append("second")

    @app.task(base=RungTask)
    def third() -> None:
        done.append("third")

    first_bell.listen(second.ring)
    second_bell.listen(third.ring)
    return first, second, third, done, passed_on


def test_the_stage_below_runs_once_after_the_one_that_rang(stages: Any) -> None:
    first, _, third, done, passed_on = stages

    assert first() == "what it gives"

    assert done == ["first", "second"]
    assert passed_on == [third.ring]


def test_a_task_that_fails_passes_on_what_it_had_rung_for(stages: Any) -> None:
    first, second, _, done, passed_on = stages

    with pytest.raises(ZeroDivisionError):
        first(fails=True)

    assert done == ["first"]
    assert passed_on == [second.ring]


def test_a_stage_that_fails_below_leaves_the_others_to_be_passed_on(
    stages: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third, done, passed_on = stages
    monkeypatch.setattr(second, "run", lambda: 1 / 0)
    bell_of_two = Bell("two")
    bell_of_two.listen(second.ring)
    bell_of_two.listen(third.ring)
    monkeypatch.setattr(first, "run", bell_of_two.ring)

    with pytest.raises(ZeroDivisionError):
        first()

    assert done == []
    assert passed_on == [third.ring]


def test_outside_a_task_a_ring_is_passed_on(stages: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    _, second, _, done, _ = stages
    passed_on: list[Any] = []
    monkeypatch.setattr(bell, "pass_on", passed_on.append)
    alone = Bell("alone")
    alone.listen(second.ring)

    alone.ring()

    assert done == []
    assert passed_on == [second.ring]
