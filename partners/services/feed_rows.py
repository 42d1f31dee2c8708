"""Feed entries and what they pin, read in few statements as plain values.

A drain and a page of a feed read hundreds of them: rows made into model objects would cost more
than all the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

import msgspec
from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import QuerySet
from msgspec import UNSET, Struct
from psycopg.pq import Format
from psycopg.rows import args_row

from attestations.periods import FOREVER, ONE_DAY, Span, Timeline
from attestations.prepared import prepared
from partners.changes import Days, MissingFact
from partners.models import FeedEntry


class Entry(Struct, frozen=True, gc=False):
    """A feed entry with the number that it pins, and the version of its authorisation.

    If it pins a change of a right it is a `RightEntry`; otherwise `fact_change_id` leads on.
    """

    pk: int
    organisation_id: int
    position: int
    event_id: str
    legal_context: str
    person_id: int
    topic: str
    code: str
    ticket: str
    fact_change_id: int | None
    told_version: int | None
    authorisation_id: int
    sealed: bytes | None


class RightEntry(Entry, frozen=True, gc=False):
    """One with its change of a right; periods and missing facts as the text of their columns."""

    changed_person_id: int
    right: str
    version: int
    transition: str
    periods: str
    previous: str
    undetermined: str
    attestation_numbers: list[str]
    missing: str
    recorded_at: str


_PLAIN = len(Entry.__struct_fields__)


def read(entries: QuerySet[FeedEntry, FeedEntry], *, limit: int | None = None) -> list[Entry]:
    """The entries of a query, in feed order; the first `limit` of them."""
    chosen = entries.order_by("position").values("pk")[:limit]
    statement, parameters = chosen.query.sql_with_params()
    condition = f"WHERE e.id = ANY(ARRAY({statement})) ORDER BY e.position"
    with connection.cursor() as cursor:
        return _entries(cursor, condition, parameters)


def beyond(organisation_id: int, position: int, *, limit: int) -> list[Entry]:
    """The entries of a feed beyond a position, in feed order; the first `limit` of them.

    What each drain and each poll that brings something asks, so without the time it takes to
    compose a query and to plan it.
    """
    with prepared() as cursor:
        cursor.cursor.format = Format.BINARY  # numbers, and what is sealed, need no reading then
        return _entries(cursor, _BEYOND, (organisation_id, position, limit))


def _entries(cursor: CursorWrapper, condition: str, parameters: Sequence[Any]) -> list[Entry]:
    # Made as the rows come: tuples in between would bring in the garbage collector.
    cursor.cursor.row_factory = args_row(_entry)
    cursor.execute(_ENTRIES + condition, parameters)
    return cursor.fetchall()


def _entry(*row: Any) -> Entry:
    return Entry(*row[:_PLAIN]) if row[_PLAIN] is None else RightEntry(*row)


class Attested(NamedTuple):
    """A change of facts that pins an attestation."""

    number: str
    previous_number: str | None
    nature: str
    aid_kind: str
    first_day: date
    last_day: date | None
    cpas_number: str
    created_at: str
    sent_at: str | None
    version: int
    ticket: str
    recorded_at: str


class Source(NamedTuple):
    """What an event says of an attestation that its right comes from."""

    aid_kind: str
    cpas_number: str


def attested(ids: Iterable[int]) -> dict[int, Attested]:
    """Changes of facts that pin an attestation, by id; others are left out."""
    return {pk: Attested._make(rest) for pk, *rest in _rows(_ATTESTED, ids)}


def sources(numbers: Iterable[str]) -> dict[str, Source]:
    """Attestations by number."""
    return {number: Source._make(rest) for number, *rest in _rows(_SOURCES, numbers)}


def days(periods: str) -> list[Days]:
    """Stored periods as documents write them."""
    if periods == "[]":
        return []
    return [
        Days(start_date=start, end_date=UNSET if end is None else end - ONE_DAY)
        for start, end in _spans(periods)
    ]


def timeline(periods: str) -> Timeline:
    """Stored periods to reckon with."""
    return Timeline(Span(start, end or FOREVER) for start, end in _spans(periods))


_spans = msgspec.json.Decoder(list[tuple[date, date | None]]).decode
missing_facts = msgspec.json.Decoder(list[MissingFact]).decode


def _rows(statement: str, wanted: Iterable[int | str]) -> list[tuple[Any, ...]]:
    asked = list(wanted)
    if not asked:
        return []
    with prepared() as cursor:
        # One text: the driver takes ten times as long over a list.
        cursor.execute(statement, [msgspec.json.encode(asked).decode()])
        return cursor.fetchall()


def instant_text(column: str) -> str:
    """As `partners.changes.instant` writes it; through a `datetime` it takes five times as long."""
    return f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"+00:00"')"""


# Everything is looked up row by row (`OFFSET 0`, and subqueries that stand for a value): for the
# last page a planner thought it cheaper to read a whole table, and this is planned once for all.
_ENTRIES = f"""
SELECT e.id, e.organisation_id, e.position, e.event_id::text, e.legal_context, e.person_id, e.topic,
       e.code, e.ticket::text, e.fact_change_id, e.told_version, e.authorisation_id,
       (SELECT sealed FROM attestations_personnumber WHERE id = e.number_id),
       c.person_id, c."right", c.version, c.transition, c.periods::text, c.previous_periods::text,
       c.undetermined_periods::text, c.attestation_numbers, c.missing_facts::text,
       {instant_text("c.recorded_at")}
FROM partners_feedentry e
LEFT JOIN LATERAL
    (SELECT * FROM derived_rights_rightchange WHERE id = e.right_change_id OFFSET 0) c ON true
"""
_BEYOND = "WHERE e.organisation_id = %s AND e.position > %s ORDER BY e.position LIMIT %s"
_ATTESTED = f"""
SELECT f.id, a.number,
       (SELECT number FROM attestations_attestation WHERE id = a.previous_id), a.nature, a.aid_kind,
       lower(a.period), upper(a.period) - 1,
       coalesce((SELECT enterprise_number FROM attestations_cpas WHERE id = f.cpas_id), ''),
       {instant_text("a.created_at")}, {instant_text("a.sent_at")}, f.version, f.ticket::text,
       {instant_text("f.recorded_at")}
FROM json_array_elements_text(%s::json) AS asked(id)
CROSS JOIN LATERAL
    (SELECT * FROM attestations_factchange WHERE id = asked.id::bigint OFFSET 0) f
CROSS JOIN LATERAL
    (SELECT * FROM attestations_attestation WHERE id = f.attestation_id OFFSET 0) a
"""
_SOURCES = """
SELECT a.number, a.aid_kind,
       (SELECT enterprise_number FROM attestations_cpas WHERE id = a.cpas_id)
FROM json_array_elements_text(%s::json) AS asked(number)
CROSS JOIN LATERAL
    (SELECT number, aid_kind, cpas_id FROM attestations_attestation
     WHERE number = asked.number OFFSET 0) a
"""
