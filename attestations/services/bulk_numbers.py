"""The numbers of a batch: each becomes a person, and those never seen get one, set-wise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection

from attestations.locks import lock_name
from attestations.services.identities import Identities
from attestations.services.persons import REGISTERING, keyring
from attestations.ssin import Ssin


@dataclass
class Numbers:
    """The numbers of a batch, stored or not yet: those that are new have their ids already."""

    ids: dict[str, tuple[int, int]]  # number -> ids of the stored number, and of its person
    new: dict[str, tuple[int, int]] = field(default_factory=dict)

    @classmethod
    def of(cls, ssins: Iterable[Ssin]) -> Numbers:
        """Look them up. If some are new, the caller is from here on alone in registering any."""
        wanted = sorted({ssin.number for ssin in ssins})
        found = cls(_stored(wanted))
        unknown = [number for number in wanted if number not in found.ids]
        if unknown:
            lock_name(REGISTERING)
            found.ids |= _stored(unknown)  # others may have registered some while we waited
            unknown = [number for number in unknown if number not in found.ids]
            found.new = dict(zip(unknown, _fresh_ids(len(unknown)), strict=True))
        return found

    def number_id(self, ssin: Ssin) -> int:
        return (self.ids.get(ssin.number) or self.new[ssin.number])[0]

    def root(self, ssin: Ssin) -> int:
        """The person as known today."""
        return (self.ids.get(ssin.number) or self.new[ssin.number])[1]

    def known_roots(self, ssins: Iterable[Ssin]) -> set[int]:
        """The persons of these numbers that are known already, and so can be locked."""
        return {self.ids[ssin.number][1] for ssin in ssins if ssin.number in self.ids}

    def follow(self, same: Identities) -> None:
        """Take note of persons that were merged since they were looked up."""
        if same.merged:
            self.ids = {
                text: (number, same.root(person)) for text, (number, person) in self.ids.items()
            }

    def register(self, ssins: Iterable[Ssin], *, now: datetime) -> None:
        """Store those among these numbers that are new."""
        wanted = sorted({ssin.number for ssin in ssins} & self.new.keys())
        if not wanted:
            return
        keys = keyring()
        number_ids, person_ids = zip(*(self.new[text] for text in wanted), strict=True)
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO attestations_person (id, created_at) "
                "SELECT id, %s FROM unnest(%s::bigint[]) AS id",
                [now, list(person_ids)],
            )
            cursor.execute(
                "INSERT INTO attestations_personnumber"
                " (id, person_id, sealed, blind_index, created_at) "
                "SELECT *, %s FROM unnest(%s::bigint[], %s::bigint[], %s::bytea[], %s::bytea[])",
                [
                    now,
                    list(number_ids),
                    list(person_ids),
                    [keys.seal(text) for text in wanted],
                    [keys.blind(text) for text in wanted],
                ],
            )


def _stored(numbers: list[str]) -> dict[str, tuple[int, int]]:
    blinds, owners = _blinds(numbers)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT asked.place, number.id, coalesce(person.merged_into_id, person.id) "
            "FROM unnest(%s::bytea[]) WITH ORDINALITY AS asked (blind, place) "
            "JOIN attestations_personnumber number ON number.blind_index = asked.blind "
            "JOIN attestations_person person ON person.id = number.person_id",
            [blinds],
        )
        return {owners[place - 1]: (number, person) for place, number, person in cursor.fetchall()}


def _blinds(numbers: list[str]) -> tuple[list[bytes], list[str]]:
    """Every index under which each number may be stored, and whose it is."""
    keys = keyring()
    pairs = [(blind, number) for number in numbers for blind in keys.blinds(number)]
    return [blind for blind, _ in pairs], [number for _, number in pairs]


def _fresh_ids(count: int) -> Iterator[tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval('attestations_personnumber_id_seq'),"
            " nextval('attestations_person_id_seq') FROM generate_series(1, %s)",
            [count],
        )
        return iter(cursor.fetchall())
