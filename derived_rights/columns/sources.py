"""What authentic sources state of persons, as columns: all but households."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attestations import municipalities
from attestations.codes import AidKind
from attestations.models import PersonFact
from attestations.periods import Span
from derived_rights.columns import packed
from derived_rights.columns.packed import DAY, DAY_BITS, code, days, halves, ordinal
from derived_rights.columns.ranges import Ids, Range
from derived_rights.columns.remainders import overlay
from derived_rights.engine.columns import (
    BirthRows,
    PaidRows,
    PermitRows,
    ReportedRows,
    ResidenceRows,
)
from derived_rights.engine.fact_kinds import REPORTED_FACTS, FactKind
from derived_rights.households import REGISTER

_KINDS = tuple(PersonFact.Kind.values)


@dataclass(frozen=True, eq=False)
class Stated:
    """What sources state of persons, in the order in which they did; `kind` as in _KINDS.

    `value` is a day, a municipality, a number that stands for a text, or euro cents. What has no
    period has the days from BEGINNING to FOREVER.
    """

    person: Ids
    row_id: Ids
    source: Ids
    kind: Ids
    aid_kind: Ids
    start: Ids
    end: Ids
    value: Ids

    def take(self, rows: NDArray[Any]) -> Stated:
        return Stated(*(getattr(self, column.name)[rows] for column in fields(self)))


def read(persons: Range, wanted: Collection[str]) -> Stated:
    """All that is stated of these kinds, a household without its members."""
    kinds = sorted((set(_KINDS) & set(wanted)) | {PersonFact.Kind.HOUSEHOLD})
    rows = packed.read(
        [
            "person_id",
            "id",
            # Tells sources, and permits, apart without their texts.
            "hashtextextended(source, 0)",
            f"{code('kind', _KINDS)} << {DAY_BITS}"
            f" | coalesce({code('aid_kind', list(AidKind))}, {DAY})",
            days("period"),
            f"""CASE kind WHEN '{PersonFact.Kind.BIRTH_DATE}' THEN
                {ordinal("(value ->> 'date')::date")}
            WHEN '{PersonFact.Kind.RESIDENCE}' THEN (value ->> 'municipalityCode')::bigint
            WHEN '{PersonFact.Kind.RESIDENCE_PERMIT}' THEN
                hashtextextended(value ->> 'permit', 0)
            WHEN '{PersonFact.Kind.PAID_AMOUNT}' THEN (value ->> 'amountEuroCent')::bigint
            ELSE (source = '{REGISTER}')::int END""",
        ],
        f"""attestations_personfact WHERE superseded_at IS NULL AND kind = ANY(%(kinds)s)
        AND {persons.condition("person_id")}""",
        persons.values | {"kinds": kinds},
    )
    place, rows = persons.placed(rows)
    kind, aid_kind = halves(rows[:, 3])
    start, end = halves(rows[:, 4])
    found = Stated(place, rows[:, 1], rows[:, 2], kind, aid_kind, start, end, rows[:, 5])
    found = found.take(np.argsort(found.row_id))
    return _once(found, persons.places(persons.into)) if len(persons.into) else found


def _once(stated: Stated, merged: Ids) -> Stated:
    """The last that each source says of a `merged` person, of what it says once (`known_facts`).

    Of nobody else can it have said that twice.
    """
    kinds = [_KINDS.index(kind) for kind in (FactKind.BIRTH_DATE, FactKind.PAID_AMOUNT)]
    places = np.flatnonzero(np.isin(stated.kind, kinds) & np.isin(stated.person, merged))[::-1]
    rows = stated.take(places)
    same = np.stack([rows.person, rows.source, rows.kind, rows.aid_kind, rows.start])
    _, last = np.unique(same, axis=1, return_index=True)
    return stated.take(np.delete(np.arange(len(stated.person)), np.delete(places, last)))


def of_kind(stated: Stated, kind: str) -> Stated:
    """Only the facts of this kind."""
    return stated.take(stated.kind == _KINDS.index(kind))


def _last_words(stated: Stated) -> tuple[Stated, Ids, Ids]:
    """Facts of which a person has one at a time: what stands of each, and on which days."""
    _, group = np.unique(np.stack([stated.person, stated.source]), axis=1, return_inverse=True)
    left = overlay(group.reshape(-1), stated.start, stated.end, stated.row_id)
    return stated.take(left.row), left.start, left.end


def reported(stated: Stated) -> ReportedRows:
    known = [_KINDS.index(fact) for fact in REPORTED_FACTS]
    rows = stated.take(np.isin(stated.kind, known))
    fact: Ids = np.zeros(len(_KINDS), dtype=np.int64)
    fact[known] = range(len(known))
    holds = np.ones(len(rows.person), dtype=np.bool_)
    return ReportedRows(rows.person, fact[rows.kind], rows.start, rows.end, holds)


def births(stated: Stated) -> BirthRows:
    rows = of_kind(stated, FactKind.BIRTH_DATE)
    return BirthRows(rows.person, rows.value)


def residence(stated: Stated) -> tuple[tuple[str, ...], ResidenceRows]:
    """The codes of municipalities that occur, and the residences under the codes of their days."""
    standing, start, end = _last_words(of_kind(stated, FactKind.RESIDENCE))
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


def permits(stated: Stated) -> tuple[tuple[str, ...], PermitRows]:
    standing, start, end = _last_words(of_kind(stated, FactKind.RESIDENCE_PERMIT))
    _, first, place = np.unique(standing.value, return_index=True, return_inverse=True)
    rows = PersonFact.objects.in_bulk(standing.row_id[first].tolist())
    names = tuple(rows[number].value["permit"] for number in standing.row_id[first].tolist())
    return names, PermitRows(standing.person, place.astype(np.int16), start, end)


def paid(stated: Stated) -> PaidRows:
    rows = of_kind(stated, FactKind.PAID_AMOUNT)
    rows = rows.take(rows.aid_kind != DAY)
    day = (rows.start - 1).astype("timedelta64[D]") + np.datetime64("0001-01-01", "D")
    month: Ids = day.astype("datetime64[M]").astype(np.int64) + 1970 * 12
    return PaidRows(rows.person, rows.aid_kind, month, rows.value)


def _span(start: int, end: int) -> Span:
    return Span(date.fromordinal(start), date.fromordinal(end))
