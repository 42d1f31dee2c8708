"""What is missing: scenarios for lawyers, then every history against plain sets of days."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from attestations.codes import Cause
from attestations.gap_rows import Attested, Claimed, Decided, Finding, claim_due_on, send_by
from attestations.gap_warnings import ending_findings, silence_findings
from attestations.gaps import claim_findings, decision_findings
from attestations.periods import Span, Timeline, add_months, next_month_start

SCENARIOS = yaml.safe_load(
    (Path(__file__).parents[1] / "scenarios" / "gaps.yaml").read_text(encoding="utf-8")
)
CPAS = {"Namur": 1, "Antwerpen": 2, "Eupen": 3}
NAMES = {number: name for name, number in CPAS.items()}
PERSON = 7

scenarios_of = {
    kind: pytest.mark.parametrize("scenario", rows, ids=lambda scenario: scenario["title"])
    for kind, rows in SCENARIOS.items()
}


def span_of(text: str) -> Span:
    first, last = text.split(" to ")
    return Span.inclusive(
        date.fromisoformat(first), None if last == "open" else date.fromisoformat(last)
    )


def claim_of(text: str) -> Claimed:
    cpas, aid_kind, month = text.split(", ")
    return Claimed(CPAS[cpas], PERSON, aid_kind, date.fromisoformat(f"{month}-01"))


def attested_of(text: str) -> Attested:
    cpas, aid_kind, period, *replaced = text.split(", ")
    assert replaced in ([], ["replaced"])
    return Attested(CPAS[cpas], PERSON, aid_kind, span_of(period), via_replaced=bool(replaced))


def decided_of(text: str) -> Decided:
    cpas, aid_kind, period, decided, recorded, *stopped = text.split(", ")
    assert stopped in ([], ["stopped"])
    return Decided(
        CPAS[cpas],
        PERSON,
        aid_kind,
        None if period == "cancelled" else span_of(period),
        decided_on=date.fromisoformat(decided.removeprefix("decided ")),
        recorded_on=date.fromisoformat(recorded.removeprefix("recorded ")),
        stopped=bool(stopped),
    )


def told(finding: Finding) -> str:
    assert finding.person == PERSON
    period = f"{finding.span.start} to {finding.span.last_day or 'open'}"
    where = f"{NAMES[finding.cpas]}, {finding.aid_kind}"
    return f"{finding.cause}, {where}, {period}, due {finding.due_on}"


@scenarios_of["claims"]
def test_claims(scenario: dict[str, Any]) -> None:
    claims = [claim_of(text) for text in scenario["claims"]]
    attested = [attested_of(text) for text in scenario["attested"]]
    decisions = [decided_of(text) for text in scenario.get("decisions", [])]
    found = claim_findings(claims, attested, decisions, on=scenario["today"])
    assert [told(finding) for finding in found] == scenario["findings"]


@scenarios_of["decisions"]
def test_decisions(scenario: dict[str, Any]) -> None:
    decisions = [decided_of(text) for text in scenario["decisions"]]
    attested = [attested_of(text) for text in scenario["attested"]]
    found = decision_findings(decisions, attested, on=scenario["today"])
    assert [told(finding) for finding in found] == scenario["findings"]


@scenarios_of["ending"]
def test_ending(scenario: dict[str, Any]) -> None:
    decisions = [decided_of(text) for text in scenario["decisions"]]
    attested = [attested_of(text) for text in scenario["attested"]]
    found = ending_findings(decisions, attested, on=scenario["today"])
    assert [told(finding) for finding in found] == scenario["findings"]


# The naive model: three months, day by day.
FIRST = date(2026, 3, 1)
MONTHS = [add_months(FIRST, number) for number in range(3)]
DAYS = [FIRST + timedelta(days=number) for number in range(92)]
LONG_AFTER = date(2027, 1, 1)

cpas = persons = st.integers(1, 2)
kinds = st.sampled_from(["integrationIncome", "otherSocialAid"])
# Few different days, many of them at a month's edge, so that spans meet and fit.
edges = st.sampled_from([*MONTHS, date(2026, 3, 2), date(2026, 4, 15), date(2026, 5, 31)])
spans = st.tuples(edges, edges | st.just(date(2026, 6, 1))).filter(lambda s: s[0] < s[1])
attested_rows = st.lists(
    st.builds(
        Attested,
        cpas=cpas,
        person=persons,
        aid_kind=kinds,
        span=spans.map(lambda s: Span(*s)),
        via_replaced=st.booleans(),
    ),
    max_size=8,
)
claimed_rows = st.lists(
    st.builds(Claimed, cpas=cpas, person=persons, aid_kind=kinds, month=st.sampled_from(MONTHS)),
    max_size=8,
)
decided_rows = st.lists(
    st.builds(
        Decided,
        cpas=cpas,
        person=persons,
        aid_kind=kinds,
        span=st.none() | spans.map(lambda s: Span(*s)),
        decided_on=st.just(FIRST),
        recorded_on=st.just(FIRST),
    ),
    max_size=6,
)


def days(rows: list[Attested]) -> set[date]:
    return {day for row in rows for day in DAYS if day in row.span}


def naive_cause(claim: Claimed, theirs: list[Attested], month: set[date]) -> Cause:
    own = [row for row in theirs if (row.cpas, row.aid_kind) == (claim.cpas, claim.aid_kind)]
    if month & days([row for row in own if not row.via_replaced]):
        return Cause.PARTIAL_COVER
    if month <= days([row for row in own if row.via_replaced]):
        return Cause.REPLACED_SSIN
    here = [row for row in theirs if row.cpas == claim.cpas and row.aid_kind != claim.aid_kind]
    if month <= days(here):
        return Cause.WRONG_KIND
    there = [row for row in theirs if row.cpas != claim.cpas and row.aid_kind == claim.aid_kind]
    return Cause.OTHER_CPAS if month <= days(there) else Cause.NEVER_SENT


@given(claimed_rows, attested_rows)
def test_every_claimed_day_that_is_not_attested_is_found_once_with_its_cause(
    claims: list[Claimed], attested: list[Attested]
) -> None:
    expected = {}
    for claim in claims:
        theirs = [row for row in attested if row.person == claim.person]
        month = {day for day in DAYS if day.replace(day=1) == claim.month}
        sound = [row for row in theirs if not row.via_replaced]
        own = [row for row in sound if (row.cpas, row.aid_kind) == (claim.cpas, claim.aid_kind)]
        for day in month - days(own):
            key = (claim.person, claim.cpas, claim.aid_kind, day)
            expected[key] = naive_cause(claim, theirs, month)
    found = [
        ((finding.person, finding.cpas, finding.aid_kind, day), finding.cause)
        for finding in claim_findings(claims, attested, on=LONG_AFTER)
        for day in DAYS
        if day in finding.span
    ]
    assert len(found) == len(dict(found))
    assert dict(found) == expected


def naive_expectation(
    claim: Claimed, attested: list[Attested], decisions: list[Decided]
) -> set[date]:
    """The days of the month, or those decided where the record of the month bears them out."""
    month = {day for day in DAYS if day.replace(day=1) == claim.month}
    key = (claim.person, claim.cpas, claim.aid_kind)
    own = [row for row in attested if (row.person, row.cpas, row.aid_kind) == key]
    granted = {
        day
        for row in decisions
        if row.span is not None and (row.person, row.cpas, row.aid_kind) == key
        for day in month
        if day in row.span
    }
    return granted if granted and month & days(own) <= granted else month


@given(claimed_rows, attested_rows, decided_rows)
def test_decisions_say_which_days_of_a_claimed_month_are_expected(
    claims: list[Claimed], attested: list[Attested], decisions: list[Decided]
) -> None:
    expected = set()
    for claim in claims:
        key = (claim.person, claim.cpas, claim.aid_kind)
        own = [row for row in attested if (row.person, row.cpas, row.aid_kind) == key]
        sound = days([row for row in own if not row.via_replaced])
        missing = naive_expectation(claim, attested, decisions) - sound
        expected |= {(*key, day) for day in missing}
    found = [
        (finding.person, finding.cpas, finding.aid_kind, day)
        for finding in claim_findings(claims, attested, decisions, on=LONG_AFTER)
        for day in DAYS
        if day in finding.span
    ]
    assert sorted(found) == sorted(expected)


@given(claimed_rows, attested_rows, st.randoms())
def test_neither_order_nor_repetition_matters(
    claims: list[Claimed], attested: list[Attested], random: Any
) -> None:
    found = claim_findings(claims, attested, on=LONG_AFTER)
    claims, attested = claims * 2, attested * 2
    random.shuffle(claims)
    random.shuffle(attested)
    assert claim_findings(claims, attested, on=LONG_AFTER) == found


def test_findings_are_listed_by_cpas_person_kind_and_day() -> None:
    keys = [(1, 1, "medicalCard"), (1, 2, "benefitAdvance"), (1, 2, "medicalCard"), (2, 1, "x")]
    claims = [Claimed(*key, month) for month in reversed(MONTHS[::2]) for key in reversed(keys)]
    found = claim_findings(claims, [], on=LONG_AFTER)
    listed = [(row.cpas, row.person, row.aid_kind, row.span.start) for row in found]
    assert listed == [(*key, month) for key in keys for month in MONTHS[::2]]


@given(claimed_rows, attested_rows)
def test_adjacent_days_of_one_cause_are_one_finding(
    claims: list[Claimed], attested: list[Attested]
) -> None:
    found = claim_findings(claims, attested, on=LONG_AFTER)
    for finding in found:
        same = [
            other.span
            for other in found
            if (other.person, other.cpas, other.aid_kind, other.cause)
            == (finding.person, finding.cpas, finding.aid_kind, finding.cause)
        ]
        assert Timeline(same).spans == tuple(same)
        assert finding.due_on == claim_due_on(finding.span.start)


@st.composite
def decided_and_attested(draw: st.DrawFn) -> tuple[list[Decided], list[Attested]]:
    """Decisions attested as they should be, but for a row too few or a row too many."""
    decisions = draw(decided_rows)
    attested = [
        Attested(row.cpas, row.person, row.aid_kind, row.span)
        for row in decisions
        if row.span is not None
    ]
    too_few = draw(st.integers(0, 1))
    too_many = draw(attested_rows)[:1]
    return decisions, attested[too_few:] + too_many


@given(decided_and_attested())
def test_decisions_are_in_order_when_exactly_their_days_are_attested(
    rows: tuple[list[Decided], list[Attested]],
) -> None:
    decisions, attested = rows
    in_order = True
    for decided in decisions:
        key = (decided.person, decided.cpas, decided.aid_kind)
        own = [row for row in attested if (row.person, row.cpas, row.aid_kind) == key]
        granted = {
            day
            for other in decisions
            if (other.person, other.cpas, other.aid_kind) == key and other.span is not None
            for day in DAYS
            if day in other.span
        }
        sound = [row for row in own if not row.via_replaced]
        in_order = in_order and granted <= days(sound) and days(own) <= granted
    assert (decision_findings(decisions, attested, on=LONG_AFTER) == []) == in_order


def sendings(cpas: int, *months: str) -> list[tuple[int, date]]:
    return [(cpas, date.fromisoformat(f"{month}-15")) for month in months]


USUAL = sendings(1, "2026-01", "2026-02", "2026-03", "2026-04", "2026-05", "2026-06")


def test_a_cpas_that_falls_silent_is_found_when_a_whole_month_is_over() -> None:
    assert silence_findings(USUAL, on=date(2026, 7, 31)) == []
    (found,) = silence_findings(USUAL, on=date(2026, 8, 1))
    assert (found.cpas, found.person, found.aid_kind) == (1, None, None)
    assert found.span == Span(date(2026, 7, 1), date(2026, 8, 1))
    assert (found.cause, found.due_on) == (Cause.SILENCE, date(2026, 8, 7))


def test_silence_lasts_until_something_is_sent() -> None:
    (found,) = silence_findings(USUAL, on=date(2026, 10, 20))
    assert found.span == Span(date(2026, 7, 1), date(2026, 10, 1))
    assert silence_findings(USUAL + sendings(1, "2026-10"), on=date(2026, 10, 15)) == []
    assert silence_findings(USUAL + sendings(1, "2026-10"), on=date(2026, 10, 14)) == [found]


def test_a_cpas_that_sends_now_and_then_is_not_silent() -> None:
    assert silence_findings(USUAL[1:], on=date(2026, 10, 20)) == []
    assert silence_findings(USUAL[:3] + USUAL[4:], on=date(2026, 10, 20)) == []


def test_each_cpas_has_its_own_silence() -> None:
    others = [(2, day) for _, day in USUAL] + sendings(2, "2026-07")
    found = silence_findings(USUAL + others, on=date(2026, 8, 5))
    assert [finding.cpas for finding in found] == [1]


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_due_dates(day: date) -> None:
    assert send_by(day) - day == timedelta(days=7)
    assert claim_due_on(day) == next_month_start(day) + timedelta(days=6)


def test_the_end_of_the_calendar_is_a_day_like_others() -> None:
    """What would be due after it is due at its end, and so never late."""
    claims = [Claimed(1, PERSON, "integrationIncome", date(9999, month, 1)) for month in (11, 12)]
    ending = Span(date(9999, 12, 1), date(9999, 12, 30))
    decided = Decided(
        1, PERSON, "integrationIncome", ending, date(9999, 12, 28), date(9999, 12, 28)
    )
    for on in (date(9999, 12, 29), date.max):
        found = claim_findings(claims, [], on=on)
        assert [(one.cause, one.span, one.due_on) for one in found] == [
            (Cause.NEVER_SENT, Span(date(9999, 11, 1)), date(9999, 12, 7))
        ]
        assert found[0].due_from(date(9999, 12, 1)) == date.max
        assert decision_findings([decided], [], on=on) == []
        assert len(ending_findings([decided], [], on=on)) == (on < date.max)
        assert len(silence_findings([(1, date(9999, m, 1)) for m in range(5, 11)], on=on)) == 1
