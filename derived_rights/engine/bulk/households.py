"""Who lives with whom, for many persons at once, and what one has of the days of another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attestations.codes import HouseholdRelation
from derived_rights.engine.bulk.spans import DAY_BITS, Spans, Words, bounds, gathered, where, words
from derived_rights.engine.columns import HouseholdRows
from derived_rights.engine.facts import INVERSE_RELATION


@dataclass(frozen=True, eq=False)
class Cohabitations:
    """`person` lives with `other`, as the relation of that other, on the days [start, end).

    All int64, in any order. `of` makes them of the statements, as `Facts.cohabitations` does.
    """

    person: NDArray[np.int64]
    other: NDArray[np.int64]
    relation: NDArray[np.int64]  # a place in `names`
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    names: tuple[str, ...]

    @classmethod
    def of(cls, stated: HouseholdRows, names: tuple[str, ...]) -> Cohabitations:
        subject, member, relation, start, end = (
            getattr(stated, column.name).astype(np.int64) for column in fields(stated)
        )
        inverse = np.array(
            [names.index(INVERSE_RELATION[HouseholdRelation(name)]) for name in names]
        )
        one, other = _members_together(subject, member, start, end)
        between = np.full(len(one), names.index(HouseholdRelation.OTHER))
        return cls(
            np.concatenate([member, subject, member[one]]),
            np.concatenate([subject, member, member[other]]),
            np.concatenate([relation, inverse[relation], between]),
            np.concatenate([start, start, np.maximum(start[one], start[other])]),
            np.concatenate([end, end, np.minimum(end[one], end[other])]),
            names,
        )

    def __len__(self) -> int:
        return len(self.person)

    def taken(self, rows: Any) -> Cohabitations:
        columns = (self.person, self.other, self.relation, self.start, self.end)
        person, other, relation, start, end = (column[rows] for column in columns)
        return Cohabitations(person, other, relation, start, end, self.names)

    def as_relation(self, relations: Sequence[str] | None) -> Cohabitations:
        """Only those in which the person is one of these to the other; None for all."""
        if relations is None:
            return self
        wanted = np.array([name in relations for name in self.names])
        return self.taken(wanted[self.relation])

    def unbroken(self) -> Cohabitations:
        """One row for each unbroken time of the same two persons in the same relation."""
        count = max(self.person.max(initial=0), self.other.max(initial=0)) + 1
        each = (self.person * count + self.other) * len(self.names) + self.relation
        ordered = np.sort(each)
        if (ordered[1:] != ordered[:-1]).all():
            return self
        order = np.lexsort((self.start, each))
        each = each[order]
        number = np.zeros(len(order), dtype=np.int64)
        number[1:] = np.cumsum(each[1:] != each[:-1])
        runs = gathered(*words(number, self.start[order], self.end[order]))
        first = np.searchsorted(number, runs.persons)
        base = runs.persons << DAY_BITS
        kept = self.taken(order[first])
        return Cohabitations(
            kept.person,
            kept.other,
            kept.relation,
            runs.starts - base,
            runs.ends - base,
            self.names,
        )


def held(by_others: Spans, together: Cohabitations, persons: int) -> Spans:
    """The days on which a person lives with somebody for whom the days are `by_others`."""
    row, run = met(together.other, by_others.starts, persons)
    base = by_others.starts[run] & ~((1 << DAY_BITS) - 1)
    starts = np.maximum(together.start[row], by_others.starts[run] - base)
    ends = np.minimum(together.end[row], by_others.ends[run] - base)
    person, starts, ends = where(starts < ends, together.person[row], starts, ends)
    return gathered(*words(person, starts, ends))


def met(
    others: NDArray[np.int64], starts: Words, persons: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Each place in `others` with each place in `starts` (ascending) that is that person's."""
    begin = bounds(starts >> DAY_BITS, persons)
    first = begin.take(others)
    many = begin[1:].take(others) - first
    row = np.repeat(np.arange(len(others)), many)
    before = np.cumsum(many) - many
    return row, np.arange(len(row)) - np.repeat(before - first, many)


def _members_together(
    subject: NDArray[np.int64],
    member: NDArray[np.int64],
    start: NDArray[np.int64],
    end: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The pairs of rows of one subject that name different members on a common day."""
    order = np.argsort(subject, kind="stable")
    ordered = subject[order]
    first = np.searchsorted(ordered, ordered, "left")
    many = np.searchsorted(ordered, ordered, "right") - first
    one = np.repeat(np.arange(len(order)), many)
    other = np.arange(len(one)) - np.repeat(np.cumsum(many) - many - first, many)
    one, other = order[one], order[other]
    kept = (member[one] != member[other]) & (
        np.maximum(start[one], start[other]) < np.minimum(end[one], end[other])
    )
    return one[kept], other[kept]
