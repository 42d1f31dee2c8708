"""The control and numbers that are replaced: before it looks, while it looks, and after."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from attestations import clock
from attestations.models import FactChange
from tests.attestations.controlled import found, run

MISSING = [("neverSent", "open")]


@pytest.fixture
def replace(federal: Any) -> Callable[..., None]:
    """Says that a number was replaced."""

    def make(ssin: str, replaced_by: str, date: str = "2026-04-01") -> None:
        body = {"ssin": ssin, "replacedBy": replaced_by, "date": date}
        answer = federal.post("/ssinReplacements", body)
        assert answer.status_code == 201, answer.content

    return make


@pytest.fixture
def claimed_under_the_old_number(
    cpas: Any, claim: Any, decision: Any, replace: Any, new_ssin: Any
) -> str:
    """A month claimed under a number that was then found to be that of a person known already."""
    old, new = new_ssin(), new_ssin()
    claim(old, "2026-04")
    cpas.post("/decisions", decision(new, startDate="2025-01-01", endDate="2025-12-31"))
    run()
    assert found(cause="neverSent") == MISSING
    replace(old, new)
    assert found(cause="neverSent") == MISSING
    return new


def test_a_recording_closes_what_was_missing_under_the_old_number(
    cpas, claimed_under_the_old_number, decision
):
    cpas.post("/decisions", decision(claimed_under_the_old_number))

    assert found(cause="neverSent") == [("neverSent", "resolved")]


def test_a_revision_closes_what_was_missing_under_the_old_number(
    cpas, claimed_under_the_old_number, decision
):
    body = decision(claimed_under_the_old_number, startDate="2026-06-01")
    made = cpas.post("/decisions", body).json()
    assert found(cause="neverSent") == MISSING
    content = {name: value for name, value in decision("").items() if name != "ssin"}

    revised = cpas.post(
        f"/decisions/{made['decisionId']}/revisions",
        content | {"reason": "began earlier"},
        If_Match='"1"',
    )

    assert revised.status_code == 200, revised.content
    assert found(cause="neverSent") == [("neverSent", "resolved")]


def test_a_batch_closes_what_was_missing_under_the_old_number(
    cpas, claimed_under_the_old_number, decision
):
    body = {"items": [decision(claimed_under_the_old_number)]}
    assert cpas.post("/decisions/batches", body).json()["accepted"] == 1

    assert found(cause="neverSent") == [("neverSent", "resolved")]


def test_versions_of_findings_go_on_after_a_merge(cpas, claimed_under_the_old_number, decision):
    run()
    cpas.post("/decisions", decision(claimed_under_the_old_number))
    run()

    told = FactChange.objects.filter(kind=FactChange.Kind.MISSING).order_by("id")
    assert [(row.resolved, row.version) for row in told] == [(False, 1), (True, 2)]


def test_a_stop_after_a_replacement_is_no_attestation_on_a_replaced_number(
    cpas, decision, replace, new_ssin, settings, monkeypatch
):
    old, new = new_ssin(), new_ssin()
    made = cpas.post("/decisions", decision(old)).json()
    settings.TODAY = clock.today() + timedelta(days=5)
    replace(old, new, str(settings.TODAY))
    settings.TODAY += timedelta(days=5)
    later = clock.database_now() + timedelta(days=10)
    monkeypatch.setattr(clock, "database_now", lambda: later)
    stop = {"endDate": "2026-08-31", "reason": "works"}

    answer = cpas.post(f"/decisions/{made['decisionId']}/stop", stop, If_Match='"1"')

    assert answer.status_code == 200, answer.content
    run(settings.TODAY + timedelta(days=20))
    assert found() == [("late", "resolved")]


@pytest.mark.django_db(transaction=True)
def test_a_control_that_waits_for_a_replacement_looks_at_the_person_it_makes(
    cpas, claim, decision, replace, new_ssin
):
    old, new = new_ssin(), new_ssin()
    claim(old, "2026-04")
    cpas.post("/decisions", decision(new))

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            replace(old, new)
            control = pool.submit(run_beside)
            until_somebody_waits()
        control.result(timeout=30)

    assert found(cause="neverSent") == []


def run_beside() -> None:
    """The control over a connection of its own."""
    try:
        run()
    finally:
        connection.close()


def until_somebody_waits() -> None:
    deadline = time.monotonic() + 30
    with connection.cursor() as cursor:
        while time.monotonic() < deadline:
            cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
            if cursor.fetchone() == (True,):
                return
            time.sleep(0.01)
    raise AssertionError("nobody waits")
