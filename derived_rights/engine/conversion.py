"""From the facts of a few persons to columns, and back: how the two interpreters meet. Pure.

Numbers of attestations are in no column; those of `facts_of` are counted anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import date
from typing import Any, TypeVar

import numpy as np

from attestations.periods import Span
from derived_rights.engine.columns import (
    AttestedRows,
    BirthRows,
    Columns,
    HouseholdRows,
    PaidRows,
    PermitRows,
    ReportedRows,
    ResidenceRows,
    Table,
)
from derived_rights.engine.facts import (
    REPORTED_FACTS,
    AttestedSpan,
    Facts,
    HouseholdSpan,
    PaidMonth,
    PermitSpan,
    PersonId,
    ReportedSpan,
    ResidenceSpan,
)

T = TypeVar("T")
TableT = TypeVar("TableT", bound=Table)


def columns_of(facts: Facts, persons: Iterable[PersonId] = ()) -> Columns:
    """The columns of all persons whom the facts mention, and of `persons`."""
    ids = sorted({*_mentioned(facts), *persons})
    place = {person: index for index, person in enumerate(ids)}
    places = sorted({r.municipality for _, r in _each(facts.residences)})
    values = sorted({p.value for _, p in _each(facts.permits)})
    empty = Columns(
        ids=np.array(ids, dtype=np.int64),
        facts=tuple(REPORTED_FACTS),
        municipalities=tuple(places),
        permit_values=tuple(values),
    )
    kind, relation, fact = empty.kinds.index, empty.relations.index, empty.facts.index

    def table(
        rows: type[TableT], stated: Iterable[tuple[PersonId, Any]], *of: Callable[[Any], Any]
    ) -> TableT:
        found = [(place[person], *(value(one) for value in of)) for person, one in stated]
        return rows(*map(list, zip(*found, strict=True))) if found else rows()

    return Columns(
        ids=empty.ids,
        attested=table(
            AttestedRows,
            _each(facts.attested),
            lambda a: kind(a.kind),
            _start,
            _end,
            lambda a: a.decided_on.toordinal(),
        ),
        household=table(
            HouseholdRows,
            ((h.subject, h) for h in facts.household),
            lambda h: place[h.member],
            lambda h: relation(h.relation),
            _start,
            _end,
        ),
        reported=table(
            ReportedRows,
            _each(facts.reported),
            lambda r: fact(r.fact),
            _start,
            _end,
            lambda r: r.holds,
        ),
        births=table(BirthRows, _each(facts.births), date.toordinal),
        residence=table(
            ResidenceRows,
            _each(facts.residences),
            lambda r: places.index(r.municipality),
            _start,
            _end,
        ),
        permits=table(
            PermitRows, _each(facts.permits), lambda p: values.index(p.value), _start, _end
        ),
        paid=table(
            PaidRows,
            _each(facts.paid),
            lambda p: kind(p.kind),
            lambda p: p.month.year * 12 + p.month.month - 1,
            lambda p: p.cents,
        ),
        facts=empty.facts,
        municipalities=empty.municipalities,
        permit_values=empty.permit_values,
    )


def facts_of(columns: Columns) -> Facts:
    """The same facts, person by person."""
    ids = columns.ids.tolist()

    def by_person(table: Table, read: Callable[..., T]) -> Mapping[PersonId, Sequence[T]]:
        found = defaultdict[PersonId, list[T]](list)
        for number, (person, *row) in enumerate(_rows(table), start=1):
            found[ids[person]].append(read(number, *row))
        return dict(found)

    return Facts(
        by_person(
            columns.attested,
            lambda number, kind, start, end, decided: AttestedSpan(
                columns.kinds[kind], _span(start, end), date.fromordinal(decided), f"A{number}"
            ),
        ),
        [
            HouseholdSpan(ids[subject], ids[member], columns.relations[relation], _span(*days))
            for subject, member, relation, *days in _rows(columns.household)
        ],
        by_person(
            columns.reported,
            lambda _, fact, start, end, holds: ReportedSpan(
                columns.facts[fact], _span(start, end), holds
            ),
        ),
        by_person(columns.births, lambda _, day: date.fromordinal(day)),
        by_person(
            columns.residence,
            lambda _, code, start, end: ResidenceSpan(
                columns.municipalities[code], _span(start, end)
            ),
        ),
        by_person(
            columns.permits,
            lambda _, value, start, end: PermitSpan(
                columns.permit_values[value], _span(start, end)
            ),
        ),
        by_person(
            columns.paid,
            lambda _, kind, month, cents: PaidMonth(
                columns.kinds[kind], date(month // 12, month % 12 + 1, 1), cents
            ),
        ),
    )


def _mentioned(facts: Facts) -> Iterator[PersonId]:
    for known in (
        facts.attested,
        facts.reported,
        facts.births,
        facts.residences,
        facts.permits,
        facts.paid,
    ):
        yield from known
    for stated in facts.household:
        yield from (stated.subject, stated.member)


def _each(known: Mapping[PersonId, Sequence[T]]) -> Iterator[tuple[PersonId, T]]:
    for person, stated in known.items():
        for one in stated:
            yield person, one


def _rows(table: Table) -> Iterator[tuple[Any, ...]]:
    return zip(*(getattr(table, column.name).tolist() for column in fields(table)), strict=True)


def _start(stated: Any) -> int:
    return int(stated.span.start.toordinal())


def _end(stated: Any) -> int:
    return int(stated.span.end.toordinal())


def _span(start: int, end: int) -> Span:
    return Span(date.fromordinal(start), date.fromordinal(end))
