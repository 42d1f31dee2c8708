"""The word for how a right went from one timeline to another."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attestations.periods import Span, Timeline
from derived_rights.transitions import transition

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


@pytest.mark.parametrize(
    ("previous", "new", "doubted_before", "doubted", "word"),
    [
        # What applied and cannot be told now is not lost.
        (span(5, 9), Timeline(), Timeline(), span(5, 9), "undetermined"),
        (span(5, 9), span(5, 7), Timeline(), span(7, 9), "undetermined"),
        (span(5, 9), span(5, 7), Timeline(), span(7, 30), "undetermined"),
        # Days that are a no are, beside others of which it cannot be told.
        (span(5, 9), Timeline(), Timeline(), span(5, 8), "reduced"),
        (span(5, 9), span(6, 7), Timeline(), span(7, 8), "reduced"),
        (span(5, 9), span(6, 7) | span(20, 22), Timeline(), span(7, 8), "corrected"),
        # Days that are added are told, whatever else cannot be told.
        (span(5, 9), span(5, 7) | span(20, 22), Timeline(), span(7, 9), "extended"),
        (Timeline(), span(5, 9), span(5, 20), span(9, 20), "granted"),
        (span(1, 5), span(1, 9), span(5, 9), Timeline(), "extended"),
        # A doubt that turns out to be a no ends what was left open.
        (Timeline(), Timeline(), span(5, 9), Timeline(), "ended"),
        (span(1, 5), span(1, 5), span(5, 9), Timeline(), "reduced"),
        (Timeline(), Timeline(), span(5, 9), span(5, 7), "reduced"),
        # Only the doubt grows, or nothing moves.
        (Timeline(), Timeline(), Timeline(), span(5, 9), "undetermined"),
        (span(1, 5), span(1, 5), Timeline(), span(5, 9), "undetermined"),
        (span(1, 5), span(1, 5), span(5, 9), span(5, 9), None),
    ],
)
def test_days_in_doubt_are_not_lost(previous, new, doubted_before, doubted, word):
    assert transition(previous, new, doubted_before - previous, doubted - new) == word


@given(previous=timelines, new=timelines, doubted_before=timelines, doubted=timelines)
def test_a_loss_is_told_only_where_a_day_has_become_a_no(previous, new, doubted_before, doubted):
    word = transition(previous, new, doubted_before - previous, doubted - new)
    lost = (previous | doubted_before) - new - doubted
    assert (word in ("reduced", "ended", "corrected")) is bool(lost)
    assert (word in ("granted", "extended", "corrected")) is bool(
        new - previous and (not lost or new)
    )
