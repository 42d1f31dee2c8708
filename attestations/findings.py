"""Findings over time: which of today's are new, and which of those known are over. Pure.

A finding is never changed into another: its days, cause and feedback stay what the CPAS was told.
Days that are still missing for the same cause stay with the finding they were first reported in;
days that have come are over, together with the finding that named them. So a justification covers
what it was given for, and a month claimed later is a finding of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Protocol, TypeVar

from attestations.gap_rows import Finding
from attestations.periods import Span, Timeline

Key = tuple[int, int | None, str | None, str]


class Known(Protocol):
    """A finding that is not over, as it was told."""

    @property
    def key(self) -> Key: ...
    @property
    def period(self) -> Span: ...


_Known = TypeVar("_Known", bound=Known)


def key_of(finding: Finding) -> Key:
    """Whose days these are, and why they are missing."""
    return finding.cpas, finding.person, finding.aid_kind, str(finding.cause)


def compare(
    found: Iterable[Finding], known: Iterable[_Known]
) -> tuple[list[Finding], list[_Known]]:
    """The findings to open, and the known ones that are over.

    A known finding stays as long as all of its days are still missing for its cause. What is
    missing beyond those that stay is opened, due when the first of what was found there is.
    """
    missing: defaultdict[Key, list[Finding]] = defaultdict(list)
    for finding in found:
        missing[key_of(finding)].append(finding)
    told: defaultdict[Key, list[_Known]] = defaultdict(list)
    for row in known:
        told[row.key].append(row)
    opened: list[Finding] = []
    over: list[_Known] = []
    for key in missing.keys() | told.keys():
        days = Timeline(finding.span for finding in missing[key])
        stay = [row for row in told[key] if days.covers(row.period)]
        over.extend(row for row in told[key] if row not in stay)
        for span in days - Timeline(row.period for row in stay):
            opened.append(_opened(span, missing[key]))
    return opened, over


def _opened(span: Span, found: list[Finding]) -> Finding:
    about = [finding for finding in found if finding.span.overlaps(span)]
    due_on = min(finding.due_from(span.start) for finding in about)
    first = about[0]
    return Finding(first.cpas, first.person, first.aid_kind, span, first.cause, due_on)
