"""The numbers of a batch: each becomes a person, and those never seen get one, set-wise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

from django.db import connection

from attestations.locks import lock_name
from attestations.services.identities import Identities
from attestations.services.persons import REGISTERING, keyring
from attestations.ssin import Ssin

# Number -> every index under which it may be stored, newest first.
Blinds: TypeAlias = Mapping[str, Sequence[bytes]]
# Number -> ids of the stored number, and of the person as known today.
Places: TypeAlias = Mapping[str, tuple[int, int]]


def blinds_of(numbers: Iterable[str]) -> Blinds:
    """The indexes of these numbers."""
    blinds = keyring().blinds
    return {number: blinds(number) for number in set(numbers)}


class Numbers:
    """The numbers of a batch, stored or not yet: those that are new get their ids in `hold`."""

    def __init__(self, blinds: Blinds, ids: Places) -> None:
        self.blinds = blinds
        self.ids = {number: ids[number] for number in blinds if number in ids}
        self.new: dict[str, tuple[int, int]] = {}
        seal = keyring().seal
        self.sealed = {number: seal(number) for number in blinds if number not in ids}

    @classmethod
    def of(cls, blinds: Blinds) -> Numbers:
        """Look them up, and wait for nobody."""
        return cls(blinds, stored(blinds))

    def hold(self, locks: Sequence[str] = REGISTERING) -> None:
        """If some are new, hold these locks of registering until the end of the transaction.

        All of them: then nobody else registers any number until then.
        """
        if not self.sealed:
            return
        for lock in locks:
            lock_name(lock)
        # Others may have registered some while we waited.
        self.ids |= stored({number: self.blinds[number] for number in self.sealed})
        unknown = [number for number in self.sealed if number not in self.ids]
        # Ids in the order of the blind indexes say nothing of the numbers. It is not the order of
        # the lines either: persons whose ids rise from row to row take a quarter longer to enter
        # into the index of the exclusion constraint, a GiST, than those that come in no order.
        unknown.sort(key=lambda number: self.blinds[number][0])
        self.new = dict(zip(unknown, _fresh_ids(len(unknown)), strict=True))

    def place(self, ssin: Ssin) -> tuple[int, int]:
        """The ids of the number, and of the person as known today."""
        return self.ids.get(ssin.number) or self.new[ssin.number]

    def is_new(self, ssin: Ssin) -> bool:
        """Whether nobody had ever named it, so that nothing can be known of its person."""
        return ssin.number in self.new

    def new_persons(self) -> set[int]:
        """Those whom nobody had ever named."""
        return {person for _, person in self.new.values()}

    def root(self, ssin: Ssin) -> int:
        """The person as known today."""
        return self.place(ssin)[1]

    def known_roots(self, numbers: Iterable[str]) -> set[int]:
        """The persons of these numbers that are known already, and so can be locked."""
        ids = self.ids
        return {ids[number][1] for number in numbers if number in ids}

    def follow(self, same: Identities) -> None:
        """Take note of persons that were merged since they were looked up."""
        if same.merged:
            self.ids = {
                text: (number, same.root(person)) for text, (number, person) in self.ids.items()
            }

    def register(self, numbers: Iterable[str], *, now: datetime) -> None:
        """Store those among these numbers that are new."""
        if not self.new:
            return
        named = set(numbers)
        wanted = [number for number in self.new if number in named]
        if not wanted:
            return
        rows = "".join(
            f"{number_id}\t{person_id}\t\\\\x{self.sealed[text].hex()}"
            f"\t\\\\x{self.blinds[text][0].hex()}\n"
            for text in wanted
            for number_id, person_id in (self.new[text],)
        )
        with connection.cursor() as cursor:
            cursor.execute(NEW_NUMBERS)
            with cursor.copy("COPY bulk_number FROM STDIN") as copy:
                copy.write(rows)
            cursor.execute(PERSONS, [now])
            cursor.execute(NUMBERS, [now])
            cursor.execute("DROP TABLE bulk_number")


NEW_NUMBERS = """
CREATE TEMPORARY TABLE bulk_number (
    number_id bigint, person_id bigint, sealed bytea, blind_index bytea
) ON COMMIT DROP
"""
PERSONS = """
INSERT INTO attestations_person (id, created_at) SELECT person_id, %s FROM bulk_number
"""
NUMBERS = """
INSERT INTO attestations_personnumber (id, person_id, sealed, blind_index, created_at)
SELECT number_id, person_id, sealed, blind_index, %s FROM bulk_number
"""
# All are asked for at once, in one walk along the index; blind indexes are 32 bytes each, and come
# as one value. The persons who were merged, of whom there are few, follow without a blind index.
STORED = """
WITH found AS MATERIALIZED (
    SELECT blind_index, id, person_id FROM attestations_personnumber
    WHERE blind_index = ANY (ARRAY(
        SELECT substring(%(blinds)s::bytea FROM 32 * place + 1 FOR 32)
        FROM generate_series(0, %(last)s) AS place
    ))
)
SELECT blind_index, id, person_id FROM found
UNION ALL
SELECT NULL, id, merged_into_id FROM attestations_person
WHERE id = ANY (ARRAY(SELECT person_id FROM found)) AND merged_into_id IS NOT NULL
"""


def stored(blinds: Blinds) -> dict[str, tuple[int, int]]:
    """Those among these numbers that are stored; looks them up, and waits for nobody."""
    if not blinds:
        return {}
    owners = {blind: number for number, found in blinds.items() for blind in found}
    with connection.cursor() as cursor:
        cursor.execute(STORED, {"last": len(owners) - 1, "blinds": b"".join(owners)})
        rows = cursor.fetchall()
    merged = {person: root for blind, person, root in rows if blind is None}
    return {
        owners[blind]: (number, merged.get(person, person))
        for blind, number, person in rows
        if blind is not None
    }


def _fresh_ids(count: int) -> Iterator[tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval('attestations_personnumber_id_seq'),"
            " nextval('attestations_person_id_seq') FROM generate_series(1, %s)",
            [count],
        )
        return iter(cursor.fetchall())
