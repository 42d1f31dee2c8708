"""Columns in parts of some ten thousand persons, with every household in one part.

A part stays in the cache of a processor, and bounds the memory that deriving takes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derived_rights.engine.columns import Columns, Table

_TABLES = ("attested", "household", "reported", "births", "residence", "permits", "paid")


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """The persons `first`, `first` + 1, ... of other columns as columns of their own."""

    first: int
    columns: Columns


def chunks(columns: Columns, persons: int) -> Iterator[Chunk]:
    """Parts of about so many persons, more where a household demands it.

    Households must be together: see `households_together`. The rows of each table must be in order
    of person: see `by_person`.
    """
    bounds = _bounds(columns, persons)
    stated = {name: getattr(columns, name) for name in _TABLES if len(getattr(columns, name))}
    cuts = {name: np.searchsorted(_owner(table), bounds) for name, table in stated.items()}
    for number, (first, end) in enumerate(zip(bounds, bounds[1:], strict=False)):
        tables = {
            name: _part(stated[name], slice(cut[number], cut[number + 1]), int(first))
            for name, cut in cuts.items()
        }
        yield Chunk(int(first), replace(columns, ids=columns.ids[first:end], **tables))


def by_person(columns: Columns) -> Columns:
    """The same columns with the rows of each table in order of person; what is so already stays."""
    changed = {}
    for name in _TABLES:
        table = getattr(columns, name)
        owner = _owner(table)
        if (owner[1:] < owner[:-1]).any():
            changed[name] = table.take(np.argsort(owner, kind="stable"))
    return replace(columns, **changed) if changed else columns


def households_together(columns: Columns) -> tuple[Columns, NDArray[np.int64] | None]:
    """The columns with persons numbered anew so that each household has neighbouring numbers.

    With it the former number of each person, or None where they already were neighbours. The ids
    are then no longer in order, and are those of nobody.
    """
    if not len(columns.household):
        return columns, None
    heads = _heads(columns)
    if not (heads[1:] < heads[:-1]).any():
        return columns, None
    former = np.argsort(heads, kind="stable")
    number = np.empty_like(former)
    number[former] = np.arange(len(former))
    tables = {}
    for name in _TABLES:
        table = getattr(columns, name)
        persons = {column: number[getattr(table, column)] for column in _person_columns(table)}
        tables[name] = replace(table, **persons)
    numbered = replace(columns, ids=np.arange(len(columns)), **tables)
    return by_person(numbered), former


def _heads(columns: Columns) -> NDArray[np.int64]:
    """The smallest number in the household of each person, households that share one joined."""
    heads = np.arange(len(columns))
    one = columns.household.subject.astype(np.int64)
    other = columns.household.member.astype(np.int64)
    while True:
        smallest = np.minimum(heads[one], heads[other])
        before = heads.copy()
        np.minimum.at(heads, heads[one], smallest)
        np.minimum.at(heads, heads[other], smallest)
        heads = heads[heads]
        if np.array_equal(heads, before):
            return heads


def _bounds(columns: Columns, persons: int) -> NDArray[np.int64]:
    """Where the parts begin, and the end: never between two persons of one household."""
    count = len(columns)
    wanted = np.arange(0, max(count, 1), persons)
    if len(wanted) == 1 or not len(columns.household):
        return np.append(wanted, count)
    heads = _heads(columns)
    free = np.flatnonzero(np.append(heads == np.arange(count), True))
    return np.unique(np.append(free[np.searchsorted(free, wanted)], count))


def _owner(table: Table) -> NDArray[np.int32]:
    found: NDArray[np.int32] = getattr(table, next(iter(table.columns())))
    return found


def _person_columns(table: Table) -> list[str]:
    return [name for name, kind in table.columns().items() if kind == "Persons"]


def _part(table: Table, rows: slice, first: int) -> Any:
    """These rows, with persons counted from `first`."""
    columns = {name: getattr(table, name)[rows] for name in table.columns()}
    for name in _person_columns(table):
        columns[name] = columns[name] - first
    return type(table)(**columns)
