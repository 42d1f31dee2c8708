"""Writing past the services and the models, as a script in a hurry would."""

from __future__ import annotations

from typing import Any

from django.db import connection, models, transaction


def run(statement: str, *arguments: Any) -> int:
    """The number of rows that a statement touched; undone if it fails."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        return cursor.rowcount


def insert_like(row: models.Model, **changes: Any) -> int:
    """Insert a copy of an attestation, as a correction of it unless `changes` say otherwise."""
    values = {
        "number": "26C999999999999",
        "nature": "correction",
        "previous_id": row.pk,
        "superseded_at": None,
    } | changes
    return copy(row, **values)


def copy(row: models.Model, **values: Any) -> int:
    """Insert a copy of a row, with other values in some columns."""
    columns = [field.column for field in row._meta.concrete_fields if field.column != "id"]
    selected = ", ".join("%s" if name in values else name for name in columns)
    table = row._meta.db_table
    statement = f"INSERT INTO {table} ({', '.join(columns)}) SELECT {selected} FROM {table}"
    given = [values[name] for name in columns if name in values]
    return run(f"{statement} WHERE id = %s", *given, row.pk)
