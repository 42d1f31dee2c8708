"""Subsidy claims: the months of aid that CPAS claimed, against which attestations are checked."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from attestations import clock
from attestations.codes import AidKind
from attestations.models import Cpas, SubsidyClaim
from attestations.services import persons
from attestations.ssin import Ssin


@dataclass(frozen=True)
class Claim:
    """One claimed month; `month` is its first day."""

    enterprise_number: str
    ssin: Ssin
    aid_kind: AidKind
    month: date


@dataclass(frozen=True)
class RefusedClaim:
    """The claim at `index` and why it was not stored."""

    index: int
    field_name: str
    detail: str


@transaction.atomic
def store(
    claims: Sequence[tuple[int, Claim]], *, ticket: uuid.UUID
) -> tuple[int, list[RefusedClaim]]:
    """Store claims, given with their index; a month claimed twice counts once.

    Returns how many were taken and those refused because the CPAS is unknown.
    """
    now = clock.database_now()
    cpas_ids = dict(
        Cpas.objects.filter(
            enterprise_number__in={claim.enterprise_number for _, claim in claims}
        ).values_list("enterprise_number", "id")
    )
    known = persons.find_many(claim.ssin for _, claim in claims)
    rows, refused = [], []
    for index, claim in claims:
        if claim.enterprise_number not in cpas_ids:
            refused.append(
                RefusedClaim(index, "enterpriseNumber", "No CPAS is registered under this number.")
            )
            continue
        number = known.get(claim.ssin.number)
        if number is None:
            number = known[claim.ssin.number] = persons.register(claim.ssin)
        rows.append(
            SubsidyClaim(
                cpas_id=cpas_ids[claim.enterprise_number],
                person=persons.resolve(number),
                aid_kind=claim.aid_kind,
                month=claim.month,
                ticket=ticket,
                recorded_at=now,
            )
        )
    SubsidyClaim.objects.bulk_create(rows, ignore_conflicts=True, batch_size=2_000)
    return len(rows), refused
