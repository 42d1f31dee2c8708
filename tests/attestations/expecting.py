"""What the control must find, day by day: slow, plain, and without a database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from attestations.periods import Span, next_month_start

# CPAS, the numbers of the person, kind of aid, cause.
Key = tuple[int, frozenset[str], str, str]
Days = set[date]


def days_of(span: Span) -> Days:
    return {span.start + timedelta(days=n) for n in range((span.end - span.start).days)}


@dataclass(frozen=True)
class Standing:
    """A decision as it stands, and so its attestation, sent under `number`."""

    decision: Any
    version: int
    cpas: int
    ssin: str
    number: str
    aid_kind: str
    span: Span
    decided_on: date
    change: str = "recorded"

    @property
    def days(self) -> Days:
        return set() if self.change == "cancelled" else days_of(self.span)


@dataclass
class Expected:
    """Everything that was recorded, claimed and replaced, as known on the day of the control."""

    on: date
    standing: list[Standing] = field(default_factory=list)
    claims: set[tuple[int, str, str, date]] = field(default_factory=set)
    replaced: dict[str, str] = field(default_factory=dict)

    def same(self, ssin: str) -> frozenset[str]:
        found = {ssin}
        while more := {
            other
            for pair in self.replaced.items()
            if found & set(pair)
            for other in pair
            if other not in found
        }:
            found |= more
        return frozenset(found)

    def in_use(self, ssin: str) -> str:
        while ssin in self.replaced:
            ssin = self.replaced[ssin]
        return ssin

    def about(self, person: frozenset[str]) -> list[Standing]:
        return [one for one in self.standing if one.ssin in person]

    def findings(self) -> dict[Key, Days]:
        """The days of each kind of finding."""
        found: defaultdict[Key, Days] = defaultdict(set)
        for key, days in [*self._of_claims(), *self._of_decisions(), *self._ending()]:
            found[key] |= days
        return {key: days for key, days in found.items() if days}

    def _of_claims(self) -> Iterator[tuple[Key, Days]]:
        for cpas, ssin, kind, month in self.claims:
            if month > self.on:
                continue
            person, whole = self.same(ssin), days_of(Span(month, next_month_start(month)))
            theirs = self.about(person)
            own = [one.days for one in theirs if (one.cpas, one.aid_kind) == (cpas, kind)]
            granted = set().union(*own) & whole
            yield self._missing(cpas, person, kind, granted or whole)

    def _of_decisions(self) -> Iterator[tuple[Key, Days]]:
        for one in self.standing:
            ended = one.change in ("stopped", "cancelled")  # today, so it is not due
            if not ended and self.on > one.decided_on + timedelta(days=7):
                yield self._missing(one.cpas, self.same(one.ssin), one.aid_kind, one.days)

    def _missing(
        self, cpas: int, person: frozenset[str], kind: str, expected: Days
    ) -> tuple[Key, Days]:
        theirs = self.about(person)

        def attested(rows: Iterable[Standing]) -> Days:
            return set().union(*(one.days for one in rows))

        own = [one for one in theirs if (one.cpas, one.aid_kind) == (cpas, kind)]
        missing = expected - attested(one for one in own if one.number not in self.replaced)
        others = [one for one in theirs if one.cpas == cpas and one.aid_kind != kind]
        elsewhere = [one for one in theirs if one.cpas != cpas and one.aid_kind == kind]
        if missing != expected:
            cause = "partialCover"
        elif expected <= attested(own):
            cause = "replacedSsin"
        elif expected <= attested(others):
            cause = "wrongKind"
        elif expected <= attested(elsewhere):
            cause = "otherCpas"
        else:
            cause = "neverSent"
        return (cpas, person, kind, cause), missing

    def _ending(self) -> Iterator[tuple[Key, Days]]:
        for one in self.standing:
            last = one.span.end - timedelta(days=1)
            soon = self.on <= last <= self.on + timedelta(days=30)
            if one.change in ("stopped", "cancelled") or not soon:
                continue
            person = self.same(one.ssin)
            if not any(one.span.end in other.days for other in self.about(person)):
                yield (one.cpas, person, one.aid_kind, "endingWithoutRenewal"), one.days
