"""Rows of the database as NumPy columns, many at once and through the ordinary driver.

The server concatenates the rows as binary whole numbers into one value, which becomes an array
without a look at any single row: several times faster than fetching them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import psycopg
from django.db import connection
from numpy.typing import NDArray


def read(
    columns: Sequence[str], source: str, values: Mapping[str, Any] | None = None
) -> NDArray[np.int64]:
    """The rows of `source`, all that follows FROM, in no particular order; shape (rows, columns).

    `columns` are SQL expressions of type bigint, never null. At most 1 GB, the most that
    PostgreSQL gives as one value: 128 million numbers.
    """
    row = " || ".join(f"int8send({column})" for column in columns)
    connection.ensure_connection()
    with psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(f"SELECT string_agg({row}, '') FROM {source}", values or {}, binary=True)
        (found,) = cursor.fetchone() or (None,)
    packed = np.frombuffer(found or b"", dtype=">i8").astype(np.int64)
    return packed.reshape(-1, len(columns))
