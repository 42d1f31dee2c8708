"""Recording many decisions at once: what `decisions.record` does one by one, set-wise.

The lines are copied into a staging table, checked there against what is attested, and moved by one
statement for each table. The invariants are those of a single recording, and so is what is left
behind: a test records the same lines both ways and compares every table.
"""

from __future__ import annotations

import uuid
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Self

from django.db import transaction

from attestations import clock
from attestations.bell import facts_changed
from attestations.errors import Overlap
from attestations.services import bulk_sql, identities
from attestations.services.bulk_items import Unacceptable, domain_issue
from attestations.services.bulk_lines import Line, Ready, numbers_of, ready
from attestations.services.bulk_numbers import Numbers
from attestations.services.bulk_sql import Placed
from attestations.services.expectations import Persons
from attestations.services.item_faults import MAX_ISSUES_IN_BATCH, Issue
from attestations.services.memberships import Memberships
from attestations.services.persons import REGISTERING
from attestations.services.settling import break_silence, settle_locked

OWN_HOUSEHOLD = Issue(
    "invalidInput", "household", "The household names the person of the decision itself."
)

NOBODY: frozenset[tuple[int, str]] = frozenset()


@dataclass(frozen=True)
class Refused:
    """A line that was not recorded, and why."""

    index: int
    issues: tuple[Issue, ...]

    @classmethod
    def unread(cls, index: int, error: Unacceptable) -> Self:
        """A line that cannot be read, with the first things that are wrong with it."""
        return cls(index, error.issues[:MAX_ISSUES_IN_BATCH])


@dataclass(frozen=True)
class Outcome:
    """What became of the lines: the ids of the decisions made, by index, and the lines refused."""

    recorded: Mapping[int, str] = field(default_factory=dict)
    refused: Sequence[Refused] = ()


def record_all(
    lines: Sequence[Line],
    *,
    ticket: uuid.UUID,
    atomic: bool = False,
    check_only: bool = False,
    noun: str = "Item",
) -> Outcome:
    """Record the lines, which were read as sound; the others are refused and change nothing.

    Where lines stand in each other's way the first one wins, and the later ones are refused
    naming it: `noun` says what an index counts. With `atomic` one refusal suffices for nothing
    to be recorded, with `check_only` none is needed.
    """
    prepared = ready(lines, on=clock.today())
    numbers = Numbers.of(prepared.blinds)
    return record_ready(
        prepared, numbers, ticket=ticket, atomic=atomic, check_only=check_only, noun=noun
    )


@transaction.atomic
def record_ready(
    taken: Ready,
    numbers: Numbers,
    *,
    ticket: uuid.UUID,
    atomic: bool = False,
    check_only: bool = False,
    noun: str = "Item",
    registering: Sequence[str] = REGISTERING,
) -> Outcome:
    """The same for lines that were made ready, and their numbers looked up, beforehand.

    Who holds but some of the locks of `registering` sees to it that those who hold the others
    name no number that this batch names.
    """
    if not taken.lines:
        return Outcome()
    numbers.hold(registering)
    same = identities.lock(numbers.known_roots(line.ssin.number for line in taken.lines))
    numbers.follow(same)
    now = clock.database_now()
    placed = list(placed_lines(taken, numbers))
    refused = {
        row.line.index: OWN_HOUSEHOLD
        for row in placed
        if row.members and any(member == row.person_id for member, _ in row.members)
    }
    with bulk_sql.staging() as staged:
        staged.fill(placed)
        for index, number, period in staged.in_the_way(same.merged):
            refused.setdefault(index, domain_issue(Overlap.with_attestation(number, period)))
        sound = [row for row in placed if row.line.index not in refused]
        refused |= _unplaced(sound, numbers, _memberships(sound, numbers), noun)
        if check_only or (atomic and refused):
            return Outcome(refused=_refusals(refused))
        kept = [row for row in sound if row.line.index not in refused]
        staged.drop(refused.keys())
        numbers.register(numbers_of(row.line for row in kept), now=now)
        staged.move(same.merged, now=now, ticket=ticket)
        concerned = staged.with_claims_or_findings(same.merged)
    if concerned:
        settle_locked(Persons.of(*concerned), on=taken.on, now=now, ticket=ticket)
    break_silence({row.line.cpas_id for row in kept}, now=now)
    facts_changed.ring_on_commit()
    return Outcome({row.line.index: row.public_id for row in kept}, _refusals(refused))


def placed_lines(taken: Ready, numbers: Numbers) -> Iterator[Placed]:
    for line, public_id, text in zip(taken.lines, taken.public_ids, taken.texts, strict=True):
        number_id, person_id = numbers.place(line.ssin)
        members = NOBODY
        if line.content.household:
            household = line.content.household
            members = frozenset((numbers.root(one.ssin), str(one.relation)) for one in household)
        is_new = numbers.is_new(line.ssin)
        yield Placed(line, person_id, number_id, is_new, members, public_id, text)


def _memberships(placed: Sequence[Placed], numbers: Numbers) -> Memberships:
    """Of all whom the lines name as members; asks only if they name any."""
    named = [
        (row.person_id, [member for member, _ in row.members]) for row in placed if row.members
    ]
    return Memberships.of(named, new=numbers.new_persons() if named else frozenset())


def _unplaced(
    placed: Sequence[Placed], numbers: Numbers, memberships: Memberships, noun: str
) -> dict[int, Issue]:
    """The lines for which those before them left no room: no days, or no household to be named in.

    Only lines that are kept take any.
    """
    if not memberships and len({row.person_id for row in placed}) == len(placed):
        return {}
    taken: defaultdict[tuple[int, int, str], _Days] = defaultdict(_Days)
    found = {}
    for row in placed:
        days = taken[row.person_id, row.line.cpas_id, row.line.content.aid_kind]
        named = [numbers.root(one) for one in row.line.content.named()] if memberships else []
        if earlier := days.overlapped_by(row.line):
            found[row.line.index] = _taken(earlier, noun)
        elif error := memberships.refusal(row.person_id, named, name="household"):
            found[row.line.index] = domain_issue(error)
        else:
            days.add(row.line)
            memberships.add(row.person_id, named)
    return found


class _Days:
    """Lines of one person, CPAS and kind that share no day."""

    def __init__(self) -> None:
        self._starts: list[date] = []  # sorted, as the lines are
        self._lines: list[Line] = []

    def overlapped_by(self, line: Line) -> Line | None:
        """The earliest of them that shares a day with this line."""
        span = line.content.span
        at = bisect_right(self._starts, span.start)
        beside = self._lines[max(at - 1, 0) : at + 1]
        return next((one for one in beside if one.content.span.overlaps(span)), None)

    def add(self, line: Line) -> None:
        """A line that overlaps none."""
        at = bisect_right(self._starts, line.content.span.start)
        self._starts.insert(at, line.content.span.start)
        self._lines.insert(at, line)


def _taken(earlier: Line, noun: str) -> Issue:
    span = earlier.content.span
    until = span.last_day or "an open end"
    return Issue(
        "ext/rejectedInput",
        "startDate",
        f"{noun} {earlier.index} already covers this kind of aid for this person from "
        f"{span.start} to {until}.",
    )


def _refusals(refused: Mapping[int, Issue]) -> list[Refused]:
    return [Refused(index, (issue,)) for index, issue in sorted(refused.items())]
