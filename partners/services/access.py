"""The one door by which a recipient reads a person: authorisation, purpose, a file of its own.

And the door by which it reads its feed, where all this was looked at when an entry was made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Protocol

import msgspec
from django.db import transaction

from attestations.errors import NotPermitted
from attestations.models.fields import to_range
from attestations.periods import Span, Timeline
from attestations.prepared import prepared
from attestations.services import identities
from attestations.tickets import current_ticket
from partners.models import Authorisation, Inscription


def authorised(organisation_id: int, legal_context: object, *, on: date) -> Authorisation:
    """The organisation's authorisation under this code, valid on `on`.

    Raises NotPermitted, alike for one that is missing, ended, or another's: before any look-up
    of a person.
    """
    refused = NotPermitted(
        "Name one of your authorisations, valid today, as legalContext in the body."
    )
    if not isinstance(legal_context, str) or not legal_context or "\x00" in legal_context:
        raise refused
    found = Authorisation.objects.filter(
        organisation_id=organisation_id, legal_context=legal_context, superseded_at=None
    ).first()
    if found is None or on not in found.period:
        raise refused
    return found


def visible_to(organisation_id: int, person_ids: Iterable[int], *, during: Span) -> set[int]:
    """Those persons on whom the organisation holds a file on at least one day of the span.

    Persons are given and returned by their roots; a file under any of their numbers counts.
    """
    asked = set(person_ids)
    same = identities.known(asked)
    inscribed = Inscription.objects.filter(
        organisation_id=organisation_id,
        person_id__in=same.ids(asked),
        superseded_at=None,
        period__overlap=to_range(during),
    )
    return same.roots(inscribed.values_list("person_id", flat=True))


def days_of_file(organisation_id: int, person_id: int, *, during: Span) -> Timeline:
    """The days of the span on which the organisation holds a file on this person, a root."""
    inscribed = Inscription.objects.filter(
        organisation_id=organisation_id,
        person_id__in=identities.ids_of(person_id),
        superseded_at=None,
        period__overlap=to_range(during),
    )
    return Timeline(inscribed.values_list("period", flat=True)) & Timeline([during])


class FeedReader(Protocol):
    """Who reads a feed: its own."""

    @property
    def organisation_id(self) -> int: ...
    @property
    def client_name(self) -> str: ...


@contextmanager
def reading_feed(reader: FeedReader, *, operation: str) -> Iterator[list[int]]:
    """Read the feed within this, and add the positions whose content is served, in their order.

    If the log cannot be written, the reading fails with it. One line stands for a whole page:
    whom it showed is found through the entries (FeedReadingOfPerson).
    """
    with transaction.atomic():
        served: list[int] = []
        yield served
        if served:
            with prepared() as cursor:
                cursor.execute(
                    _READ,
                    [
                        reader.organisation_id,
                        reader.client_name,
                        operation,
                        current_ticket(),
                        msgspec.json.encode(runs(served)).decode(),
                    ],
                )


_READ = """
INSERT INTO partners_feedreading (organisation_id, client, operation, ticket, positions, at)
SELECT %s::bigint, %s::text, %s::text, %s::uuid,
       int8range((run ->> 0)::bigint, (run ->> 1)::bigint, '[]'), now()
FROM json_array_elements(%s::json) AS run
"""


def runs(positions: Sequence[int]) -> list[tuple[int, int]]:
    """The first and the last of each run of positions that follow each other; ascending."""
    breaks = [n for n in range(1, len(positions)) if positions[n] != positions[n - 1] + 1]
    starts, ends = [0, *breaks], [*breaks, len(positions)]
    return [
        (positions[start], positions[end - 1])
        for start, end in zip(starts, ends, strict=True)
        if end > start
    ]
