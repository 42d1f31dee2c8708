"""When a failed delivery is tried again."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partners.retries import (
    LONGEST_DELAY,
    RETRIED_FOR,
    Outcome,
    classify,
    is_exhausted,
    next_delay,
    parse_retry_after,
)

NOW = datetime(2026, 3, 18, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


@pytest.mark.parametrize(
    ("attempt", "longest"), [(1, 1), (2, 2), (3, 4), (4, 8), (12, 2048), (13, 3600), (5000, 3600)]
)
def test_the_wait_doubles_to_an_hour_with_jitter_below(attempt, longest):
    assert next_delay(attempt, random=lambda: 0.0) == seconds(longest) / 2
    assert seconds(longest) * 0.99 < next_delay(attempt, random=lambda: 0.999) <= seconds(longest)


@given(
    attempt=st.integers(1, 10_000),
    retry_after=st.none() | st.timedeltas(timedelta(), timedelta(days=400)),
    drawn=st.floats(0, 1, exclude_max=True),
)
def test_no_wait_is_over_an_hour_nor_under_what_was_asked_for(attempt, retry_after, drawn):
    delay = next_delay(attempt, retry_after=retry_after, random=lambda: drawn)
    assert timedelta() < delay <= LONGEST_DELAY
    if retry_after is not None:
        assert delay >= min(retry_after, LONGEST_DELAY)


def test_deliveries_that_failed_together_come_back_apart():
    draw = random.Random(1).random
    waits = {next_delay(13, retry_after=seconds(3), random=draw) for _ in range(100)}
    asked = {next_delay(1, retry_after=seconds(1800), random=draw) for _ in range(100)}
    assert len(waits) == len(asked) == 100


def test_attempts_are_counted_from_one():
    with pytest.raises(ValueError, match="counted from 1"):
        next_delay(0, random=lambda: 0.5)


@pytest.mark.parametrize("seed", range(5))
def test_the_tries_span_at_least_seven_days_and_then_end(seed):
    draw = random.Random(seed).random
    at, attempt = NOW, 1
    while not is_exhausted(NOW, at):
        at += next_delay(attempt, random=draw)
        attempt += 1
    assert RETRIED_FOR <= at - NOW < RETRIED_FOR + HOUR
    assert 168 <= attempt < 400


def test_exhaustion_counts_from_the_first_attempt():
    assert not is_exhausted(NOW, NOW + RETRIED_FOR - seconds(1))
    assert is_exhausted(NOW, NOW + RETRIED_FOR)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(status, Outcome.DELIVERED) for status in (200, 201, 202, 204, 226, 299)]
    + [(410, Outcome.GONE)]
    + [
        (status, Outcome.FAILED)
        for status in (None, 100, 101, 199, 300, 301, 302, 304, 307, 308, 400, 401, 404, 409, 411)
        + (422, 425, 429, 500, 502, 503, 504, 599, 600, 999)
    ],
)
def test_what_a_status_means(status, outcome):
    assert classify(status) is outcome


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("0", seconds(0)),
        ("120", seconds(120)),
        (" 7 ", seconds(7)),
        ("3600", HOUR),
        ("3601", HOUR),
        ("86400", HOUR),
        ("9" * 300, HOUR),
        ("Wed, 18 Mar 2026 09:02:00 GMT", seconds(120)),
        ("Wed, 18 Mar 2026 08:00:00 GMT", seconds(0)),
        ("Fri, 18 Mar 2044 09:02:00 GMT", HOUR),
        ("Wednesday, 18-Mar-26 09:02:00 GMT", seconds(120)),
        ("Wed, 18 Mar 2026 10:02:00 +0100", seconds(120)),
        ("Wed, 18 Mar 2026 09:02:00 -0000", seconds(120)),
    ],
)
def test_retry_after_is_read_and_cut_to_an_hour(header, wait):
    assert parse_retry_after(header, now=NOW) == wait


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "soon",
        "-5",
        "1.5",
        "1e9",
        "٣",
        "²",
        "12 s",
        "Wed, 99 Mar 2026 09:02:00 GMT",
        "\x00",
    ],
)
def test_an_unreadable_retry_after_is_none(header):
    assert parse_retry_after(header, now=NOW) is None
