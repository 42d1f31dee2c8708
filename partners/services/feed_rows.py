"""Feed entries and what they pin, read in few statements as plain values.

A drain and a page of a feed read hundreds of them: rows made into model objects would cost more
than all the rest.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.db import connection
from django.db.models import QuerySet

from attestations.periods import FOREVER, Span, Timeline
from partners.models import FeedEntry

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NO_DAYS = Timeline()


class Entry(NamedTuple):
    """A feed entry with the number and the authorised fields that it pins; changes by their id."""

    pk: int
    organisation_id: int
    position: int
    event_id: UUID
    legal_context: str
    person_id: int
    topic: str
    code: str
    ticket: UUID
    right_change_id: int | None
    fact_change_id: int | None
    told_version: int | None
    fields: list[str]
    sealed: bytes | None


_COLUMNS = (*Entry._fields[:-2], "authorisation__fields", "number__sealed")


def read(entries: QuerySet[FeedEntry, FeedEntry], *, limit: int | None = None) -> list[Entry]:
    """The entries of a query, in feed order; the first `limit` of them."""
    rows = entries.order_by("position").values_list(*_COLUMNS)[:limit]
    return list(map(Entry._make, rows))


class Right(NamedTuple):
    """A change of a right."""

    person_id: int
    right: str
    version: int
    transition: str
    periods: Timeline
    previous: Timeline
    undetermined: Timeline
    attestation_numbers: list[str]
    missing: list[dict[str, str]]
    ticket: str
    recorded_at: datetime


class Attested(NamedTuple):
    """A change of facts that pins an attestation."""

    number: str
    previous_number: str | None
    nature: str
    aid_kind: str
    period: Span
    cpas_number: str
    created_at: datetime
    sent_at: datetime | None
    version: int
    ticket: str
    recorded_at: datetime


class Source(NamedTuple):
    """What an event says of an attestation that its right comes from."""

    aid_kind: str
    cpas_number: str


def rights(ids: Iterable[int]) -> dict[int, Right]:
    """Changes of rights, by id."""
    return {row[0]: _right(*row[1:]) for row in _rows(_RIGHTS, ids)}


def _right(
    person: int,
    right: str,
    version: int,
    transition: str,
    periods: str,
    previous: str,
    undetermined: str,
    numbers: list[str],
    missing: str,
    ticket: str,
    recorded: int,
) -> Right:
    return Right(
        person,
        right,
        version,
        transition,
        _timeline(periods),
        _timeline(previous),
        _timeline(undetermined),
        numbers,
        [] if missing == "[]" else msgspec.json.decode(missing),
        ticket,
        _instant(recorded),
    )


def attested(ids: Iterable[int]) -> dict[int, Attested]:
    """Changes of facts that pin an attestation, by id; others are left out."""
    return {row[0]: _attested(*row[1:]) for row in _rows(_ATTESTED, ids)}


def _attested(
    number: str,
    previous: str | None,
    nature: str,
    aid_kind: str,
    start: str,
    end: str | None,
    cpas: str,
    created: int,
    sent: int | None,
    version: int,
    ticket: str,
    recorded: int,
) -> Attested:
    return Attested(
        number,
        previous,
        nature,
        aid_kind,
        _span(start, end),
        cpas,
        _instant(created),
        None if sent is None else _instant(sent),
        version,
        ticket,
        _instant(recorded),
    )


def sources(numbers: Iterable[str]) -> dict[str, Source]:
    """Attestations by number."""
    return {number: Source(*rest) for number, *rest in _rows(_SOURCES, numbers)}


def _rows(statement: str, wanted: Iterable[int | str]) -> list[tuple[Any, ...]]:
    asked = list(wanted)
    if not asked:
        return []
    with connection.cursor() as cursor:
        # One text: the driver takes ten times as long over a list.
        cursor.execute(statement, [msgspec.json.encode(asked).decode()])
        return cursor.fetchall()


def _timeline(text: str) -> Timeline:
    """As `attestations.models.fields.timeline_from_json`, from the text of the column."""
    if text == "[]":
        return _NO_DAYS
    return Timeline([_span(start, end) for start, end in msgspec.json.decode(text)])


def _span(start: str, end: str | None) -> Span:
    return Span(date.fromisoformat(start), date.fromisoformat(end) if end else FOREVER)


def _instant(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)


def _microseconds(column: str) -> str:
    """An instant as a number: made into a `datetime` by the driver, it takes ten times as long."""
    return f"(extract(epoch FROM {column}) * 1000000)::bigint"


_IDS = "ANY(ARRAY(SELECT json_array_elements_text(%s::json)::bigint))"
_RIGHTS = f"""
SELECT id, person_id, "right", version, transition, periods::text, previous_periods::text,
       undetermined_periods::text, attestation_numbers, missing_facts::text, ticket::text,
       {_microseconds("recorded_at")}
FROM derived_rights_rightchange WHERE id = {_IDS}
"""
_ATTESTED = f"""
SELECT f.id, a.number, b.number, a.nature, a.aid_kind,
       to_char(lower(a.period), 'YYYY-MM-DD'), to_char(upper(a.period), 'YYYY-MM-DD'),
       coalesce(c.enterprise_number, ''), {_microseconds("a.created_at")},
       {_microseconds("a.sent_at")}, f.version, f.ticket::text, {_microseconds("f.recorded_at")}
FROM attestations_factchange f
JOIN attestations_attestation a ON a.id = f.attestation_id
LEFT JOIN attestations_attestation b ON b.id = a.previous_id
LEFT JOIN attestations_cpas c ON c.id = f.cpas_id
WHERE f.id = {_IDS}
"""
_SOURCES = """
SELECT a.number, a.aid_kind, c.enterprise_number
FROM attestations_attestation a JOIN attestations_cpas c ON c.id = a.cpas_id
WHERE a.number = ANY(ARRAY(SELECT json_array_elements_text(%s::json)::varchar))
"""
