"""The reference directory: which organisation holds a file on whom, in what quality, since when."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from attestations import clock
from attestations.errors import InvalidInput
from attestations.periods import Span
from attestations.services import identities, persons
from attestations.services.bulk_numbers import Numbers, blinds_of
from attestations.ssin import Ssin
from partners.bells import inscribed
from partners.models import Inscription, Reroute


@transaction.atomic
def register(
    *, organisation_id: int, ssin: Ssin, quality_code: str, span: Span, ticket: uuid.UUID
) -> Inscription:
    """Inscribe a person; what changed about the person before becomes deliverable.

    An inscription that already stands is returned as it is.
    """
    number = persons.register(ssin)
    same = identities.lock([persons.root_id(number)])
    person = same.root(number.person_id)
    standing = Inscription.objects.filter(
        organisation_id=organisation_id,
        person_id__in=same.ids([person]),
        quality_code=quality_code,
        period=span,
        superseded_at=None,
    ).first()
    if standing is not None:
        return standing
    inscription = Inscription.objects.create(
        organisation_id=organisation_id,
        person_id=person,
        quality_code=quality_code,
        period=span,
        ticket=ticket,
        recorded_at=clock.database_now(),
    )
    Reroute.objects.create(organisation_id=organisation_id, person_id=person)
    inscribed.ring_on_commit()
    return inscription


@dataclass(frozen=True)
class File:
    """What an organisation says that it holds on a person."""

    ssin: Ssin
    quality_code: str
    span: Span


@transaction.atomic
def register_all(*, organisation_id: int, files: Iterable[File], ticket: uuid.UUID) -> None:
    """The same for many; what already stands, or is said twice, counts once.

    All persons are locked at once and in order, so that two who name the same ones both end.
    """
    files = list(files)
    named = [file.ssin.number for file in files]
    numbers = Numbers.of(blinds_of(named))
    numbers.hold()
    same = identities.lock(numbers.known_roots(named))
    numbers.follow(same)
    now = clock.database_now()
    numbers.register(named, now=now)
    wanted = {(numbers.root(file.ssin), file.quality_code, file.span): None for file in files}
    roots = {person for person, _, _ in wanted}
    standing = Inscription.objects.filter(
        organisation_id=organisation_id, person_id__in=same.ids(roots), superseded_at=None
    )
    for row in standing.order_by():
        wanted.pop((same.root(row.person_id), row.quality_code, row.period), None)
    Inscription.objects.bulk_create(
        Inscription(
            organisation_id=organisation_id,
            person_id=person,
            quality_code=quality_code,
            period=span,
            ticket=ticket,
            recorded_at=now,
        )
        for person, quality_code, span in wanted
    )
    rerouted = dict.fromkeys(person for person, _, _ in wanted)
    Reroute.objects.bulk_create(
        Reroute(organisation_id=organisation_id, person_id=person) for person in rerouted
    )
    inscribed.ring_on_commit()


@transaction.atomic
def remove(
    *, organisation_id: int, ssin: Ssin, quality_code: str, last_day: date, ticket: uuid.UUID
) -> list[Inscription]:
    """End the standing inscriptions of this quality on `last_day`; returns what is left of them.

    One that begins after that day is taken out altogether.
    """
    number = persons.find(ssin)
    rows = []
    if number is not None:
        same = identities.lock([persons.root_id(number)])
        end = Span.inclusive(last_day, last_day).end
        rows = [
            row
            for row in Inscription.objects.filter(
                organisation_id=organisation_id,
                person_id__in=same.ids([number.person_id]),
                quality_code=quality_code,
                superseded_at=None,
            )
            if row.period.end > end
        ]
    if not rows:
        raise InvalidInput(
            "You hold no inscription of this person and quality that runs beyond that day.", "ssin"
        )
    now = clock.database_now()
    for row in rows:
        row.superseded_at = now
        row.save(update_fields=["superseded_at"])
    # Two that began on the same day are now one, and one that is left may have stood before.
    left = dict.fromkeys(
        (row.person_id, Span.inclusive(row.period.start, last_day))
        for row in rows
        if last_day >= row.period.start
    )
    return [
        Inscription.objects.get_or_create(
            organisation_id=organisation_id,
            person_id=person_id,
            quality_code=quality_code,
            period=span,
            superseded_at=None,
            defaults={"ticket": ticket, "recorded_at": now},
        )[0]
        for person_id, span in left
    ]
