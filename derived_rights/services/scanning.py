"""Who may differ from what is stored: the only ones to derive one by one.

The facts of all are read as columns, derived at once, and laid beside the stored periods read the
same way. Nobody who differs by a day or an outcome is left out; who has the same days for other
reasons is.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derived_rights import columns
from derived_rights.columns import Among, Range, packed
from derived_rights.engine import bulk
from derived_rights.engine.bulk import Derived, Periods
from derived_rights.engine.catalogue import kinds_read, rights
from derived_rights.engine.columns import Columns
from derived_rights.models import DerivationChunk, RightPeriod
from derived_rights.services.applied_law import AppliedLaw, current_law

# A period with its person is one number of 63 bits.
_LARGEST = 1 << (63 - 2 * packed.DAY_BITS)


def differing_in(chunk: DerivationChunk, *, thorough: bool) -> list[int]:
    """The persons of the chunk to derive one by one: who differs by a day, or all if `thorough`.

    Of a chunk that does not hold whole households, all: their facts are not among it.
    """
    persons = Range.of(
        Among(chunk.first, chunk.end, np.array(chunk.besides), np.array(chunk.elsewhere))
    )
    if thorough or not chunk.whole:
        return persons.ids.tolist()
    return differing(persons, law=current_law())


def differing(persons: Range, *, law: AppliedLaw) -> list[int]:
    """The persons of whom some right differs, under this law, by a day from what is stored.

    They must be all that any household binds together, and at most half a million. Ids are those of
    today, and ascend.
    """
    if len(persons.ids) > _LARGEST:
        raise ValueError(f"scan at most {_LARGEST:,} persons at a time, got {len(persons.ids):,}")
    known = columns.load(persons, kinds=_kinds(law))
    derived, (stored, elsewhere) = _derived_and_stored(persons, known, law)
    found = [elsewhere]
    for code, outcome in derived.items():
        found += [_moved(outcome, stored[code])]
    places = np.unique(np.concatenate(found))
    ids: list[int] = persons.ids[places].tolist()
    return ids


def _derived_and_stored(persons: Range, known: Columns, law: AppliedLaw) -> list[Any]:
    """The rights by code, and what `_stored` gives: the server reads while this process derives."""
    return packed.side_by_side(
        partial(bulk.derive, known, rights(), law.overrides, law.active),
        partial(_stored, persons, law),
    )


def _kinds(law: AppliedLaw) -> set[str]:
    known = rights()
    return {kind for code in law.active for kind in kinds_read(known[code], known)}


# For each outcome the stored periods of one right, each as one number: see `_packed`.
_Stored = dict[str, NDArray[np.int64]]


def _stored(persons: Range, law: AppliedLaw) -> tuple[dict[str, _Stored], NDArray[Any]]:
    """The stored periods by right and outcome; and who has some under an id merged since."""
    outcomes = list(RightPeriod.Outcome.values)
    right = packed.code('"right"', law.active)
    rows = packed.read(
        [
            packed.both("person_id", packed.start("period")),
            packed.both(f"{right} * 2 + {packed.code('outcome', outcomes)}", packed.end("period")),
        ],
        f"""derived_rights_rightperiod WHERE superseded_at IS NULL AND "right" = ANY(%(rights)s)
        AND {persons.condition("person_id")}""",
        persons.values | {"rights": list(law.active)},
    )
    person, start = packed.halves(rows[:, 0])
    said, end = packed.halves(rows[:, 1])
    place, person, start, said, end = persons.placed(person, person, start, said, end)
    own = persons.ids[place] == person
    periods = _packed(place, start, end)
    found = {
        code: {
            outcome: np.sort(periods[own & (said == number * 2 + which)])
            for which, outcome in enumerate(outcomes)
        }
        for number, code in enumerate(law.active)
    }
    return found, place[~own]


def _moved(derived: Derived, stored: _Stored) -> NDArray[Any]:
    """The places of those whose days, sure or undetermined, are not those stored."""
    sure = _of(derived.sure)
    unsure = _of(derived.undetermined)
    moved = [
        np.setxor1d(now, before, assume_unique=True)
        for now, before in (
            (sure, stored[RightPeriod.Outcome.APPLIES]),
            (unsure, stored[RightPeriod.Outcome.UNDETERMINED]),
        )
        if not np.array_equal(now, before)
    ]
    return np.concatenate([np.empty(0, dtype=np.int64), *moved]) >> 2 * packed.DAY_BITS


def _of(periods: Periods) -> NDArray[np.int64]:
    return _packed(periods.person, periods.start, periods.end)


def _packed(place: NDArray[Any], start: NDArray[Any], end: NDArray[Any]) -> NDArray[np.int64]:
    """A number for each period, in the order of place and days."""
    days = start.astype(np.int64) << packed.DAY_BITS | end
    return place.astype(np.int64) << 2 * packed.DAY_BITS | days
