"""Periods of one source that overlap: which of them tells about a day. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TypeVar

from attestations.periods import Span, Timeline

T = TypeVar("T")


def overlay(stated: Iterable[tuple[Span, T]]) -> list[tuple[T, Timeline]]:
    """What one source stated, given oldest first, with the days about which each is its last word.

    The period that begins later prevails on the days that two share: a source that states where
    somebody lives since a day need not end the period before. What begins on the same day prevails
    if it was stated later. A statement of which no day is left does not come back.
    """
    told = Timeline()
    found: list[tuple[T, Timeline]] = []
    for _, (span, what) in sorted(enumerate(stated), key=_begins, reverse=True):
        days = Timeline([span]) & ~told
        if days:
            found.append((what, days))
        told |= days
    return found[::-1]


def _begins(numbered: tuple[int, tuple[Span, object]]) -> tuple[date, int]:
    position, (span, _) = numbered
    return span.start, position
