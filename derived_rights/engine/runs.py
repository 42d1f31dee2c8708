"""How the terms that look at unbroken runs, or at the days before, follow from a belief."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import TypeAlias

from attestations.periods import (
    BEGINNING,
    FOREVER,
    ONE_DAY,
    Span,
    Timeline,
    add_months,
    month_start,
    quarter_start,
)
from derived_rights.engine.pieces import Belief, Piece, Pieces, days, joined, remaining
from derived_rights.engine.terms import (
    Anchor,
    Bridged,
    CompleteMonths,
    CountedDays,
    EverSince,
    LastingAtLeast,
)

# More days in a term give at least the days that fewer give: what is sure follows from what is
# sure, and what is possible from what is possible.
Growing: TypeAlias = LastingAtLeast | Bridged | CountedDays | EverSince


def complete_months(term: CompleteMonths, belief: Belief) -> Belief:
    """The runs of the belief from the completion of the months on."""
    runs = joined(belief.possible)
    if belief.is_certain:
        later = remaining(completed(term, run) for run in runs)
        return Belief(later, later)
    starts = {run.span.start for run in runs}
    sure = (
        # Where a run may have begun earlier than is known, the months may have been complete
        # earlier too, and the aid over on the day on which they are complete for sure.
        completed(term, run, on_the_eve=run.span.start in starts)
        for run in joined(belief.sure)
    )
    # A run of which every day is sure is that run whatever is missing.
    settled = {run.span for run in joined(belief.sure)}
    possible = (completed(term, run, after_the_end=run.span not in settled) for run in runs)
    return Belief(remaining(sure), remaining(possible))


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


def grown(term: Growing, belief: Belief) -> Belief:
    """What the term makes of all that is sure, and of all that is possible."""
    sure = tuple(images(term, belief.sure))
    if belief.is_certain:
        return Belief(sure, sure)
    return Belief(sure, tuple(images(term, belief.possible)))


def images(term: Growing, pieces: Pieces) -> Iterator[Piece]:
    """What the term makes of these pieces, each with the reasons of all that it is made of."""
    match term:
        case LastingAtLeast():
            yield from (run for run in joined(pieces) if lasts(term, run.span))
        case Bridged(_, gap):
            yield from _bridged(joined(pieces), gap)
        case CountedDays(_, at_least, within):
            for span in counted(days(pieces), at_least, within):
                seen = Span(seen_from(term, span.start).start, span.end)
                yield _because(span, (piece for piece in pieces if piece.span.overlaps(seen)))
        case EverSince():
            yield from _ever_since(pieces)


def lasts(term: LastingAtLeast, run: Span) -> bool:
    """Whether a run is long enough."""
    if run.is_open:
        return True
    if term.months:
        return add_months(run.start, term.months) <= run.end
    return run.end - run.start >= timedelta(days=term.days)


def seen_from(term: CountedDays, day: date) -> Span:
    """The days that count for `day`, which is the last of them."""
    first = max(day.toordinal() + 1 - term.within, BEGINNING.toordinal())
    return Span(date.fromordinal(first), day + ONE_DAY)


def counted(held: Timeline, at_least: int, within: int) -> Timeline:
    """The days of which `at_least` of the `within` days that end with them are in `held`.

    Between two days on which a span begins, ends, or leaves the window by either edge, the count
    grows or falls by one a day, or stays: so only these days need to be looked at.
    """
    slopes: defaultdict[int, int] = defaultdict(int)
    for span in held:
        for edge, change in ((span.start.toordinal(), 1), (span.end.toordinal(), -1)):
            slopes[edge] += change
            slopes[edge + within] -= change
    last = FOREVER.toordinal()
    bounds = sorted(day for day in slopes if day < last)
    found: list[Span] = []
    count = slope = 0  # on the eve of the day, and by how much it changes each day from then on
    for day, until in pairwise([*bounds, last]):
        slope += slopes[day]
        first, end = day, until
        if slope > 0:
            first = max(day, day + at_least - count - 1)
        elif slope < 0:
            end = min(until, day + count - at_least)
        elif count < at_least:
            end = day
        if first < end:
            found.append(Span(date.fromordinal(first), date.fromordinal(end)))
        count += slope * (until - day)
    return Timeline(found)


def _bridged(runs: Pieces, gap: int) -> Iterator[Piece]:
    held: Piece | None = None
    for run in runs:
        if held is None:
            held = run
        elif run.span.start - held.span.end <= timedelta(days=gap):
            held = held.merged(Span(held.span.start, run.span.end), run)
        else:
            yield held
            held = run
    if held is not None:
        yield held


def _ever_since(pieces: Pieces) -> Iterator[Piece]:
    """Those that hold on the first day; and each that is in doubt, as it may be the first."""
    if not pieces:
        return
    first = min(piece.span.start for piece in pieces)
    for piece in pieces:
        if piece.span.start == first or piece.missing:
            yield piece.merged(Span(piece.span.start), piece)


def _because(span: Span, pieces: Iterable[Piece]) -> Piece:
    """The span, with the reasons of all these pieces."""
    found = Piece(span)
    for piece in pieces:
        found = found.merged(span, piece)
    return found
