"""Subsidy claims: the months of aid that CPAS claimed, against which attestations are checked."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from attestations import clock
from attestations.codes import AidKind
from attestations.models import Cpas, SubsidyClaim
from attestations.services.bulk_numbers import Numbers, blinds_of
from attestations.ssin import Ssin


@dataclass(frozen=True)
class Claim:
    """One claimed month; `month` is its first day."""

    enterprise_number: str
    ssin: Ssin
    aid_kind: AidKind
    month: date


def unknown_cpas(enterprise_numbers: Iterable[str]) -> set[str]:
    """Those of these enterprise numbers under which no CPAS is registered."""
    wanted = set(enterprise_numbers)
    return wanted - _cpas_ids(wanted).keys()


@transaction.atomic
def store(claims: Iterable[Claim], *, ticket: uuid.UUID) -> None:
    """Store claims of registered CPAS; a month claimed twice counts once."""
    claims = list(claims)
    now = clock.database_now()
    cpas_ids = _cpas_ids(claim.enterprise_number for claim in claims)
    named = [claim.ssin.number for claim in claims]
    numbers = Numbers.of(blinds_of(named))
    numbers.hold()
    numbers.register(named, now=now)
    rows = [
        SubsidyClaim(
            cpas_id=cpas_ids[claim.enterprise_number],
            person_id=numbers.root(claim.ssin),
            aid_kind=claim.aid_kind,
            month=claim.month,
            ticket=ticket,
            recorded_at=now,
        )
        for claim in claims
    ]
    # In one order, as for persons: two batches may claim the same months.
    rows.sort(key=lambda row: (row.person_id, row.cpas_id, row.aid_kind, row.month))
    SubsidyClaim.objects.bulk_create(rows, ignore_conflicts=True, batch_size=2_000)


def _cpas_ids(enterprise_numbers: Iterable[str]) -> dict[str, int]:
    rows = Cpas.objects.filter(enterprise_number__in=set(enterprise_numbers))
    return dict(rows.values_list("enterprise_number", "id"))
