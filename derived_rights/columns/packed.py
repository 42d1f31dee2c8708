"""Rows of the database as NumPy columns, many at once and through the ordinary driver.

The server concatenates the rows as binary whole numbers into one value, which becomes an array
without a look at any single row: several times faster than fetching them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from datetime import date
from typing import Any

import numpy as np
import psycopg
from django.db import connection
from numpy.typing import NDArray

from derived_rights.engine.columns import BEGINNING, FOREVER

# A number may hold another one above a day, which is an ordinal below 2 ** 22: see `both`.
DAY_BITS = 22
DAY = (1 << DAY_BITS) - 1
_NUMBER = np.dtype(">i8")
_IN_1970 = date(1970, 1, 1).toordinal()
_shared: ContextVar[psycopg.Connection[Any] | None] = ContextVar("shared", default=None)


def read(
    columns: Sequence[str], source: str, values: Mapping[str, Any] | None = None
) -> NDArray[Any]:
    """The rows of `source`, all that follows FROM, in no particular order; shape (rows, columns).

    `columns` are SQL expressions of type bigint, never null. At most 1 GB, the most that
    PostgreSQL gives as one value: 128 million numbers.
    """
    found = _concatenated([f"int8send({column})" for column in columns], source, values)
    return np.frombuffer(found, dtype=_NUMBER).astype(np.int64).reshape(-1, len(columns))


def read_dated(
    columns: Sequence[str], day: str, source: str, values: Mapping[str, Any] | None = None
) -> NDArray[Any]:
    """As `read`, with one column more: the ordinals of days that are texts, as "2026-01-31".

    `day` is SQL of such a text, never null. ValueError if one is not of this form.
    """
    # The server takes as long to read a day from its text as for all the rest of a short row.
    parts = [*(f"int8send({column})" for column in columns), f"textsend({day})"]
    row = np.dtype([("numbers", _NUMBER, (len(columns),)), ("day", "S10")])
    found = np.frombuffer(_concatenated(parts, source, values), dtype=row)
    since_1970 = found["day"].astype("datetime64[D]").astype(np.int64)
    return np.column_stack([found["numbers"].astype(np.int64), since_1970 + _IN_1970])


def read_texts(column: str, source: str, values: Mapping[str, Any]) -> dict[int, str]:
    """A text of each row of `source` by its `id`; for a few rows, since each is looked at."""
    with psycopg.Cursor(_connection()) as cursor:
        return dict(cursor.execute(f"SELECT id, {column} FROM {source}", values).fetchall())


def side_by_side(*parts: Callable[[], Any]) -> list[Any]:
    """What the parts give, two of them at work at a time, all over the connection of this thread.

    The connection answers one question after the other; while a part reckons with its rows, the
    server works for another one. Parts must not use models, which would open other connections.
    """
    shared = _connection()
    with ThreadPoolExecutor(2, initializer=lambda: _shared.set(shared)) as pool:
        return [begun.result() for begun in [pool.submit(part) for part in parts]]


def _connection() -> psycopg.Connection[Any]:
    shared = _shared.get()
    if shared is not None:
        return shared
    connection.ensure_connection()
    own: psycopg.Connection[Any] = connection.connection
    return own


def _concatenated(parts: Sequence[str], source: str, values: Mapping[str, Any] | None) -> bytes:
    with psycopg.Cursor(_connection()) as cursor:
        query = f"SELECT string_agg({' || '.join(parts)}, '') FROM {source}"
        cursor.execute(query, values or {}, binary=True)
        (found,) = cursor.fetchone() or (None,)
    return found or b""


def both(upper: str, lower: str) -> str:
    """SQL of one number that holds two, none negative; `lower` is a day, or no larger than one.

    `upper` has 41 bits, enough for any id. To send a number takes the server as long as a dozen
    such reckonings.
    """
    return f"({upper}) << {DAY_BITS} | ({lower})"


def halves(numbers: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """The upper and the lower numbers of `both`."""
    return numbers >> DAY_BITS, numbers & DAY


def code(column: str, names: Sequence[str]) -> str:
    """SQL of the place of a column's value among names; null for any other value."""
    cases = " ".join(f"WHEN '{name}' THEN {place}" for place, name in enumerate(names))
    return f"CASE {column} {cases} END::bigint"


def ordinal(day: str) -> str:
    """SQL of the proleptic ordinal of a day, as `date.toordinal`."""
    return f"({day} - date '0001-01-01' + 1)::bigint"


def start(period: str) -> str:
    """SQL of the ordinal of the first day of a period; BEGINNING where it has none."""
    return f"coalesce({ordinal(f'lower({period})')}, {BEGINNING})"


def end(period: str) -> str:
    """SQL of the ordinal of the day after a period; FOREVER where it has no end."""
    return f"coalesce({ordinal(f'upper({period})')}, {FOREVER})"


def days(period: str) -> str:
    """SQL of `both` of a period; all days where there is no period."""
    return both(start(period), end(period))
