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
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Protocol, TypeVar

from attestations.codes import Cause
from attestations.periods import ONE_DAY, Span, Timeline, month_start, next_month_start

# The circulars give the CPAS 7 days after the decision to grant, withdraw or revise.
SEND_WITHIN_DAYS = 7


@dataclass(frozen=True, slots=True)
class Claimed:
    """A CPAS claimed the subsidy for this person and kind of aid for the month `month` lies in."""

    cpas: int
    person: int
    aid_kind: str
    month: date


@dataclass(frozen=True, slots=True)
class Attested:
    """`via_replaced`: sent under a number that had already been replaced when it was sent."""

    cpas: int
    person: int
    aid_kind: str
    span: Span
    number: str = ""
    via_replaced: bool = False


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision as it now stands: `span` is None when it is cancelled.

    `decided_on` and `recorded_on` are those of its last version; `stopped` says that this version
    ended the aid before its term.
    """

    cpas: int
    person: int
    aid_kind: str
    span: Span | None
    decided_on: date
    recorded_on: date
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """Days to be put right by `cpas`, which should have been done by the end of `due_on`.

    `person` and `aid_kind` are None for the cause `silence` only, which concerns a whole CPAS.
    `claimed`: the days were claimed, so each month of them is due by itself.
    """

    cpas: int
    person: int | None
    aid_kind: str | None
    span: Span
    cause: Cause
    due_on: date
    claimed: bool = field(default=False, compare=False)

    def due_from(self, day: date) -> date:
        """When what is missing from that day on is due."""
        return claim_due_on(day) if self.claimed and day > self.span.start else self.due_on


def send_by(decided_on: date) -> date:
    """The last day on which an attestation of a decision of `decided_on` is in time."""
    return decided_on + timedelta(days=SEND_WITHIN_DAYS)


def claim_due_on(month: date) -> date:
    """The last day on which an attestation for that month is in time.

    Aid for a month may be decided as late as its last day; the sending time runs from there.
    """
    return send_by(next_month_start(month) - ONE_DAY)


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
                findings.append(Finding(cpas, person, aid_kind, span, cause, due_on, claimed=True))
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
        for decided in theirs:
            findings.extend(_not_attested(decided, sent, on=on))
        findings.extend(_not_shortened(theirs, sent, on=on))
    return sorted(findings, key=reading_order)


class _OfPerson(Protocol):
    @property
    def person(self) -> int: ...


_Row = TypeVar("_Row", bound=_OfPerson)


def by_person(rows: Iterable[_Row], *, only: set[int] | None = None) -> dict[int, list[_Row]]:
    """The rows of each person, or of each of those asked for."""
    persons = defaultdict(list)
    for row in rows:
        if only is None or row.person in only:
            persons[row.person].append(row)
    return persons


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
    elif decided.recorded_on > due_on:
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


def finding_of(decided: Decided, span: Span, cause: Cause, due_on: date) -> Finding:
    """A finding about days of a decision."""
    return Finding(decided.cpas, decided.person, decided.aid_kind, span, cause, due_on)


def reading_order(finding: Finding) -> tuple[int, int, str, Span, str]:
    """By CPAS, person, kind and day."""
    whom = finding.cpas, finding.person or 0, finding.aid_kind or ""
    return *whom, finding.span, finding.cause
