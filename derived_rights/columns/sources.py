"""What authentic sources state of persons, as columns."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attestations import municipalities
from attestations.codes import AidKind
from attestations.periods import Span
from derived_rights.columns import packed
from derived_rights.columns.packed import both, code, days, halves
from derived_rights.columns.ranges import Ids, Range
from derived_rights.columns.remainders import groups, last_words
from derived_rights.engine.columns import (
    BirthRows,
    PaidRows,
    PermitRows,
    ReportedRows,
    ResidenceRows,
)
from derived_rights.engine.fact_kinds import REPORTED_FACTS, FactKind

# Of a source only whether it is the same as another one matters: its text is not read.
_SOURCE = "hashtextextended(source, 0)"


@dataclass(frozen=True, eq=False)
class Stated:
    """Facts of one kind; `order` is that in which they were stated, `value` what they say."""

    person: Ids
    order: Ids
    source: Ids
    start: Ids
    end: Ids
    value: Ids

    def take(self, rows: NDArray[Any]) -> Stated:
        return Stated(*(getattr(self, column.name)[rows] for column in fields(self)))


def stated(persons: Range, kind: str, value: str) -> Stated:
    """All that sources state of one kind; `value` is SQL of a number."""
    rows = packed.read(
        [
            both("person_id", packed.start("period")),
            both("id", packed.end("period")),
            _SOURCE,
            value,
        ],
        _of_kind(persons),
        persons.values | {"kind": kind},
    )
    person, start = halves(rows[:, 0])
    order, end = halves(rows[:, 1])
    return Stated(*persons.placed(person, order, rows[:, 2], start, end, rows[:, 3]))


# What a source reports holds, unless it says that it does not.
HOLDS = "CASE WHEN value ->> 'holds' = 'false' THEN 0 ELSE 1 END"


def reported(persons: Range, wanted: Collection[str]) -> ReportedRows:
    """What sources say holds; `Columns.facts` are all that can be reported."""
    read = [
        (number, _reported(persons, fact))
        for number, fact in enumerate(REPORTED_FACTS)
        if fact in wanted
    ]
    rows = np.concatenate([np.empty((0, 4), dtype=np.int64), *(found for _, found in read)])
    fact: Ids = np.repeat([number for number, _ in read], [len(found) for _, found in read])
    return ReportedRows(rows[:, 0], fact, rows[:, 1], rows[:, 2], rows[:, 3].astype(np.bool_))


def _reported(persons: Range, fact: FactKind) -> Ids:
    """The place of the person, both days, and whether it holds, of each report that stands."""
    if fact == FactKind.FOREIGN_INSURANCE:  # a source may deny it later
        standing, start, end = _last_words(stated(persons, fact, HOLDS))
        return np.column_stack([standing.person, start, end, standing.value])
    rows = _read(persons, fact, days("period"), HOLDS)
    start, end = halves(rows[:, 1])
    return np.column_stack([rows[:, 0], start, end, rows[:, 2]])


def births(persons: Range) -> BirthRows:
    """The days of birth that sources state."""
    rows = _said_once(persons, FactKind.BIRTH_DATE, day="value ->> 'date'")
    return BirthRows(rows[:, 0], rows[:, 1])


def residence(persons: Range) -> tuple[tuple[str, ...], ResidenceRows]:
    """The codes of municipalities that occur, and the residences under the codes of their days."""
    code_of = "(value ->> 'municipalityCode')::bigint"
    standing, start, end = _last_words(stated(persons, FactKind.RESIDENCE, code_of))
    person, number_of = standing.person, standing.value
    # Few codes ever gave way to another: only their rows are looked at one by one.
    everywhere = Span(date.min, date.max)
    ended = [
        number
        for number in np.unique(number_of).tolist()
        if municipalities.pieces(str(number), everywhere) != [(everywhere, str(number))]
    ]
    cut = np.isin(number_of, ended)
    pieces = [
        (at, piece.start.toordinal(), piece.end.toordinal(), int(current))
        for at, old, first, last in zip(
            *(column[cut].tolist() for column in (person, number_of, start, end)), strict=True
        )
        for piece, current in municipalities.pieces(str(old), _span(first, last))
    ]
    cut_rows = np.array(pieces, dtype=np.int64).reshape(-1, 4)
    rows = np.concatenate([np.stack([person, start, end, number_of], axis=1)[~cut], cut_rows])
    codes, place = np.unique(rows[:, 3], return_inverse=True)
    names = tuple(str(number) for number in codes.tolist())
    return names, ResidenceRows(rows[:, 0], place.astype(np.int16), rows[:, 1], rows[:, 2])


def permits(persons: Range) -> tuple[tuple[str, ...], PermitRows]:
    """The values of permits that occur, and the permits."""
    text = "hashtextextended(value ->> 'permit', 0)"
    standing, start, end = _last_words(stated(persons, FactKind.RESIDENCE_PERMIT, text))
    _, first, place = np.unique(standing.value, return_index=True, return_inverse=True)
    examples = standing.order[first].tolist()
    texts = packed.read_texts(
        "value ->> 'permit'", "attestations_personfact WHERE id = ANY(%(ids)s)", {"ids": examples}
    )
    names = tuple(texts[number] for number in examples)
    return names, PermitRows(standing.person, place.astype(np.int16), start, end)


def paid(persons: Range) -> PaidRows:
    """The amounts paid, by month."""
    kind = f"coalesce({code('aid_kind', list(AidKind))}, -1)"
    cents = "(value ->> 'amountEuroCent')::bigint"
    rows = _said_once(persons, FactKind.PAID_AMOUNT, kind, days("period"), cents)
    rows = rows[rows[:, 1] >= 0]
    start, _ = halves(rows[:, 2])
    day = (start - 1).astype("timedelta64[D]") + np.datetime64("0001-01-01", "D")
    month: Ids = day.astype("datetime64[M]").astype(np.int64) + 1970 * 12
    return PaidRows(rows[:, 0], rows[:, 1], month, rows[:, 3])


def _said_once(persons: Range, kind: str, *columns: str, day: str | None = None) -> Ids:
    """As `_read`, of facts that a source states once for the values of all columns but the last.

    Of a merged person it may have done so twice, under two ids: the last word stands.
    """
    if not len(persons.merged):
        return _read(persons, kind, *columns, day=day)
    rows = _read(persons, kind, "id", _SOURCE, *columns, day=day)
    same = groups(rows[:, 0], *rows[:, 2:-1].T)
    order = np.lexsort((rows[:, 1], same))
    last = np.ones(len(order), dtype=np.bool_)
    last[:-1] = same[order[1:]] != same[order[:-1]]
    return np.delete(rows[order[last]], (1, 2), axis=1)


def _read(persons: Range, kind: str, *columns: str, day: str | None = None) -> Ids:
    """The place of the person, and these columns, of each fact of a kind that stands.

    `day`, a text, is the last of them as `packed.read_dated` gives it.
    """
    numbers, values = ["person_id", *columns], persons.values | {"kind": kind}
    if day is None:
        rows = packed.read(numbers, _of_kind(persons), values)
    else:
        rows = packed.read_dated(numbers, day, _of_kind(persons), values)
    place, rows = persons.placed(rows[:, 0], rows)
    rows[:, 0] = place
    return rows


def _of_kind(persons: Range) -> str:
    """SQL of the facts of the kind `%(kind)s` that stand."""
    return (
        "attestations_personfact WHERE superseded_at IS NULL AND kind = %(kind)s"
        f" AND {persons.condition('person_id')}"
    )


def _last_words(stated: Stated) -> tuple[Stated, Ids, Ids]:
    """Facts of which a person has one at a time: what stands of each, and on which days."""
    left = last_words(stated.person, stated.source, stated.start, stated.end, stated.order)
    return stated.take(left.row), left.start, left.end


def _span(start: int, end: int) -> Span:
    return Span(date.fromordinal(start), date.fromordinal(end))
