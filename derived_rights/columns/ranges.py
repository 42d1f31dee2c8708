"""A range of persons, and where each of them stands in it, under whatever id."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from derived_rights.columns import packed

Ids: TypeAlias = NDArray[Any]  # whole numbers

_NONE: Ids = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Among:
    """The standing persons with an id in [first, end), without `elsewhere` and with `besides`.

    A person counts with all ids that were merged into it.
    """

    first: int
    end: int
    besides: Ids = field(default_factory=lambda: _NONE)
    elsewhere: Ids = field(default_factory=lambda: _NONE)


@dataclass(frozen=True, eq=False)
class Range:
    """Persons with their places: `ids` ascend; `merged` are other ids, whose person is `into`."""

    ids: Ids
    first: int
    end: int
    besides: Ids
    merged: Ids
    into: Ids

    @classmethod
    def of(cls, among: Among) -> Range:
        wanted = {"first": among.first, "end": among.end, "besides": among.besides.tolist()}
        ranged = "id >= %(first)s AND id < %(end)s OR id = ANY(%(besides)s)"
        found = packed.read(
            ["id"], f"attestations_person WHERE merged_into_id IS NULL AND ({ranged})", wanted
        )
        ids = np.setdiff1d(found[:, 0], among.elsewhere)  # which sorts
        merged = packed.read(
            ["id", "merged_into_id"], "attestations_person WHERE merged_into_id IS NOT NULL"
        )
        merged = merged[np.isin(merged[:, 1], ids)]
        merged = merged[np.argsort(merged[:, 0])]
        besides = np.concatenate([among.besides, merged[:, 0]])
        return cls(ids, among.first, among.end, besides, merged[:, 0], merged[:, 1])

    def condition(self, column: str) -> str:
        """SQL that is true of all rows about these persons, and of few others."""
        ranged = f"{column} >= %(first)s AND {column} < %(end)s"
        return f"({ranged} OR {column} = ANY(%(besides)s))" if len(self.besides) else f"({ranged})"

    @property
    def values(self) -> dict[str, Any]:
        return {"first": self.first, "end": self.end, "besides": self.besides.tolist()}

    def places(self, persons: Ids) -> Ids:
        """The place of each person in `ids`, whatever its id; -1 for who is none of these."""
        if len(self.merged):
            at = np.minimum(np.searchsorted(self.merged, persons), len(self.merged) - 1)
            persons = np.where(self.merged[at] == persons, self.into[at], persons)
        offset = persons - self.first
        near = (offset >= 0) & (offset < len(self._near))
        if near.all():
            return self._near.take(offset)
        places = self._near.take(offset, mode="clip") if len(self._near) else offset
        places[~near] = self._searched(persons[~near])
        return places

    @cached_property
    def _near(self) -> Ids:
        """The place of each id in [first, end), or -1; of none where few of them are persons."""
        if self.end - self.first > 4 * len(self.ids):
            return _NONE
        near = np.full(self.end - self.first, -1)
        first, end = np.searchsorted(self.ids, [self.first, self.end])
        near[self.ids[first:end] - self.first] = np.arange(first, end)
        return near

    def _searched(self, persons: Ids) -> Ids:
        if not len(self.ids):
            return np.full(len(persons), -1)
        at = np.minimum(np.searchsorted(self.ids, persons), len(self.ids) - 1)
        return np.where(self.ids[at] == persons, at, -1)

    def placed(self, persons: Ids, *columns: NDArray[Any]) -> tuple[NDArray[Any], ...]:
        """The places of the persons, and the columns, without the rows of who is none of these."""
        place = self.places(persons)
        known = place >= 0
        if known.all():
            return place, *columns
        return tuple(column[known] for column in (place, *columns))
