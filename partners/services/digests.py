"""Comparing what a recipient holds with what is so, by digests of buckets of persons.

A recipient that holds a million files need not ask about a million persons to know that nothing was
missed: it sends one digest per bucket, and learns which buckets differ. What is compared is the
version of each person's right, which grows with every change.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection

from attestations.services import persons
from attestations.services.access import Reading
from partners.models import Authorisation
from partners.services.consulting import rights_on

ROWS = 5_000
_MODULUS = 1 << 256

# Every person on whom a file is held that day, with the number in use and the version of each
# right under whatever number; one row without a right for a person of whom none was ever derived.
_VERSIONS = """
    WITH held AS (
        SELECT DISTINCT coalesce(p.merged_into_id, p.id) AS root
        FROM partners_inscription i JOIN attestations_person p ON p.id = i.person_id
        WHERE i.organisation_id = %(organisation)s AND i.superseded_at IS NULL
          AND i.period @> %(on)s::date
    ), known AS (
        SELECT root, root AS id FROM held
        UNION ALL
        SELECT h.root, m.id FROM held h JOIN attestations_person m ON m.merged_into_id = h.root
    )
    SELECT k.root, n.sealed, c."right", max(c.version)
    FROM known k
    JOIN attestations_personnumber n ON n.person_id = k.root AND n.replaced_by_id IS NULL
    LEFT JOIN derived_rights_rightchange c ON c.person_id = k.id AND c."right" = ANY(%(rights)s)
    GROUP BY k.root, n.id, c."right"
    ORDER BY k.root
"""


@dataclass(frozen=True)
class Bucket:
    """A bucket whose digest is another than the recipient's, and how many persons it counts."""

    number: int
    digest: str
    persons: int


def bucket_of(ssin: str, buckets: int) -> int:
    """The bucket of a person: the first four bytes of the SSIN's SHA-256, modulo `buckets`."""
    return int.from_bytes(hashlib.sha256(ssin.encode()).digest()[:4], "big") % buckets


def weight_of(ssin: str, right: str, version: int) -> int:
    """What one right of one person adds to the digest of its bucket."""
    line = f"{ssin} {right} {version}".encode()
    return int.from_bytes(hashlib.sha256(line).digest(), "big")


def text_of(total: int) -> str:
    """The digest of a bucket, from the sum of what its persons add: 64 hexadecimal digits."""
    return f"{total % _MODULUS:064x}"


def differing(
    authorisation: Authorisation,
    codes: Sequence[str],
    digests: Sequence[str],
    *,
    on: date,
    noted: Reading,
) -> list[Bucket]:
    """The buckets that differ from `digests`, one for each bucket, among persons on file that day.

    Linear in the persons on file, and in memory that does not grow with what is known of them.
    Every one of them counts as read: whoever compares learns of each whether it has changed.
    """
    totals, counted = [0] * len(digests), [0] * len(digests)
    on_now = rights_on(authorisation.organisation_id, codes)
    last = None
    for person, sealed, right, version in _rows(authorisation.organisation_id, on_now, on=on):
        noted.served(person)
        if right is None:
            continue
        if person != last:
            ssin = persons.keyring().open(sealed)
            bucket, last = bucket_of(ssin, len(digests)), person
            counted[bucket] += 1
        totals[bucket] += weight_of(ssin, right, version)
    found = ((number, text_of(total)) for number, total in enumerate(totals))
    return [
        Bucket(number, digest, counted[number])
        for number, digest in found
        if digest != digests[number]
    ]


def _rows(
    organisation_id: int, rights: Sequence[str], *, on: date
) -> Iterator[tuple[int, bytes, str | None, int]]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(
            _VERSIONS, {"organisation": organisation_id, "on": on, "rights": list(rights)}
        )
        while rows := cursor.fetchmany(ROWS):
            yield from rows
