"""The word for how a right went from one timeline to another."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attestations.periods import Span, Timeline
from partners.changes import transition

days = st.integers(1, 300).map(lambda number: date(2026, 1, 1) + timedelta(days=number))
spans = st.tuples(days, days).filter(lambda pair: pair[0] < pair[1]).map(lambda p: Span(*p))
timelines = st.lists(spans, max_size=4).map(Timeline)


def span(first, last):
    return Timeline([Span(date(2026, 1, first), date(2026, 1, last))])


@pytest.mark.parametrize(
    ("previous", "new", "word"),
    [
        (Timeline(), Timeline(), None),
        (span(5, 9), span(5, 9), None),
        (Timeline(), span(5, 9), "granted"),
        (span(5, 9), Timeline(), "ended"),
        (span(5, 9), span(5, 10), "extended"),
        (span(5, 9), span(4, 9), "extended"),
        (span(5, 9), span(5, 9) | span(20, 22), "extended"),
        (span(5, 9), span(5, 8), "reduced"),
        (span(5, 9), span(5, 6) | span(7, 9), "reduced"),
        (span(5, 9), span(6, 10), "corrected"),
        (span(5, 9), span(20, 22), "corrected"),
    ],
)
def test_the_word_for_a_transition(previous, new, word):
    assert transition(previous, new) == word


@given(previous=timelines, new=timelines)
def test_a_transition_read_backwards_says_the_opposite(previous, new):
    opposite = {
        None: None,
        "granted": "ended",
        "ended": "granted",
        "extended": "reduced",
        "reduced": "extended",
        "corrected": "corrected",
    }
    assert transition(new, previous) == opposite[transition(previous, new)]
