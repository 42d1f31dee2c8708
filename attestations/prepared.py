"""Statements that the database plans once for each connection, and not each time they are asked.

For those that are asked at every decision: to plan them costs more than to answer them. They are
written so that one plan is right whatever they are asked about, and however large the tables: by
indexes, from the rows named outwards.
"""

from __future__ import annotations

from typing import Any

import psycopg
from django.db import connection
from django.db.backends.utils import CursorWrapper


class _Preparing(psycopg.Cursor[Any]):
    """Sends values beside the statement, which then stays the same, and has it prepared."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        return super().execute(query, params, **{"prepare": True} | options)


def prepared() -> CursorWrapper:
    """A cursor like that of `connection.cursor()`, but what it executes is prepared.

    Its statements must be texts that do not change: values go into parameters, whose types
    PostgreSQL must be able to tell from the statement.
    """
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    with connection.wrap_database_errors:
        cursor: Any = _Preparing(connection.connection)
    make = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    return make(cursor)


def by_index() -> None:
    """Until the end of the transaction, have tables looked up by index, however small they are.

    A plan outlives the size that its tables had: one that reads a table of fifty rows as a whole
    would do so once for each person asked for, when it has a million.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
