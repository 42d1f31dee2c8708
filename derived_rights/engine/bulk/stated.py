"""What follows from the facts that sources state about many persons, and from their silence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from derived_rights.engine.bulk.belief import Belief, believed
from derived_rights.engine.bulk.calendar import later, moved
from derived_rights.engine.bulk.spans import (
    DAY,
    Mask,
    Spans,
    Words,
    all_of,
    complement,
    gathered,
    where,
    words,
)
from derived_rights.engine.columns import BEGINNING, FOREVER, BirthRows, Days, Persons
from derived_rights.engine.terms import Aged


def told(persons: int, person: Persons, start: Days, end: Days, affirmed: Mask) -> Belief:
    """What these rows affirm or deny: a day that is both, or neither, is uncertain."""
    (starts, ends), denied = words(person, start, end), ~affirmed
    yes = gathered(*where(affirmed, starts, ends))
    no = gathered(*where(denied, starts, ends))
    return _told(persons, yes, no)


def aged(term: Aged, persons: int, births: BirthRows) -> Belief:
    """Each date of birth that is stated affirms the days of that age, and denies all others."""
    (born,) = words(births.person, births.day)
    first, last = (born & ~DAY) | BEGINNING, (born & ~DAY) | FOREVER
    starts = moved(born, later(12 * (term.at_least or 0)))
    ends = last if term.below is None else moved(born, later(12 * term.below))
    return _told(
        persons,
        _nonempty([(starts, ends)]),
        _nonempty([(first, np.minimum(starts, last)), (np.maximum(starts, ends), last)]),
    )


def _told(persons: int, yes: Spans, no: Spans) -> Belief:
    only_denied = all_of([no], [yes])
    return believed(all_of([yes], [no]), complement(only_denied, persons))


def _nonempty(spans: Sequence[tuple[Words, Words]]) -> Spans:
    starts = np.concatenate([start for start, _ in spans])
    ends = np.concatenate([end for _, end in spans])
    return gathered(*where(starts < ends, starts, ends))
