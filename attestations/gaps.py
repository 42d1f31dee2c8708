"""What should be attested and is not: expected days minus attested days, with a cause.

Two things create an expectation: a decision, whose days must be attested within 7 days, and a
subsidy claim, whose month must be attested whole. Aid borne wholly by the CPAS has no claim, so it
can yield no claim finding. Persons are the internal ones: two numbers of one person are one person.

`attested` always means the attestations as they now stand (the last of each chain, cancelled chains
left out), of every CPAS and every kind, for at least the persons asked about. Time is linear in the
number of rows given; rows of one person must come in the same call, in any order.

What the days that lack their attestation are put down to, by the first row that fits:

| attested as expected | and all the days are instead attested        | cause        |
| -------------------- | -------------------------------------------- | ------------ |
| in part              |                                              | partialCover |
| not at all           | same CPAS and kind, but on a replaced number | replacedSsin |
| not at all           | by the same CPAS, under other kinds          | wrongKind    |
| not at all           | by other CPAS, under the same kind           | otherCpas    |
| not at all           | in none of these ways                        | neverSent    |

"All the days": somebody else's attestation for half a month does not explain the other half.

A claim names a month, aid is granted by the day. A claimed month is expected whole, unless the
same CPAS decided that kind of aid for only a part of it: aid that starts on the 15th, or is stopped
on the 10th, is owed for those days and no others. So:

- no decision of that CPAS and kind touches the month: nothing explains a day without attestation,
  and the whole month is expected;
- decisions touch it: the days they grant are expected. A decision that grants more than is attested
  leaves its own days missing;
- unless the record contradicts itself (days are attested that no decision grants): then decisions
  excuse nothing, and the whole month is expected again.

Whether a claim for so few days was right is a question of money, which is not asked here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date

from attestations.codes import Cause
from attestations.gap_rows import (
    Attested,
    Claimed,
    Decided,
    Finding,
    by_person,
    claim_due_on,
    finding_of,
    reading_order,
    send_by,
)
from attestations.periods import Span, Timeline, month_start, next_month_start


def claim_findings(
    claims: Iterable[Claimed],
    attested: Iterable[Attested],
    decisions: Iterable[Decided] = (),
    *,
    on: date,
) -> list[Finding]:
    """The claimed months that are not attested as expected, by the CPAS and under the kind claimed.

    `decisions` are all those of the persons, as for `decision_findings`: they say which days of a
    month were granted, and without one the month is expected whole (see the top). A claim proves
    that aid was decided, so a finding does not wait for its due date; only months that have not
    begun on `on` are left for later. Adjacent days of one person, CPAS, kind and cause are one
    finding, due when the first of its months is.
    """
    months = defaultdict(set)
    for claim in claims:
        month = month_start(claim.month)
        if month <= on:
            months[claim.person, claim.cpas, claim.aid_kind].add(month)
    persons = {person for person, _, _ in months}
    held, granted = by_person(attested, only=persons), by_person(decisions, only=persons)
    findings = []
    for (person, cpas, aid_kind), claimed in months.items():
        theirs = held.get(person, [])
        claimed = {month for month in claimed if not _sound(month, cpas, aid_kind, theirs)}
        if not claimed:
            continue
        decided = Timeline(
            row.span
            for row in granted.get(person, ())
            if row.span is not None and (row.cpas, row.aid_kind) == (cpas, aid_kind)
        )
        causes: defaultdict[Cause, list[Span]] = defaultdict(list)
        for cause, missing in _missing_months(claimed, decided, cpas, aid_kind, theirs):
            causes[cause].extend(missing)
        for cause, spans in causes.items():
            for span in Timeline(spans):
                due_on = claim_due_on(span.start)
                findings.append(Finding(cpas, person, aid_kind, span, cause, due_on, by_month=True))
    return sorted(findings, key=reading_order)


def decision_findings(
    decisions: Iterable[Decided], attested: Iterable[Attested], *, on: date
) -> list[Finding]:
    """The decisions that are not attested as they now stand, although the 7 days are over on `on`.

    Per decision: the days not attested, by cause; or `late`, over its whole span, when all is
    attested but it was recorded after the 7 days. Per CPAS and kind: `notShortened` for attested
    days that no decision supports any more. All decisions of a person must be given together.
    A cancellation recorded late leaves no days, so it is not reported as late.
    """
    held = by_person(attested)
    findings: list[Finding] = []
    for person, theirs in by_person(decisions).items():
        sent = held.get(person, [])
        if _alike(theirs, sent):
            findings.extend(late for decided in theirs for late in _late(decided, on=on))
            continue
        for decided in theirs:
            findings.extend(_not_attested(decided, sent, on=on))
        findings.extend(_not_shortened(theirs, sent, on=on))
    return sorted(findings, key=reading_order)


def _days(
    theirs: Iterable[Attested],
    cpas: int,
    aid_kind: str,
    *,
    same_cpas: bool = True,
    same_kind: bool = True,
    on_replaced: bool = True,
) -> Timeline:
    return Timeline(
        row.span
        for row in theirs
        if (row.cpas == cpas) is same_cpas
        and (row.aid_kind == aid_kind) is same_kind
        and (on_replaced or not row.via_replaced)
    )


def _cause(
    expected: Timeline, missing: Timeline, cpas: int, aid_kind: str, theirs: list[Attested]
) -> Cause:
    """The table at the top of this module, for one expectation; `missing` is not empty."""
    if missing != expected:
        return Cause.PARTIAL_COVER
    # None of these days is attested as expected, so only replaced numbers can cover them here.
    if not expected - _days(theirs, cpas, aid_kind):
        return Cause.REPLACED_SSIN
    if not expected - _days(theirs, cpas, aid_kind, same_kind=False):
        return Cause.WRONG_KIND
    if not expected - _days(theirs, cpas, aid_kind, same_cpas=False):
        return Cause.OTHER_CPAS
    return Cause.NEVER_SENT


def _sound(month: date, cpas: int, aid_kind: str, theirs: list[Attested]) -> bool:
    """Whether one attestation covers the month: so it is with nearly all, and costs little."""
    end = next_month_start(month)
    return any(
        row.span.start <= month
        and end <= row.span.end
        and row.cpas == cpas
        and row.aid_kind == aid_kind
        and not row.via_replaced
        for row in theirs
    )


def _alike(decisions: list[Decided], theirs: list[Attested]) -> bool:
    """Whether each decision has its attestation and no other is there: as with nearly all."""
    granted = {(row.cpas, row.aid_kind, row.span) for row in decisions if row.span is not None}
    sent = {(row.cpas, row.aid_kind, row.span) for row in theirs}
    return granted == sent and not any(row.via_replaced for row in theirs)


def _missing_months(
    months: set[date], decided: Timeline, cpas: int, aid_kind: str, theirs: list[Attested]
) -> Iterator[tuple[Cause, Timeline]]:
    attested = _days(theirs, cpas, aid_kind, on_replaced=False)
    for month in months:
        whole = Span(month, next_month_start(month))
        if attested.covers(whole):
            continue
        expected = _expected(whole, decided, _days(theirs, cpas, aid_kind))
        missing = expected - attested
        if missing:
            yield _cause(expected, missing, cpas, aid_kind, theirs), missing


def _expected(month: Span, decided: Timeline, attested: Timeline) -> Timeline:
    """The days of a claimed month that must be attested: see the top of this module."""
    whole = Timeline([month])
    granted = decided & whole
    contradicted = (attested & whole) - decided
    return granted if granted and not contradicted else whole


def _not_attested(decided: Decided, theirs: list[Attested], *, on: date) -> Iterator[Finding]:
    due_on = send_by(decided.decided_on)
    if decided.span is None or on <= due_on:
        return
    attested = _days(theirs, decided.cpas, decided.aid_kind, on_replaced=False)
    expected = Timeline([decided.span])
    missing = expected - attested
    if missing:
        cause = _cause(expected, missing, decided.cpas, decided.aid_kind, theirs)
        for span in missing:
            yield finding_of(decided, span, cause, due_on)
    else:
        yield from _late(decided, on=on)


def _late(decided: Decided, *, on: date) -> Iterator[Finding]:
    due_on = send_by(decided.decided_on)
    if decided.span is not None and due_on < min(on, decided.recorded_on):
        yield finding_of(decided, decided.span, Cause.LATE, due_on)


def _not_shortened(
    decisions: list[Decided], theirs: list[Attested], *, on: date
) -> Iterator[Finding]:
    # Only kinds that this CPAS decided: days attested under a kind that no decision names are
    # already reported from the decision's side, as wrongKind.
    groups = defaultdict(list)
    for decided in decisions:
        groups[decided.cpas, decided.aid_kind].append(decided)
    for (cpas, aid_kind), group in groups.items():
        supported = Timeline(decided.span for decided in group if decided.span is not None)
        for span in _days(theirs, cpas, aid_kind) - supported:
            ended = [d for d in group if d.span is None or d.span.end <= span.start]
            # The decision that ended the aid is the last one that could have.
            decided = max(ended or group, key=lambda d: d.decided_on)
            if on > send_by(decided.decided_on):
                yield finding_of(decided, span, Cause.NOT_SHORTENED, send_by(decided.decided_on))
