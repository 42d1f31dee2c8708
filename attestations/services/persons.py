"""Persons and their numbers: the one place where a SSIN becomes a person and back."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from django.conf import settings
from django.db import connection
from django.db.models import Model

from attestations.locks import lock_name_within
from attestations.models import Person, PersonNumber
from attestations.sealing import Keyring
from attestations.services import chained_rows
from attestations.ssin import Ssin

# Shared by those who register numbers one by one; a batch, which would need too many locks to
# take one for each number, holds them alone, in this order. There are two so that one batch may
# be recorded on two connections at once: each holds one, and they name different numbers.
REGISTERING = ("registering numbers", "registering numbers beside")


@lru_cache(maxsize=4)
def _keyring(keys: tuple[str, ...]) -> Keyring:
    return Keyring(keys)


def keyring() -> Keyring:
    """The keys of the settings."""
    return _keyring(tuple(settings.SSIN_KEYS))


def find(ssin: Ssin) -> PersonNumber | None:
    """The stored number, with its person, or None when the registry has never seen it."""
    return next(iter(_stored(keyring().blinds(ssin.number))), None)


def find_many(ssins: Iterable[Ssin]) -> dict[str, PersonNumber]:
    """The stored numbers among `ssins`, by number, in one query."""
    by_index = {blind: ssin.number for ssin in ssins for blind in keyring().blinds(ssin.number)}
    return {by_index[bytes(row.blind_index)]: row for row in _stored(list(by_index))}


def _columns(model: type[Model]) -> list[str]:
    return [str(field.column) for field in model._meta.concrete_fields]


# Written out, as every call begins with it: composing the question costs more than its answer.
STORED = f"""
SELECT {", ".join(f"number.{name}" for name in _columns(PersonNumber))},
    {", ".join(f"person.{name}" for name in _columns(Person))}
FROM attestations_personnumber AS number
JOIN attestations_person AS person ON person.id = number.person_id
WHERE number.blind_index = ANY(%s::bytea[])
"""


def _stored(blinds: list[bytes]) -> list[PersonNumber]:
    """The numbers under these indexes, each with its person."""
    of_number, of_person = _columns(PersonNumber), _columns(Person)
    with connection.cursor() as cursor:
        cursor.execute(STORED, [blinds])
        rows = cursor.fetchall()
    found = []
    for row in rows:
        number = PersonNumber.from_db(connection.alias, of_number, row[: len(of_number)])
        number.person = Person.from_db(connection.alias, of_person, row[len(of_number) :])
        found.append(number)
    return found


def register(ssin: Ssin, *, person_id: int | None = None) -> PersonNumber:
    """The stored number, made if it is new: of that person, or else with a person of its own."""
    return find(ssin) or _register_new(ssin, person_id=person_id)


def _register_new(ssin: Ssin, *, person_id: int | None = None) -> PersonNumber:
    """Make a number that was not found, unless another transaction has made it meanwhile.

    Two processes may seal under different keys while keys are being rotated, so that the unique
    index cannot see that they register the same number: the lock on every live index does.
    """
    for blind in sorted(keyring().blinds(ssin.number)):
        lock_name_within(REGISTERING, f"number {blind.hex()}")
    found = find(ssin)
    if found is not None:
        return found
    number = PersonNumber(
        person=Person() if person_id is None else Person.objects.get(pk=person_id),
        sealed=keyring().seal(ssin.number),
        blind_index=keyring().blind(ssin.number),
    )
    chained_rows.insert(*([number.person] if person_id is None else []), number)
    return number


def register_all(ssins: Iterable[Ssin]) -> dict[str, PersonNumber]:
    """The stored numbers, by number; new ones are made, always in the same order.

    Two transactions that register the same new persons then wait for each other in one direction
    only, and never for ever. Call it before locks of persons are taken.
    """
    wanted = {ssin.number: ssin for ssin in ssins}
    found = find_many(wanted.values())
    for number in sorted(wanted.keys() - found.keys()):
        found[number] = _register_new(wanted[number])
    return found


def root_id(number: PersonNumber) -> int:
    """The id of the person as known today. Replaced numbers lead to the person of the new one."""
    return number.person.merged_into_id or number.person_id


def resolve(number: PersonNumber) -> Person:
    """The person as known today: the one under whom merged persons are one."""
    return number.person.merged_into or number.person


def current_number(person_id: int) -> PersonNumber:
    """The number of a root that no other has replaced: each has exactly one."""
    return PersonNumber.objects.get(person_id=person_id, replaced_by=None)


def current_numbers(person_ids: Iterable[int]) -> dict[int, PersonNumber]:
    """The number in use of each person; that of its root for one that was merged."""
    wanted = set(person_ids)
    rows = PersonNumber.objects.filter(replaced_by=None)
    found = {row.person_id: row for row in rows.filter(person_id__in=wanted).order_by("id")}
    if merged := wanted - found.keys():
        pairs = Person.objects.filter(pk__in=merged).values_list("pk", "merged_into")
        roots = {person: root for person, root in pairs if root is not None}
        of_roots = {row.person_id: row for row in rows.filter(person_id__in=roots.values())}
        found |= {person: of_roots[root] for person, root in roots.items()}
    return found


def ssin_of(person_ids: Iterable[int]) -> dict[int, str]:
    """The current SSIN of each person; for the edges that must show or send it."""
    rows = current_numbers(person_ids)
    return {person: keyring().open(row.sealed) for person, row in rows.items()}


def replaced_by(number: PersonNumber) -> str | None:
    """The number in use in the place of this one; None if it was not replaced."""
    if number.replaced_by_id is None:
        return None
    root = root_id(number)
    return ssin_of([root])[root]
