"""Deriving: the ledger's pending facts become rights, each in the transaction that takes it in."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping

from django.db import transaction

from attestations.models import FactChange
from derived_rights import facts as known
from derived_rights.bells import rights_changed
from derived_rights.engine.facts import Facts
from derived_rights.services.applied_law import current_law, hold_current_law
from derived_rights.services.outcomes import derive, steps_of_a_fact
from derived_rights.services.reconciling import reconcile
from derived_rights.surroundings import Surroundings, hold, surroundings

BATCH = 100


def derive_pending() -> int:
    """Derive until no fact is pending; returns how many changes of facts were taken in."""
    total = 0
    while taken := derive_batch():
        total += taken
    return total


@transaction.atomic
def derive_pending_of(person_ids: Iterable[int], *, wait: bool = True) -> None:
    """Take in what is pending about these persons and their households, so that a reader sees it.

    Costs one query when, as usual, nothing is pending. Whoever holds locks of persons must not
    `wait` for what a worker is taking in, as the worker waits for those locks.
    """
    wanted = set(person_ids)
    if not wanted or not FactChange.objects.filter(derived_at=None).exists():
        return
    near = surroundings(wanted, steps_of_a_fact())
    pending = list(
        FactChange.objects.select_for_update(skip_locked=not wait)
        .filter(derived_at=None, person_id__in=near.same.ids(near.persons))
        .order_by("id")
    )
    if pending:
        _take_in(pending)


@transaction.atomic
def derive_batch() -> int:
    """Take in a batch and say how many changes, at most BATCH; what others hold is left to them."""
    pending = list(
        FactChange.objects.select_for_update(skip_locked=True)
        .filter(derived_at=None)
        .order_by("id")[:BATCH]
    )
    if pending:
        _take_in(pending)
    return len(pending)


def _take_in(pending: list[FactChange]) -> None:
    """Derive everyone whom these changes can touch, and mark the changes as taken in."""
    hold_current_law()
    steps = steps_of_a_fact()
    near = hold({change.person_id for change in pending}, 2 * steps)
    facts = known.load(near.persons, same=near.same)
    tickets: dict[int, uuid.UUID] = {}
    for change in pending:
        touched = facts.within(near.same.root(change.person_id), steps)
        tickets |= dict.fromkeys(touched, change.ticket)
    _derive(tickets, facts, near)
    FactChange.objects.filter(pk__in=[change.pk for change in pending]).update(derived_at=near.at)


def derive_persons(tickets: Mapping[int, uuid.UUID]) -> int:
    """Derive and reconcile these persons; returns how many changes were written.

    Within a transaction. The changes carry the tickets of their persons. All whose facts are read
    are locked: no fact of an instant before that of the changes is still to be committed, so that
    the receipts can be verified. Whoever already holds locks of persons has called
    `hold_current_law` before them, and holds all these.
    """
    hold_current_law()
    near = hold(tickets, steps_of_a_fact())
    facts = known.load(near.persons, same=near.same)
    return _derive(
        {near.same.root(person): ticket for person, ticket in tickets.items()}, facts, near
    )


def _derive(tickets: Mapping[int, uuid.UUID], facts: Facts, near: Surroundings) -> int:
    """Derive these persons, given by the ids of today, and write what differs."""
    if near.at is None:
        return 0
    derived = derive(tickets, facts, current_law())
    changes = reconcile(derived, tickets=tickets, now=near.at, same=near.same)
    if changes:
        rights_changed.ring_on_commit()
    return changes
