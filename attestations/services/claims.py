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


def unknown_cpas(claims: Sequence[tuple[int, Claim]]) -> list[RefusedClaim]:
    """The claims, given with their index, of a CPAS that is not registered."""
    known = _cpas_ids(claims)
    return [
        RefusedClaim(index, "enterpriseNumber", "No CPAS is registered under this number.")
        for index, claim in claims
        if claim.enterprise_number not in known
    ]


@transaction.atomic
def store(claims: Sequence[tuple[int, Claim]], *, ticket: uuid.UUID) -> int:
    """Store claims of registered CPAS; a month claimed twice counts once. Returns how many."""
    now = clock.database_now()
    cpas_ids = _cpas_ids(claims)
    numbers = persons.register_all(claim.ssin for _, claim in claims)
    rows = [
        SubsidyClaim(
            cpas_id=cpas_ids[claim.enterprise_number],
            person=persons.resolve(numbers[claim.ssin.number]),
            aid_kind=claim.aid_kind,
            month=claim.month,
            ticket=ticket,
            recorded_at=now,
        )
        for _, claim in claims
    ]
    # In one order, as for persons: two batches may claim the same months.
    rows.sort(key=lambda row: (row.person_id, row.cpas_id, row.aid_kind, row.month))
    SubsidyClaim.objects.bulk_create(rows, ignore_conflicts=True, batch_size=2_000)
    return len(rows)


def _cpas_ids(claims: Sequence[tuple[int, Claim]]) -> dict[str, int]:
    numbers = {claim.enterprise_number for _, claim in claims}
    rows = Cpas.objects.filter(enterprise_number__in=numbers)
    return dict(rows.values_list("enterprise_number", "id"))
