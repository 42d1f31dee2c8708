"""The vectorised subtraction and overlay give what the timelines give, row by row."""

from __future__ import annotations

from datetime import date

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from attestations.overlaying import overlay as overlay_one
from attestations.periods import Span, Timeline
from derived_rights.columns.remainders import overlay, subtract

day = st.integers(1, 30)
span = st.builds(lambda start, days: (start, start + days), day, st.integers(1, 30))


def as_span(pair):
    return Span(date.fromordinal(pair[0]), date.fromordinal(pair[1]))


def columns(rows, width):
    return np.array(rows, dtype=np.int64).reshape(-1, width).T


def found(left):
    return sorted(
        (row, Span(date.fromordinal(start), date.fromordinal(end)))
        for row, start, end in zip(
            left.row.tolist(), left.start.tolist(), left.end.tolist(), strict=True
        )
    )


@given(st.data())
def test_each_row_loses_what_its_own_spans_take(data):
    rows = data.draw(st.lists(span, max_size=5))
    owners = st.integers(0, len(rows) - 1) if rows else st.nothing()
    taken = data.draw(st.lists(st.tuples(owners, span), max_size=8)) if rows else []
    start, end = columns(rows, 2)
    owner, from_, to = columns([(row, *pair) for row, pair in taken], 3)

    left = subtract(start, end, owner=owner, taken_from=from_, taken_to=to)

    assert found(left) == [
        (row, piece)
        for row, pair in enumerate(rows)
        for piece in Timeline([as_span(pair)])
        - Timeline(as_span(other) for of, other in taken if of == row)
    ]


@given(st.lists(st.tuples(st.integers(1, 3), span), max_size=10))
def test_the_last_word_is_that_of_the_overlay_of_one(statements):
    group, start, end = columns([(of, *pair) for of, pair in statements], 3)

    left = overlay(group, start, end, np.arange(len(statements)))

    expected = [
        (row, piece)
        for wanted in {of for of, _ in statements}
        for row, days in overlay_one(
            (as_span(pair), row) for row, (of, pair) in enumerate(statements) if of == wanted
        )
        for piece in days
    ]
    assert found(left) == sorted(expected)
