"""Facts about persons as authentic sources state them: recorded set-wise, and never edited.

A later item of the same source about a period that begins on the same day replaces the earlier
one in recorded time; saying the same again changes nothing.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeAlias

from django.db import transaction
from django.db.models import Q

from attestations import clock
from attestations.bell import facts_changed
from attestations.codes import HouseholdRelation
from attestations.errors import InvalidInput
from attestations.models import FactChange, HouseholdStatement, PersonFact
from attestations.periods import Span
from attestations.services import identities
from attestations.services.bulk_numbers import Numbers, blinds_of
from attestations.services.identities import Identities
from attestations.services.memberships import Memberships, Named
from attestations.ssin import Ssin


@dataclass(frozen=True)
class Stated:
    """One fact as a source states it; `span` is None for what has no period.

    `members` are those of a household, none for one who lives alone.
    """

    ssin: Ssin
    kind: PersonFact.Kind
    source: str
    span: Span | None = None
    value: Mapping[str, Any] = field(default_factory=dict)
    aid_kind: str = ""
    members: tuple[tuple[Ssin, HouseholdRelation], ...] = ()

    def named(self) -> list[Ssin]:
        """Everybody whom the fact is about."""
        return [self.ssin, *(ssin for ssin, _ in self.members)]


@dataclass(frozen=True)
class Outcome:
    """How many facts said something new, and why others were refused, by their place from 0."""

    new: int
    refused: Mapping[int, InvalidInput]


# What a later item replaces: the person, kind, source, kind of aid and first day it shares.
_Key: TypeAlias = tuple[int, str, str, str, date | None]
_Members: TypeAlias = frozenset[tuple[int, str]]


@dataclass
class _Entry:
    """A fact with the members it names; stored already, or to be stored."""

    row: PersonFact
    members: _Members

    def named(self, same: Identities) -> Named:
        """The person, and the member of each statement; both as known today."""
        members = [same.root(member) for member, _ in self.members]
        return same.root(self.row.person_id), members


@transaction.atomic
def record(items: Sequence[Stated], *, ticket: uuid.UUID, atomic: bool = False) -> Outcome:
    """Record facts in the order in which they are given, but households that cannot be.

    Everybody whose rights may follow from a change is written to the ledger. With `atomic` one
    refusal suffices for nothing to be recorded.
    """
    named = [ssin.number for item in items for ssin in item.named()]
    numbers = Numbers.of(blinds_of(named))
    numbers.hold()
    same = identities.lock(numbers.known_roots(named))
    numbers.follow(same)
    now = clock.database_now()
    memberships = Memberships.of(_named(item, numbers) for item in items if item.members)
    standing = _standing({numbers.root(item.ssin) for item in items}, same)
    closed: list[_Entry] = []
    added: list[_Entry] = []
    refused: dict[int, InvalidInput] = {}
    for place, item in enumerate(items):
        entry = _entry(item, numbers, ticket=ticket, now=now)
        before = standing[_key(entry.row, same)]
        if before and _says_the_same(before[-1], entry):
            continue
        if error := _refusal(*_named(item, numbers), memberships):
            refused[place] = error
            continue
        for replaced in before:
            replaced.row.superseded_at = now
            memberships.remove(*replaced.named(same))
        memberships.add(*entry.named(same))
        closed += before
        before[:] = [entry]
        added.append(entry)
    if atomic and refused:
        return Outcome(0, refused)
    kept = (item for place, item in enumerate(items) if place not in refused)
    numbers.register((ssin.number for item in kept for ssin in item.named()), now=now)
    _store([entry for entry in closed if entry.row.pk], added)
    _tell(closed + added, ticket=ticket, now=now)
    return Outcome(len(added), refused)


def _refusal(person: int, members: Sequence[int], memberships: Memberships) -> InvalidInput | None:
    """Why a household cannot be stated; two numbers may turn out to be one person's."""
    if person in members:
        detail = "A household names each person once, and not its own subject."
        return InvalidInput(detail, "members")
    return memberships.refusal(person, members, name="members")


