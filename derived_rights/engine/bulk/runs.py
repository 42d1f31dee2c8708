"""How the terms that look at unbroken runs, or at the days before, follow for many persons."""

from __future__ import annotations

import numpy as np

from derived_rights.engine.bulk.belief import Belief, believed, certain
from derived_rights.engine.bulk.calendar import completion, later, moved, start_of
from derived_rights.engine.bulk.spans import (
    DAY,
    DAY_BITS,
    NOWHERE,
    Mask,
    Spans,
    Words,
    contained,
    cut,
    joined,
    where,
)
from derived_rights.engine.columns import FOREVER
from derived_rights.engine.terms import Anchor, CompleteMonths, LastingAtLeast

_UNIT_OF = {Anchor.MONTH_START: "month", Anchor.QUARTER_START: "quarter"}


def complete_months(term: CompleteMonths, belief: Belief) -> Belief:
    """The runs of the belief from the completion of the months on; the doubts are those of `one`.

    A possible run that holds in every world as it is counts like a sure one. Of any other, a
    shorter part may be the true run, and complete its months on the day after the end.
    """
    if belief.is_certain:
        return certain(_completed(term, belief.sure))
    sure, possible = belief.sure, belief.possible
    begins_for_sure = contained(sure.starts, possible.starts)
    uncertain = ~_among(possible, sure)
    return believed(
        _completed(term, sure, on_the_eve=begins_for_sure),
        _completed(term, possible, after_the_end=uncertain),
    )


def _completed(
    term: CompleteMonths,
    runs: Spans,
    *,
    on_the_eve: Mask | None = None,
    after_the_end: Mask | None = None,
) -> Spans:
    complete = moved(runs.starts, completion(term.months))
    kept = complete <= runs.ends
    if on_the_eve is not None:
        kept &= on_the_eve | (complete < runs.ends)
    ends = runs.ends
    if after_the_end is not None:
        ends = ends + (after_the_end & ((ends & DAY) < FOREVER))
    if term.anchor == Anchor.SPAN_START:
        return joined(*where(kept, runs.starts, ends))
    begins, ends = where(kept, complete, ends)
    if term.anchor == Anchor.COMPLETION:
        return Spans(begins, _at_least_a_day(begins, ends))  # the next completion is later still
    begins = moved(begins, start_of(_UNIT_OF[Anchor(term.anchor)]))
    return joined(begins, _at_least_a_day(begins, ends))


def _at_least_a_day(begins: Words, ends: Words) -> Words:
    after = begins + 1
    return np.maximum(ends, after, out=after)


def _among(some: Spans, others: Spans) -> Mask:
    """Which runs are, from start to end, also runs of the others."""
    if not len(others):
        return np.zeros(len(some), dtype=np.bool_)
    place = np.searchsorted(others.starts, some.starts)
    place[place == len(others)] = 0
    found: Mask = (others.starts[place] == some.starts) & (others.ends[place] == some.ends)
    return found


def lasting(term: LastingAtLeast, runs: Spans) -> Spans:
    if term.months:
        return runs.where(moved(runs.starts, later(term.months)) <= runs.ends)
    is_open = (runs.ends & DAY) == FOREVER
    return runs.where(is_open | (runs.ends - runs.starts >= term.days))


def bridged(days: int, runs: Spans) -> Spans:
    """The gaps of at most `days` days between two runs of one person filled."""
    if len(runs) < 2:
        return runs
    far = runs.starts[1:] - runs.ends[:-1] > days
    return cut(runs.starts, runs.ends, far | _next_is_another(runs))


def ever_since(runs: Spans) -> Spans:
    if not len(runs):
        return NOWHERE
    first = np.ones(len(runs), dtype=np.bool_)
    first[1:] = _next_is_another(runs)
    (starts,) = where(first, runs.starts)
    return Spans(starts, (starts & ~DAY) | FOREVER)


def counted(at_least: int, within: int, runs: Spans) -> Spans:
    """The days of which `at_least` of the `within` days that end with them are in the runs.

    The count changes its slope only where a run begins or ends, or leaves the window. Between two
    such days it grows or falls by one a day, or stays.
    """
    if not len(runs):
        return NOWHERE
    ups = np.concatenate([runs.starts, runs.ends + within])
    downs = np.concatenate([runs.ends, runs.starts + within])
    bounds, place = np.unique(np.concatenate([ups, downs]), return_inverse=True)
    change = np.repeat(np.array([1, -1]), len(ups))
    slope = np.cumsum(np.bincount(place, change, len(bounds)).astype(np.int64))[:-1]
    day, until = bounds[:-1], bounds[1:]
    # On the eve of each day; from one person to the next the slope is 0, and the count too.
    grown = np.cumsum(slope * (until - day))
    count = np.concatenate([[0], grown[:-1]])
    first = np.where(slope > 0, np.maximum(day, day + at_least - count - 1), day)
    end = np.where(slope < 0, np.minimum(until, day + count - at_least), until)
    kept = (first < end) & ((slope != 0) | (count >= at_least))
    first, end = where(kept, first, end)
    end = np.minimum(end, (first & ~DAY) | FOREVER)
    return joined(*where(first < end, first, end))


def _next_is_another(runs: Spans) -> Mask:
    persons = runs.starts >> DAY_BITS
    changes: Mask = persons[1:] != persons[:-1]
    return changes
