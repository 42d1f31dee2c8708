"""Attested days counted from the quarter of their decision, for many persons at once.

Here attestations must be told apart, so that these are pieces, which may overlap, and not sets of
days. They are certain: attestations and households are complete knowledge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from derived_rights.engine.bulk.calendar import Table, moved, start_of
from derived_rights.engine.bulk.households import Cohabitations, met
from derived_rights.engine.bulk.spans import (
    DAY,
    DAY_BITS,
    Mask,
    Spans,
    Words,
    ascending,
    contained,
    gathered,
    where,
)


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """Spans of single attestations, ascending by start.

    `earliest` is the day (not a word) before which a piece cannot begin: that of the quarter of
    the decision, or a later one on which the person came to live with the holder.
    """

    starts: Words
    ends: Words
    earliest: Words

    def taken(self, rows: Any) -> Pieces:
        return Pieces(self.starts[rows], self.ends[rows], self.earliest[rows])

    def where(self, kept: Mask) -> Pieces:
        return self.taken(np.flatnonzero(kept))

    def until(self, table: Table) -> Pieces:
        """The pieces with their ends moved."""
        return Pieces(self.starts, moved(self.ends, table), self.earliest)


def attested(starts: Words, ends: Words, decided: Words) -> Pieces:
    """Of attestations in any order; `decided` are days."""
    quarter = moved(np.maximum(starts & DAY, decided), start_of("quarter"))
    return _ordered(Pieces(starts, ends, quarter))


def together(several: Sequence[Pieces]) -> Pieces:
    if len(several) == 1:
        return several[0]
    every = Pieces(
        np.concatenate([one.starts for one in several]),
        np.concatenate([one.ends for one in several]),
        np.concatenate([one.earliest for one in several]),
    )
    return _ordered(every)


def shared(by_others: Pieces, unbroken: Cohabitations, persons: int) -> Pieces:
    """What a person has of the pieces of those with whom they live, as `pieces.shared` says.

    A household that is stated from the day on which the other's days begin does not say that they
    did not live together before.
    """
    began = gathered(by_others.starts, by_others.ends).starts
    came = (unbroken.other << DAY_BITS) | unbroken.start
    limit = np.where(_found(came, began), 0, unbroken.start)
    row, place = met(unbroken.other, by_others.starts, persons)
    start = np.maximum(by_others.starts[place] & DAY, unbroken.start[row])
    end = np.minimum(by_others.ends[place] & DAY, unbroken.end[row])
    earliest = np.maximum(by_others.earliest[place], limit[row])
    base = unbroken.person[row] << DAY_BITS
    return _ordered(Pieces(base | start, base | end, earliest).where(start < end))


def from_quarter(pieces: Pieces) -> Spans:
    """The days of all pieces, each from its earliest day on, be that before its start or after."""
    starts = (pieces.starts & ~DAY) | pieces.earliest
    return gathered(*where(starts < pieces.ends, starts, pieces.ends))


def _ordered(pieces: Pieces) -> Pieces:
    return pieces if ascending(pieces.starts) else pieces.taken(np.argsort(pieces.starts))


def _found(some: Words, in_: Words) -> Mask:
    order = np.argsort(some)
    found = np.empty(len(some), dtype=np.bool_)
    found[order] = contained(some[order], in_)
    return found