def _named(item: Stated, numbers: Numbers) -> Named:
    return numbers.root(item.ssin), [numbers.root(ssin) for ssin, _ in item.members]


def _entry(item: Stated, numbers: Numbers, *, ticket: uuid.UUID, now: datetime) -> _Entry:
    row = PersonFact(
        kind=item.kind,
        person_id=numbers.root(item.ssin),
        source=item.source,
        period=item.span,
        aid_kind=item.aid_kind,
        value=dict(item.value),
        ticket=ticket,
        recorded_at=now,
    )
    members = ((numbers.root(ssin), str(relation)) for ssin, relation in item.members)
    return _Entry(row, frozenset(members))


def _standing(roots: Iterable[int], same: Identities) -> defaultdict[_Key, list[_Entry]]:
    """What is in force about these persons, by what would replace it; oldest first."""
    rows = PersonFact.objects.filter(person_id__in=same.ids(roots), superseded_at=None)
    found: defaultdict[_Key, list[_Entry]] = defaultdict(list)
    for row in rows.order_by("id").prefetch_related("members"):
        members = frozenset((one.member_id, one.relation) for one in row.members.all())
        found[_key(row, same)].append(_Entry(row, members))
    return found


def _key(row: PersonFact, same: Identities) -> _Key:
    start = None if row.period is None else row.period.start
    return same.root(row.person_id), str(row.kind), row.source, row.aid_kind, start


def _says_the_same(one: _Entry, other: _Entry) -> bool:
    return (one.row.period, one.row.value, one.members) == (
        other.row.period,
        other.row.value,
        other.members,
    )


def _store(closed: list[_Entry], added: list[_Entry]) -> None:
    """Close what is replaced, then append; the caller holds the locks of the persons."""
    if closed:
        now = closed[0].row.superseded_at
        ids = [entry.row.pk for entry in closed]
        HouseholdStatement.objects.filter(fact__in=ids).update(superseded_at=now)
        PersonFact.objects.filter(pk__in=ids).update(superseded_at=now)
    PersonFact.objects.bulk_create([entry.row for entry in added], batch_size=2_000)
    HouseholdStatement.objects.bulk_create(
        (
            HouseholdStatement(
                subject_id=entry.row.person_id,
                member_id=member,
                relation=relation,
                period=entry.row.period,
                source=entry.row.source,
                fact=entry.row,
                ticket=entry.row.ticket,
                recorded_at=entry.row.recorded_at,
                superseded_at=entry.row.superseded_at,
            )
            for entry in added
            for member, relation in sorted(entry.members)
        ),
        batch_size=2_000,
    )


def _tell(entries: list[_Entry], *, ticket: uuid.UUID, now: datetime) -> None:
    """Write the persons concerned to the ledger, and ring."""
    households = [entry for entry in entries if entry.row.kind == PersonFact.Kind.HOUSEHOLD]
    concerned = {entry.row.person_id for entry in entries}
    named = {member for entry in households for member, _ in entry.members}
    named |= {entry.row.person_id for entry in households}
    concerned |= named | _who_lives_with(named)
    if not concerned:
        return
    FactChange.objects.bulk_create(
        (
            FactChange(
                kind=FactChange.Kind.FACT,
                person_id=person,
                ticket=ticket,
                recorded_at=now,
                routed_at=now,  # nobody is told of a fact by itself, only of what follows
            )
            for person in sorted(concerned)
        ),
        batch_size=2_000,
    )
    facts_changed.ring_on_commit()


def _who_lives_with(persons: set[int]) -> set[int]:
    """All whom any source states in a household with these.

    A statement may end what another source says: then they are no longer found from these.
    """
    if not persons:
        return set()
    ids = identities.known(persons).ids(persons)
    pairs = HouseholdStatement.objects.filter(
        Q(subject_id__in=ids) | Q(member_id__in=ids), superseded_at=None
    ).values_list("subject_id", "member_id")
    return {person for pair in pairs for person in pair}
