"""How the terms that move days in time move one run or piece of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from attestations.periods import (
    FOREVER,
    ONE_DAY,
    Span,
    add_months,
    month_start,
    next_month_start,
    next_year_start,
    quarter_start,
)
from derived_rights.engine.pieces import Belief, Piece, Pieces, joined
from derived_rights.engine.terms import (
    Anchor,
    CarriedToYearEnd,
    CompleteMonths,
    FromQuarterOfDecision,
    WholeMonths,
)


def complete_months(term: CompleteMonths, belief: Belief) -> Belief:
    """The runs of the belief from the completion of the months on."""
    runs = joined(belief.possible)
    if belief.is_certain:
        known = tuple(later for run in runs if (later := completed(term, run)) is not None)
        return Belief(known, known)
    starts = {run.span.start for run in runs}
    sure = (
        # Where a run may have begun earlier than is known, the months may have been complete
        # earlier too, and the aid over on the day on which they are complete for sure.
        completed(term, run, on_the_eve=run.span.start in starts)
        for run in joined(belief.sure)
    )
    possible = (completed(term, run, after_the_end=bool(run.missing)) for run in runs)
    return Belief(_some(sure), _some(possible))


def completed(
    term: CompleteMonths, run: Piece, *, on_the_eve: bool = True, after_the_end: bool = False
) -> Piece | None:
    """The run from completion on, or None if the months are never complete.

    `on_the_eve`: whether a run that stops on the eve of completion counts, for one day.
    `after_the_end`: whether any run counts on the day after its end, since it may be that a
    shorter one, beginning later, completes its months only then.
    """
    start, end = run.span.start, run.span.end
    completion = add_months(start, term.months)
    if completion > end or completion == FOREVER or (completion == end and not on_the_eve):
        return None
    if after_the_end and end < FOREVER:
        end += ONE_DAY
    begins = _anchored(Anchor(term.anchor), start, completion)
    return run.during(Span(begins, max(end, begins + ONE_DAY)))


def _anchored(anchor: Anchor, start: date, completion: date) -> date:
    match anchor:
        case Anchor.COMPLETION:
            return completion
        case Anchor.SPAN_START:
            return start
        case Anchor.MONTH_START:
            return month_start(completion)
        case Anchor.QUARTER_START:
            return quarter_start(completion)


def shifted(term: CarriedToYearEnd | FromQuarterOfDecision | WholeMonths, belief: Belief) -> Belief:
    """Each piece of the belief, moved by itself."""
    sure = _some(moved(term, piece) for piece in belief.sure)
    if belief.is_certain:
        return Belief(sure, sure)
    return Belief(sure, _some(moved(term, piece) for piece in belief.possible))


def moved(
    term: CarriedToYearEnd | FromQuarterOfDecision | WholeMonths, piece: Piece
) -> Piece | None:
    """The piece moved in time, or None if nothing is left of it."""
    match term:
        case CarriedToYearEnd(_, extra_years):
            return piece.during(Span(piece.span.start, _year_end(piece.span, extra_years)))
        case FromQuarterOfDecision():
            return piece.during(_from_quarter(piece))
        case WholeMonths():
            last = piece.span.last_day
            end = FOREVER if last is None else next_month_start(last)
            return piece.during(Span(month_start(piece.span.start), end))


def _year_end(span: Span, extra_years: int) -> date:
    last = span.last_day
    return FOREVER if last is None else next_year_start(add_months(last, 12 * extra_years))


def _from_quarter(piece: Piece) -> Span | None:
    origin = piece.origin
    if origin is None:
        raise AssertionError("FromQuarterOfDecision only takes terms that keep the attestation")
    start = max(quarter_start(max(origin.decided_on, origin.span.start)), piece.not_before)
    return Span(start, piece.span.end) if start < piece.span.end else None


def _some(pieces: Iterable[Piece | None]) -> Pieces:
    return tuple(piece for piece in pieces if piece is not None)
