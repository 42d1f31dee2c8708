"""Generated households on whole months: as facts for the engine, and as arrays by month.

Months are counted from FIRST. Everything begins on the first day of a month and ends with one, so
that what holds on the first day of a month holds on all of it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from attestations.periods import Span, add_months
from derived_rights.engine.facts import (
    AttestedSpan,
    Facts,
    HouseholdSpan,
    ReportedSpan,
    ResidenceSpan,
)

FIRST = date(2016, 1, 1)
MONTHS = 12 * 11
LONG_AGO = -24  # before the first month
NEVER = 10_000

# A code of an array is a place in its tuple; kind 0 is no aid.
KINDS = (
    "",
    "integrationIncome",
    "equivalentIntegrationIncome",
    "benefitAdvance",
    "stateChargedAid",
    "otherSocialAid",
    "localReceptionStay",
    "article60Employment",
)
HEAD, PARTNER, CHILD, PARENT, OTHER = range(5)
RELATIONS = ("", "partner", "child", "parent", "other")
FLANDERS, BRUSSELS, WALLONIA = range(3)
MUNICIPALITIES = ("11002", "21004", "92094")  # Antwerpen, Brussels, Namur
BIGGEST = 4


def first_day(month: int) -> date:
    return add_months(FIRST, month)


def during(start: int, end: int) -> Span:
    return Span(first_day(start), first_day(end))


@dataclass(frozen=True)
class Aid:
    """An attestation of the months [start, end), decided on the first day of `decided`."""

    kind: int
    start: int
    end: int
    decided: int


@dataclass(frozen=True)
class Member:
    """A person of a household, and what they are to its head, in the months [start, end).

    `lives` says from which month on they live in which region; the first one since their birth.
    """

    role: int
    start: int
    end: int
    aids: tuple[Aid, ...]
    born: int
    lives: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Population:
    """The members of all households, one household after the other, each beginning with its head.

    `household` is the number of the household of each person.
    """

    members: Sequence[Member]
    household: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.members)

    def described(self, person: int) -> str:
        """The person and the household, to look into a difference."""
        same = np.flatnonzero(self.household == self.household[person])
        return f"{self.members[person]} of {[self.members[one] for one in same]}"

    def facts(self) -> Facts:
        """What the engine is told; persons are their places."""
        heads = np.flatnonzero([member.role == HEAD for member in self.members])
        return Facts(
            attested={person: list(_attested(one)) for person, one in enumerate(self.members)},
            household=[
                HouseholdSpan(
                    int(heads[self.household[person]]),
                    person,
                    RELATIONS[one.role],
                    during(one.start, one.end),
                )
                for person, one in enumerate(self.members)
                if one.role != HEAD
            ],
            births={person: [first_day(one.born)] for person, one in enumerate(self.members)},
            residences={person: list(_lived(one)) for person, one in enumerate(self.members)},
            # Nobody of the situations was insured elsewhere, and a source says so.
            reported={
                person: [ReportedSpan("foreignInsurance", Span(date.min), holds=False)]
                for person in range(len(self.members))
            },
        )


def _attested(member: Member) -> Iterator[AttestedSpan]:
    for place, aid in enumerate(member.aids, start=1):
        span = during(aid.start, aid.end)
        yield AttestedSpan(KINDS[aid.kind], span, first_day(aid.decided), f"A{place}")


def _lived(member: Member) -> Iterator[ResidenceSpan]:
    starts = [member.born, *(start for start, _ in member.lives[1:])]
    ends = [*starts[1:], None]
    for start, end, (_, region) in zip(starts, ends, member.lives, strict=True):
        span = Span(first_day(start)) if end is None else during(start, end)
        yield ResidenceSpan(MUNICIPALITIES[region], span)


def generated(households: int, seed: int) -> Population:
    """Households of one to four persons; short and long aids, with and without gaps and moves."""
    chance = random.Random(seed)
    members: list[Member] = []
    numbers: list[int] = []
    for household in range(households):
        roles = [HEAD, *chance.choices((PARTNER, CHILD, PARENT, OTHER), k=chance.randrange(4))]
        for role in roles:
            members.append(_member(chance, role))
            numbers.append(household)
    return Population(members, np.array(numbers))


def _member(chance: random.Random, role: int) -> Member:
    start, end = LONG_AGO, MONTHS
    if role != HEAD and chance.random() < 0.6:
        start = chance.randrange(MONTHS - 1)
        end = min(MONTHS, start + chance.randint(1, 50))
    aids = tuple(_aids(chance)) if chance.random() < 0.7 else ()
    if aids and role != HEAD and chance.random() < 0.3:
        start = min(aids[0].start, end - 1)  # a household stated as long as the aid runs
    born = -12 * chance.randint(0, 60) - chance.randrange(1, 13)
    return Member(role, start, end, aids, born, tuple(_lives(chance, born)))


def _aids(chance: random.Random) -> Iterator[Aid]:
    month = chance.randrange(12, MONTHS - 40)
    for _ in range(chance.randint(1, 4)):
        end = min(MONTHS - 24, month + chance.choice((1, 2, 2, 3, 3, 4, 5, 9, 14, 26)))
        if end <= month:
            return
        decided = max(0, month + chance.choice((-2, -1, 0, 0, 0, 1, 2, 4, 8)))
        weights = (12, 6, 2, 2, 2, 2, 2)
        yield Aid(*chance.choices(range(1, len(KINDS)), weights), month, end, decided)
        month = end + chance.choice((0, 0, 0, 1, 2, 7, 13))


def _lives(chance: random.Random, born: int) -> Iterator[tuple[int, int]]:
    month, region = born, chance.randrange(3)
    yield month, region
    for _ in range(chance.randrange(3)):
        month = max(month, 0) + chance.choice((1, 12, 40, 59, 60, 61, 72))
        if month >= MONTHS:
            return
        others = [one for one in (FLANDERS, BRUSSELS, WALLONIA) if one != region]
        region = chance.choice(others)
        yield month, region
