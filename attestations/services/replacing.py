"""Replaced numbers: the old number stays as it was sent, and leads to the person of the new one.

A number that nobody knew yet joins the person of the other. If both were known under different
persons, the old one's is merged into the new one's. No row of history is rewritten.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from django.db import transaction
from django.db.models import Q

from attestations import clock
from attestations.bell import facts_changed
from attestations.errors import InvalidInput
from attestations.locks import lock_name
from attestations.models import Attestation, FactChange, MergedOverlap, Person, PersonNumber
from attestations.services import identities, persons
from attestations.services.expectations import Persons
from attestations.services.settling import settle_locked
from attestations.ssin import Ssin


class RefusedReplacement(InvalidInput):
    """A replacement that contradicts one that is recorded."""

    code = "ext/rejectedInput"


@dataclass(frozen=True)
class Replacement:
    """`ssin` was replaced on `date` by `replaced_by`; `is_new` says that it was not yet known."""

    ssin: Ssin
    replaced_by: Ssin
    date: date
    is_new: bool


@transaction.atomic
def replace(*, ssin: Ssin, replaced_by: Ssin, on: date, ticket: uuid.UUID) -> Replacement:
    """Record that a number was replaced; saying the same again changes nothing.

    Raises InvalidInput for a number that replaces itself or a day that cannot be, and
    RefusedReplacement for a cycle or a number that was already replaced otherwise.
    """
    if ssin == replaced_by:
        raise InvalidInput("A number cannot replace itself.", "replacedBy")
    if on > clock.today():
        raise InvalidInput(f"The day lies after today ({clock.today()}).", "date")
    # Rare, so one at a time: chains and roots hold still while they are looked at.
    lock_name("replacements")
    old, new, joined = _numbers(ssin, replaced_by)
    if old.replaced_by_id is not None:
        if (old.replaced_by_id, old.replaced_on) == (new.pk, on):
            return Replacement(ssin, replaced_by, on, is_new=False)
        raise RefusedReplacement(
            f"The number is recorded as replaced on {old.replaced_on}, and not by this number on "
            f"{on}: a recorded replacement cannot be changed.",
            "ssin",
        )
    _refuse_circle(old, new)
    identities.lock({persons.root_id(old), persons.root_id(new)})
    now = clock.database_now()
    merged, root = persons.root_id(old), persons.root_id(new)
    if joined is not None:
        PersonNumber.objects.filter(pk=joined.pk).update(joined_at=now)
    old.replaced_by, old.replaced_on, old.replaced_at = new, on, now
    old.save(update_fields=["replaced_by", "replaced_on", "replaced_at"])
    if merged != root:
        _merge(merged, root, ticket=ticket, now=now)
    # Rights are derived again, and stage 3 looks who must hear of the person now.
    FactChange.objects.create(
        kind=FactChange.Kind.IDENTITY, person_id=merged, ticket=ticket, recorded_at=now
    )
    settle_locked(Persons.of(root), on=clock.today(), now=now, ticket=ticket)
    facts_changed.ring_on_commit()
    return Replacement(ssin, replaced_by, on, is_new=True)


def _numbers(
    ssin: Ssin, replaced_by: Ssin
) -> tuple[PersonNumber, PersonNumber, PersonNumber | None]:
    """Both numbers as stored, and that of them which is new and joins the person of the other."""
    old, new = persons.find(ssin), persons.find(replaced_by)
    if old is None:
        new = new or persons.register(replaced_by)
        old = persons.register(ssin, person_id=persons.root_id(new))
        return old, new, old
    if new is None:
        new = persons.register(replaced_by, person_id=persons.root_id(old))
        return old, new, new
    return old, new, None


def _refuse_circle(old: PersonNumber, new: PersonNumber) -> None:
    if old.pk in {number.pk for number in _chain(new)}:
        raise RefusedReplacement(
            "This would close a circle: the new number was itself replaced by the old one.",
            "replacedBy",
        )


def _chain(number: PersonNumber) -> Iterator[PersonNumber]:
    """The number and those that replaced it, one after the other."""
    following: PersonNumber | None = number
    while following is not None:
        yield following
        following = following.replaced_by


def _merge(merged: int, root: int, *, ticket: uuid.UUID, now: datetime) -> None:
    """Make one person of two; the caller holds the locks of both."""
    # Those merged earlier follow, so that everybody points straight to the root.
    Person.objects.filter(Q(pk=merged) | Q(merged_into=merged)).update(merged_into=root)
    rows = (
        Attestation.objects.filter(person_id__in=identities.ids_of(root), superseded_at=None)
        .exclude(nature=Attestation.Nature.CANCELLATION)
        .order_by("cpas_id", "aid_kind", "period", "id")
    )
    flagged = set(
        MergedOverlap.objects.filter(person_id__in=identities.ids_of(root)).values_list(
            "one", "other"
        )
    )
    found = []
    for _, group in groupby(rows, key=lambda row: (row.cpas_id, row.aid_kind)):
        for one, other in _overlapping(list(group)):
            if (one.pk, other.pk) not in flagged:
                period = one.period & other.period
                found.append(
                    MergedOverlap(
                        person_id=root,
                        one=one,
                        other=other,
                        period=period,
                        ticket=ticket,
                        found_at=now,
                    )
                )
    MergedOverlap.objects.bulk_create(found)


def _overlapping(rows: list[Attestation]) -> Iterator[tuple[Attestation, Attestation]]:
    for position, one in enumerate(rows):
        for other in rows[position + 1 :]:
            if one.period.overlaps(other.period):
                yield one, other
