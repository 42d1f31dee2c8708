"""What will soon be missing, or is missing without anybody's file showing it. Pure.

Aid that is about to end without a decision on its renewal, and a CPAS that normally sends and has
fallen silent. Both are warnings: nothing has been proved to be missing yet.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from attestations.codes import Cause
from attestations.gap_rows import (
    Attested,
    Decided,
    Finding,
    by_person,
    claim_due_on,
    finding_of,
    reading_order,
)
from attestations.periods import (
    ONE_DAY,
    Span,
    Timeline,
    add_days,
    add_months,
    month_start,
    next_month_start,
)

# A CPAS has 30 days to decide on an application: a renewal not yet decided then is worth a warning.
RENEWAL_NOTICE_DAYS = 30
# A CPAS "normally sends" when it sent something in each of this many months in a row. OURS: no
# official measure was found; half a year keeps small CPAS, which send now and then, out of it.
USUAL_MONTHS = 6


def ending_findings(
    decisions: Iterable[Decided], attested: Iterable[Attested], *, on: date
) -> list[Finding]:
    """Aid that ends in the next 30 days with nothing decided or attested for the day after.

    The finding spans the decision and is due on its last day. Aid that was stopped ends because
    somebody decided so; aid of any CPAS or kind on the day after counts as a renewal.
    """
    decisions = list(decisions)
    near = [decided for decided in decisions if _ends_soon(decided, on=on)]
    persons = {decided.person for decided in near}
    held, granted = by_person(attested, only=persons), by_person(decisions, only=persons)
    findings = []
    for decided in near:
        spans = [row.span for row in granted[decided.person] if row.span is not None]
        spans += [row.span for row in held.get(decided.person, ())]
        assert decided.span is not None
        if decided.span.end not in Timeline(spans):
            last_day = decided.span.end - ONE_DAY
            cause = Cause.ENDING_WITHOUT_RENEWAL
            findings.append(finding_of(decided, decided.span, cause, last_day))
    return sorted(findings, key=reading_order)


def _ends_soon(decided: Decided, *, on: date) -> bool:
    if decided.span is None or decided.stopped or decided.span.last_day is None:
        return False
    return on <= decided.span.last_day <= add_days(on, RENEWAL_NOTICE_DAYS)


def silence_findings(sendings: Iterable[tuple[int, date]], *, on: date) -> list[Finding]:
    """The CPAS that sent something in each of six months in a row and nothing since.

    `sendings` are (CPAS, day of sending), at least of the months since the silence began and the
    six before. A finding spans the whole months of silence, up to the month of `on`, not included.
    """
    months = defaultdict(set)
    for cpas, sent_on in sendings:
        if sent_on <= on:
            months[cpas].add(month_start(sent_on))
    findings = []
    for cpas, active in months.items():
        last = max(active)
        silent_from, silent_until = next_month_start(last), month_start(on)
        usual = all(add_months(last, -back) in active for back in range(USUAL_MONTHS))
        if usual and silent_from < silent_until:
            silent = Span(silent_from, silent_until)
            due_on = claim_due_on(silent_from)
            findings.append(Finding(cpas, None, None, silent, Cause.SILENCE, due_on, by_month=True))
    return sorted(findings, key=reading_order)
