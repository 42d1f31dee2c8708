"""Persons and their numbers: the one place where a SSIN becomes a person and back."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from django.conf import settings
from django.db import IntegrityError, transaction

from attestations.models import Person, PersonNumber
from attestations.sealing import Keyring
from attestations.ssin import Ssin


@lru_cache(maxsize=4)
def _keyring(keys: tuple[str, ...]) -> Keyring:
    return Keyring(keys)


def keyring() -> Keyring:
    """The keys of the settings."""
    return _keyring(tuple(settings.SSIN_KEYS))


def find(ssin: Ssin) -> PersonNumber | None:
    """The stored number, with its person, or None when the registry has never seen it."""
    return (
        PersonNumber.objects.select_related("person")
        .filter(blind_index__in=keyring().blinds(ssin.number))
        .first()
    )


def find_many(ssins: Iterable[Ssin]) -> dict[str, PersonNumber]:
    """The stored numbers among `ssins`, by number, in one query."""
    by_index = {blind: ssin.number for ssin in ssins for blind in keyring().blinds(ssin.number)}
    rows = PersonNumber.objects.select_related("person").filter(blind_index__in=list(by_index))
    return {by_index[bytes(row.blind_index)]: row for row in rows}


def register(ssin: Ssin) -> PersonNumber:
    """The stored number, made together with its person if it is new."""
    found = find(ssin)
    if found is not None:
        return found
    try:
        with transaction.atomic():
            return PersonNumber.objects.create(
                person=Person.objects.create(),
                sealed=keyring().seal(ssin.number),
                blind_index=keyring().blind(ssin.number),
            )
    except IntegrityError:  # another transaction has registered it in between
        found = find(ssin)
        if found is None:
            raise
        return found


def register_all(ssins: Iterable[Ssin]) -> dict[str, PersonNumber]:
    """The stored numbers, by number; new ones are made, always in the same order.

    Two transactions that register the same new persons then wait for each other in one direction
    only, and never for ever.
    """
    wanted = {ssin.number: ssin for ssin in ssins}
    found = find_many(wanted.values())
    for number in sorted(wanted.keys() - found.keys()):
        found[number] = register(wanted[number])
    return found


def resolve(number: PersonNumber) -> Person:
    """The person as known today: through the replacements of the number and merged persons."""
    while number.replaced_by is not None:
        number = number.replaced_by
    person = number.person
    while person.merged_into is not None:
        person = person.merged_into
    return person


def ssin_of(person_ids: Iterable[int]) -> dict[int, str]:
    """The current SSIN of each person; for the edges that must show or send it."""
    rows = PersonNumber.objects.filter(person_id__in=set(person_ids), replaced_by=None)
    return {row.person_id: keyring().open(row.sealed) for row in rows.order_by("id")}
