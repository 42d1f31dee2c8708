"""Findings over time: what was told stays as it was told, and new days are new findings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from attestations.codes import Cause
from attestations.findings import Key, compare, key_of
from attestations.gap_rows import Finding, claim_due_on
from attestations.periods import Span, Timeline

MARCH, APRIL, MAY, JUNE = (date(2026, month, 1) for month in (3, 4, 5, 6))


@dataclass(frozen=True)
class Told:
    key: Key
    period: Span


def finding(start: date, end: date, cause: Cause = Cause.NEVER_SENT) -> Finding:
    kind = "integrationIncome"
    return Finding(1, 7, kind, Span(start, end), cause, claim_due_on(start), by_month=True)


def told(start: date, end: date, cause: Cause = Cause.NEVER_SENT) -> Told:
    return Told(key_of(finding(start, end, cause)), Span(start, end))


def test_what_is_still_missing_stays() -> None:
    assert compare([finding(MARCH, MAY)], [told(MARCH, MAY)]) == ([], [])


def test_what_has_come_is_over() -> None:
    assert compare([], [told(MARCH, MAY)]) == ([], [told(MARCH, MAY)])


def test_a_month_claimed_later_is_a_finding_of_its_own() -> None:
    assert compare([finding(MARCH, JUNE)], [told(MARCH, MAY)]) == ([finding(MAY, JUNE)], [])


def test_a_month_that_came_ends_the_finding_and_the_others_are_opened_anew() -> None:
    opened, over = compare([finding(APRIL, MAY)], [told(MARCH, MAY)])
    assert (opened, over) == ([finding(APRIL, MAY)], [told(MARCH, MAY)])


def test_another_cause_is_another_finding() -> None:
    partial = finding(MARCH, APRIL, Cause.PARTIAL_COVER)
    assert compare([partial], [told(MARCH, APRIL)]) == ([partial], [told(MARCH, APRIL)])


def test_days_missing_for_two_reasons_are_due_at_the_earlier_time() -> None:
    span = Span(MARCH, JUNE)
    decided = Finding(1, 7, "integrationIncome", span, Cause.NEVER_SENT, date(2026, 3, 10))
    (opened,), _ = compare([finding(MARCH, MAY), decided], [])
    assert (opened.span, opened.due_on) == (span, date(2026, 3, 10))


days = st.integers(0, 40).map(lambda number: MARCH + timedelta(days=number))
spans = st.tuples(days, st.integers(1, 20)).map(lambda s: Span(s[0], s[0] + timedelta(days=s[1])))


@given(st.lists(spans, max_size=4), st.lists(spans, max_size=4))
def test_what_stays_and_what_is_opened_are_the_missing_days_and_each_once(
    missing: list[Span], before: list[Span]
) -> None:
    found = [finding(span.start, span.end) for span in missing]
    known = [told(span.start, span.end) for span in Timeline(before)]
    opened, over = compare(found, known)
    stay = [row.period for row in known if row not in over]
    reported = [*stay, *(row.span for row in opened)]
    assert Timeline(reported) == Timeline(missing)
    length = sum((span.end - span.start).days for span in reported)
    assert length == sum((span.end - span.start).days for span in Timeline(missing))
