"""Which day inside a term that moves or counts days made it hold on a day. Pure."""

from __future__ import annotations

from datetime import date
from typing import TypeAlias

from attestations.periods import BEGINNING, ONE_DAY, Span, Timeline
from derived_rights.engine.pieces import Belief, Pieces, days, joined
from derived_rights.engine.runs import Growing, completed, images, seen_from
from derived_rights.engine.shifts import Shifting, moved, reference_day
from derived_rights.engine.terms import (
    Bridged,
    CompleteMonths,
    CountedDays,
    EverSince,
    LastingAtLeast,
    OnReferenceDate,
)

Moving: TypeAlias = CompleteMonths | Growing | Shifting


def cause(term: Moving, inner: Belief, day: date, *, sure: bool) -> date:
    """The day inside the term that is nearest to `day` and made it hold then.

    `sure` says whether the term surely holds on `day`; if it only may, the answer is a day that is
    itself in doubt.
    """
    found = _sources(term, inner.sure if sure else inner.possible, day, sure=sure)
    if not sure:
        found = found & inner.uncertain_days or found
    return min((_nearest(span, day) for span in found), key=lambda one: abs(one - day), default=day)


def decisive_day(term: Moving, day: date) -> date:
    """The day inside the term to look at where it does not hold on `day`."""
    if isinstance(term, OnReferenceDate):
        return reference_day(term, day.year) or day
    return day


def _sources(term: Moving, pieces: Pieces, day: date, *, sure: bool) -> Timeline:
    """The days inside the term that made it hold on `day`."""
    match term:
        case CompleteMonths():
            return Timeline(
                run.span
                for run in joined(pieces)
                if (later := completed(term, run, after_the_end=not sure)) is not None
                and day in later.span
            )
        case LastingAtLeast() | Bridged():
            runs = Timeline(run.span for run in images(term, pieces) if day in run.span)
            return days(pieces) & runs
        case CountedDays():
            return days(pieces) & Timeline([seen_from(term, day)])
        case EverSince():
            first = min((piece.span.start for piece in pieces), default=BEGINNING)
            return Timeline([Span(first, first + ONE_DAY)])
        case OnReferenceDate():
            asked = reference_day(term, day.year)
            return Timeline([Span(asked, asked + ONE_DAY)]) if asked else Timeline()
        case _:
            return Timeline(
                piece.span
                for piece in pieces
                if (image := moved(term, piece)) is not None and day in image.span
            )


def _nearest(span: Span, day: date) -> date:
    return min(max(day, span.start), span.end - ONE_DAY)
