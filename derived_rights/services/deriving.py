"""Deriving: the ledger's pending facts become rights, each in the transaction that takes it in."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping

from django.db import transaction

from attestations import clock
from attestations.locks import lock_persons
from attestations.models import FactChange
from derived_rights import facts as known
from derived_rights.bells import rights_changed
from derived_rights.engine import one
from derived_rights.engine.catalogue import reach
from derived_rights.engine.facts import Facts
from derived_rights.engine.right import Right
from derived_rights.models import RightChange, RightPeriod
from derived_rights.services.catalogue import Overrides, active_rights, overrides
from derived_rights.services.reconciling import DerivedPeriod, reconcile

BATCH = 100


def derive_pending() -> int:
    """Derive until no fact is pending; returns how many changes of facts were taken in."""
    total = 0
    while taken := _derive_batch():
        total += taken
    return total


@transaction.atomic
def _derive_batch() -> int:
    """Take in one batch; rows that another worker holds are left to it."""
    pending = list(
        FactChange.objects.select_for_update(skip_locked=True)
        .filter(derived_at=None)
        .order_by("id")[:BATCH]
    )
    if not pending:
        return 0
    rights = active_rights()
    steps = max((reach(right) for right in rights.values()), default=0)
    _take_in(pending, rights, steps)
    return len(pending)


def _take_in(pending: list[FactChange], rights: Mapping[str, Right], steps: int) -> None:
    """Derive everyone whom these changes can touch, and mark the changes as taken in."""
    tickets: dict[int, uuid.UUID] = {}
    for change in pending:
        for person in known.around([change.person_id], steps):
            tickets[person] = change.ticket
        tickets[change.person_id] = change.ticket
    derive_persons(tickets, rights=rights, steps=steps)
    FactChange.objects.filter(pk__in=[change.pk for change in pending]).update(
        derived_at=clock.database_now()
    )


@transaction.atomic
def derive_pending_of(person_ids: Iterable[int]) -> None:
    """Take in what is pending about these persons and their households, so that a reader sees it.

    Costs one query when, as usual, nothing is pending.
    """
    wanted = set(person_ids)
    if not wanted or not FactChange.objects.filter(derived_at=None).exists():
        return
    rights = active_rights()
    steps = max((reach(right) for right in rights.values()), default=0)
    near = known.around(wanted, steps)
    pending = list(
        FactChange.objects.select_for_update()
        .filter(derived_at=None, person_id__in=near)
        .order_by("id")
    )
    if pending:
        _take_in(pending, rights, steps)


def derive_persons(
    tickets: Mapping[int, uuid.UUID], *, rights: Mapping[str, Right], steps: int
) -> list[RightChange]:
    """Derive and reconcile these persons; the changes carry their tickets."""
    lock_persons(tickets)
    now = clock.database_now()
    facts = known.load(known.around(tickets, steps))
    derived = derive(tickets, facts, rights, overrides())
    changes = reconcile(derived, tickets=tickets, now=now)
    if changes:
        rights_changed.ring_on_commit()
    return changes


def derive(
    person_ids: Iterable[int], facts: Facts, rights: Mapping[str, Right], figures: Overrides
) -> dict[tuple[int, str], list[DerivedPeriod]]:
    """What these persons are entitled to, by (person, right); nothing is written."""
    derived: dict[tuple[int, str], list[DerivedPeriod]] = {}
    for person in person_ids:
        outcomes = one.derive(person, facts, rights, figures)
        for code, outcome in outcomes.items():
            derived[person, code] = _stored_form(outcome)
    return derived


def _stored_form(outcome: one.Outcome) -> list[DerivedPeriod]:
    sure = [
        DerivedPeriod(period.span, tuple(sorted(period.attestation_numbers)), outcome.receipt)
        for period in outcome.periods
    ]
    unsure = [
        DerivedPeriod(
            period.span,
            (),
            outcome.receipt,
            outcome=RightPeriod.Outcome.UNDETERMINED,
            missing_facts=tuple(
                {"fact": str(lack.fact), "source": str(lack.supplier)} for lack in period.missing
            ),
        )
        for period in outcome.undetermined
    ]
    return sure + unsure

