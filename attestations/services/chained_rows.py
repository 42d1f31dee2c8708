"""Rows that refer to each other, written by one statement instead of one for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection, models

from attestations.prepared import prepared


def insert(*rows: models.Model) -> None:
    """Insert new rows, each of another table; foreign keys may lead to rows given before them.

    Afterwards each has its id, and the references to it are filled. A reference is recognised by
    the object that it holds, so set `version.decision`, not `version.decision_id`.
    """
    names: dict[int, str] = {}  # of the rows that others may refer to, by identity
    statements, values = [], []
    for place, row in enumerate(rows):
        columns, chosen, given = _insertion(row, names)
        names[id(row)] = f"row_{place}"
        statements.append(
            f"row_{place} AS (INSERT INTO {connection.ops.quote_name(row._meta.db_table)}"
            f" ({columns}) VALUES ({chosen}) RETURNING id)"
        )
        values += given
    ids = ", ".join(f"(SELECT id FROM row_{place})" for place in range(len(rows)))
    with prepared() as cursor:
        cursor.execute(f"WITH {', '.join(statements)} SELECT {ids}", values)
        _fill(rows, cursor.fetchone())


def _insertion(row: models.Model, names: dict[int, str]) -> tuple[str, str, list[Any]]:
    """The columns, what goes into them, and the values that stand there as placeholders."""
    chosen, given = [], []
    fields = [field for field in row._meta.concrete_fields if not field.primary_key]
    for field in fields:
        held = row._state.fields_cache.get(field.name) if field.is_relation else None
        if held is not None and id(held) in names:
            chosen.append(f"(SELECT id FROM {names[id(held)]})")
        else:
            chosen.append("%s")
            given.append(field.get_db_prep_save(field.pre_save(row, True), connection))
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    return columns, ", ".join(chosen), given


def _fill(rows: Sequence[models.Model], ids: Sequence[int]) -> None:
    for row, row_id in zip(rows, ids, strict=True):
        row.pk = row_id
        row._state.adding = False
        row._state.db = connection.alias
    for row in rows:
        for field in row._meta.concrete_fields:
            held = row._state.fields_cache.get(field.name) if field.is_relation else None
            if held is not None:
                setattr(row, field.name, held)
