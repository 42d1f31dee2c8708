"""The registry as a list of what was said and when: slow, plain, and without a database.

Whatever is asked about an instant is answered by reading the list from its start up to there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from attestations.periods import Span, Timeline
from derived_rights.engine import one
from derived_rights.engine.catalogue import rights
from derived_rights.engine.facts import AttestedSpan, Facts, HouseholdSpan

RIGHT = "bim"


@dataclass(frozen=True)
class Said:
    """What a decision said from an instant on; `member` is a child in the household, or nobody."""

    decision: Any  # the registry's identifier
    at: datetime
    version: int
    cpas: int
    ssin: str
    aid_kind: str
    span: Span
    decided_on: date
    member: str | None = None
    cancelled: bool = False


@dataclass
class Believed:
    """Everything that was said, who turned out to be whom, and what was derived at each time."""

    numbers: list[str]
    said: list[Said] = field(default_factory=list)
    replaced: dict[str, tuple[str, datetime]] = field(default_factory=dict)  # by what, told when
    derived: list[tuple[datetime, dict[str, Timeline]]] = field(default_factory=list)

    def same(self, ssin: str, known_at: datetime | None = None) -> frozenset[str]:
        """All numbers of one person: those that replacements lead to, in either direction.

        Of the replacements only those that had been told by the instant.
        """
        found = {ssin}
        while more := {
            other
            for old, (new, at) in self.replaced.items()
            if known_at is None or at <= known_at
            for other in (old, new)
            if {old, new} & found and other not in found
        }:
            found |= more
        return frozenset(found)

    def chain(self, ssin: str) -> list[str]:
        """The number and those that replaced it."""
        chain = [ssin]
        while chain[-1] in self.replaced:
            chain.append(self.replaced[chain[-1]][0])
        return chain

    def standing(self, known_at: datetime | None = None) -> list[Said]:
        """The last word on each decision, up to an instant or now; cancelled ones too."""
        last: dict[Any, Said] = {}
        for word in self.said:
            if known_at is None or word.at <= known_at:
                last[word.decision] = word
        return list(last.values())

    def about(self, ssin: str, known_at: datetime | None = None) -> Iterator[Said]:
        """What stands about a person, under whatever number was known to be theirs."""
        numbers = self.same(ssin, known_at)
        return (word for word in self.standing(known_at) if word.ssin in numbers)

    def attested(self, ssin: str, known_at: datetime | None = None) -> list[Said]:
        return [word for word in self.about(ssin, known_at) if not word.cancelled]

    def in_the_way(self, wanted: Said, days: Timeline) -> bool:
        """Whether the CPAS already attests one of these days to the person, by another decision."""
        return any(
            word.decision != wanted.decision
            and (word.cpas, word.aid_kind) == (wanted.cpas, wanted.aid_kind)
            and bool(days & Timeline([word.span]))
            for word in self.attested(wanted.ssin)
        )

    def households(self, known_at: datetime | None = None) -> set[tuple[Any, Any, Span]]:
        """(person, child, span); persons are all their numbers today. Nobody is their own child."""
        stated = {
            (self.same(word.ssin), self.same(word.member), word.span)
            for word in self.standing(known_at)
            if word.member is not None and not word.cancelled
        }
        return {row for row in stated if row[0] != row[1]}

    def derive(self, at: datetime) -> None:
        """Derive everybody's right from what stands now, by the reference interpreter."""
        index = {ssin: min(map(self.numbers.index, self.same(ssin))) for ssin in self.numbers}
        attested: dict[int, list[AttestedSpan]] = {}
        for word in self.standing():
            if not word.cancelled:
                row = AttestedSpan(word.aid_kind, word.span, word.decided_on, str(word.decision))
                attested.setdefault(index[word.ssin], []).append(row)
        living = [
            HouseholdSpan(index[min(who)], index[min(child)], "child", span)
            for who, child, span in self.households()
        ]
        derivation = one.Derivation(Facts(attested, living), rights(), {})
        days = {ssin: derivation.outcome(index[ssin], RIGHT).timeline for ssin in self.numbers}
        self.derived.append((at, days))

    def right(self, ssin: str, known_at: datetime | None = None) -> Timeline:
        """The days of the right as believed at an instant, under any number of the person."""
        known = [days for at, days in self.derived if known_at is None or at <= known_at]
        found = Timeline()
        for number in self.same(ssin, known_at) if known else ():
            found |= known[-1][number]
        return found

    def say(self, word: Said, at: datetime, **changes: Any) -> Said:
        said = replace(word, at=at, **changes)
        self.said.append(said)
        return said
