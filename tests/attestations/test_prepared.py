"""Statements that are asked all the time are planned once for a connection."""

from __future__ import annotations

import threading

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attestations.prepared import by_index, prepared
from tests.factories import PersonFactory

pytestmark = pytest.mark.django_db
STATEMENT = "SELECT %s::int + 1 AS asked_again_and_again"
PREPARED = """
SELECT generic_plans, custom_plans FROM pg_prepared_statements
 WHERE statement LIKE '%asked_again_and_again%'
"""


@pytest.fixture
def plans():
    """Asks three times on a connection of its own; how often it was planned in each way."""

    def ask(opened) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []

        def work() -> None:
            try:
                for number in range(3):
                    with opened() as cursor:
                        cursor.execute(STATEMENT, [number])
                        assert cursor.fetchone() == (number + 1,)
                with connection.cursor() as cursor:
                    cursor.execute(PREPARED)
                    found.extend(cursor.fetchall())
            finally:
                connection.close()

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        return found

    return ask


def test_one_plan_serves_whatever_is_asked(plans):
    assert plans(prepared) == [(3, 0)]


def test_other_statements_are_planned_for_their_values(plans):
    assert plans(lambda: connection.cursor()) == []


def test_nothing_is_prepared_where_a_pooler_forbids_it(plans, monkeypatch):
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "prepare_threshold", None)
    assert plans(prepared) == []


def test_they_are_seen_by_whoever_watches_the_database():
    with CaptureQueriesContext(connection) as asked, prepared() as cursor:
        cursor.execute(STATEMENT, [1])
    assert len(asked) == 1


def test_a_plan_made_for_a_few_rows_suits_many():
    PersonFactory.create_batch(20)
    by_index()
    with prepared() as cursor:
        cursor.execute("ANALYZE attestations_person")
        cursor.execute("SELECT id FROM attestations_person WHERE id = ANY(%s::bigint[])", ["{1}"])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM pg_prepared_statements WHERE statement LIKE 'SELECT id FROM att%'"
        )
        (name,) = cursor.fetchone()
        cursor.execute(f"EXPLAIN EXECUTE {name}('{{1,2}}')")
        plan = "".join(line for (line,) in cursor.fetchall())
    assert "Index" in plan
    assert "Seq Scan" not in plan
