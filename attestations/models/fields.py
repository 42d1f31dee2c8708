"""Fields that speak the domain's types instead of the driver's."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib.postgres.fields import DateRangeField
from django.contrib.postgres.indexes import BrinIndex
from django.db.backends.postgresql.psycopg_any import DateRange

from attestations.periods import BEGINNING, FOREVER, Span, Timeline


def to_range(span: Span) -> DateRange:
    """A span as the driver writes it: an open end is an absent bound."""
    return DateRange(span.start, None if span.end == FOREVER else span.end)


def range_text(span: Span) -> str:
    """The same as PostgreSQL reads it, for rows that are sent as one text."""
    return f"[{span.start},{'' if span.end == FOREVER else span.end})"


def to_span(value: DateRange) -> Span:
    """A non-empty range as PostgreSQL returns it, which for days is always `[start, end)`."""
    return Span(value.lower or BEGINNING, value.upper or FOREVER)


def by_ticket(name: str) -> BrinIndex:
    """The index for look-ups by ticket in a table that grows at its end.

    Tickets sort by the time they were made, as the rows do, so that one entry for each 32 pages
    suffices; writing a row costs nothing.
    """
    return BrinIndex(fields=["ticket"], name=name, autosummarize=True, pages_per_range=32)


class SpanField(DateRangeField):
    """A `daterange` column whose Python value is a `Span`; never empty."""

    def from_db_value(self, value: DateRange | None, *_args: object) -> Span | None:
        return None if value is None else to_span(value)

    def to_python(self, value: Any) -> Any:
        return (
            value if value is None or isinstance(value, Span) else to_span(super().to_python(value))
        )

    def get_prep_value(self, value: Any) -> Any:
        return super().get_prep_value(to_range(value) if isinstance(value, Span) else value)

    def value_to_string(self, obj: Any) -> str:
        span = self.value_from_object(obj)
        return "" if span is None else f"{span.start}/{span.last_day or ''}"


def timeline_to_json(timeline: Timeline) -> list[list[str | None]]:
    """A timeline as stored in a JSON column: [first day, exclusive end or null] pairs."""
    return [
        [span.start.isoformat(), None if span.end == FOREVER else span.end.isoformat()]
        for span in timeline
    ]


def timeline_from_json(pairs: list[list[str | None]]) -> Timeline:
    """The timeline that `timeline_to_json` wrote."""
    return Timeline(
        Span(date.fromisoformat(start or ""), date.fromisoformat(end) if end else FOREVER)
        for start, end in pairs
    )
