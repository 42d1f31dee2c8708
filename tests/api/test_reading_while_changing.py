"""A decision that is changed while it is read: the answer shows one version, and all of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, connections

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def before_reading(table: str, change: Callable[[], Any]) -> Iterator[list[Any]]:
    """Makes a change over another connection just before a table is read for the first time."""
    answers: list[Any] = []

    def beside() -> Any:
        try:
            return change()
        finally:
            connections.close_all()

    def watch(execute: Any, sql: str, *rest: Any) -> Any:
        if f'FROM "{table}"' in sql and not answers:
            with ThreadPoolExecutor(1) as pool:
                answers.append(pool.submit(beside).result(timeout=30))
        return execute(sql, *rest)

    with connection.execute_wrapper(watch):
        yield answers


@pytest.mark.parametrize(
    "table",
    [
        "attestations_decision",
        "attestations_decisionversion",
        "attestations_attestation",
        "attestations_householdstatement",
    ],
)
def test_a_file_is_of_one_version(cpas, decision, new_ssin, table):
    household = [{"ssin": new_ssin(), "relation": "child"}]
    made = cpas.post("/decisions", decision(new_ssin(), household=household)).json()
    path = f"/decisions/{made['decisionId']}"
    reason = {"reason": "should never have existed"}

    def cancel() -> Any:
        return cpas.post(f"{path}/cancellation", reason, If_Match='"1"')

    with before_reading(table, cancel) as changed:
        answer = cpas.get(path)

    assert [one.status_code for one in changed] == [200]
    file, version = answer.json(), answer.json()["version"]
    assert answer["ETag"] == f'"{version}"'
    assert [one["version"] for one in file["versions"]] == list(range(1, version + 1))
    natures = ["original", "cancellation"][:version]
    assert [one["nature"] for one in file["attestations"]] == natures
    assert [one["superseded"] for one in file["attestations"]] == [True, False][-version:]
    assert ("household" in file) == (version == 1)
    assert file["status"] == {1: "active", 2: "cancelled"}[version]
