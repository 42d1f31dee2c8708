"""Deriving: the ledger's pending facts become rights, each in the transaction that takes it in."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from attestations.locks import array_of
from attestations.models import FactChange
from attestations.prepared import by_index, prepared
from derived_rights import facts as known
from derived_rights.bells import rights_changed
from derived_rights.engine.facts import Facts
from derived_rights.services.applied_law import current_law, hold_current_law
from derived_rights.services.outcomes import derive, steps_of_a_fact
from derived_rights.services.reconciling import reconcile
from derived_rights.surroundings import Surroundings, hold, restarting, surroundings

BATCH = 100


def derive_pending() -> int:
    """Derive until no fact is pending; returns how many changes of facts were taken in."""
    total = 0
    while taken := derive_batch():
        total += taken
    return total


def derive_pending_of(person_ids: Iterable[int]) -> None:
    """Take in what is pending about these persons and their households, so that a reader sees it.

    Costs one query when, as usual, nothing is pending.
    """
    wanted = set(person_ids)
    if wanted and FactChange.objects.filter(derived_at=None).exists():
        restarting(lambda: _derive_pending_of(wanted, wait=True))


def derive_pending_under_locks(person_ids: Iterable[int]) -> None:
    """The same for who holds locks of persons already, and so must not wait for anybody.

    What others are taking in is left to them. Within a transaction. Raises HouseholdsMoved if that
    must begin again.
    """
    _derive_pending_of(set(person_ids), wait=False)


def derive_batch() -> int:
    """Take in a batch and say how many changes, at most BATCH; what others hold is left to them."""
    return restarting(_derive_batch)


def _derive_batch() -> int:
    pending = _pending("true ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED", [BATCH])
    if pending:
        _take_in(pending)
    return len(pending)


def _derive_pending_of(wanted: set[int], *, wait: bool) -> None:
    near = surroundings(wanted, steps_of_a_fact())
    pending = _pending(
        f"person_id = ANY(%s::bigint[]) ORDER BY id FOR UPDATE {'' if wait else 'SKIP LOCKED'}",
        [array_of(near.same.ids(near.persons))],
    )
    if pending:
        _take_in(pending, wait=wait)


class _Pending(NamedTuple):
    """A row of the ledger of facts that is still to be taken in."""

    pk: int
    person: int
    ticket: uuid.UUID


def _pending(condition: str, values: Sequence[Any]) -> list[_Pending]:
    with prepared() as cursor:
        cursor.execute(
            "SELECT id, person_id, ticket FROM attestations_factchange"
            f" WHERE derived_at IS NULL AND {condition}",
            values,
        )
        return [_Pending(*row) for row in cursor.fetchall()]


def _take_in(pending: Sequence[_Pending], *, wait: bool = True) -> None:
    """Derive everyone whom these changes can touch, and mark the changes as taken in."""
    hold_current_law()
    by_index()
    steps = steps_of_a_fact()
    near = hold({change.person for change in pending}, 2 * steps, wait=wait)
    facts = known.load(near.persons, same=near.same)
    tickets: dict[int, uuid.UUID] = {}
    for change in pending:
        touched = facts.within(near.same.root(change.person), steps)
        tickets |= dict.fromkeys(touched, change.ticket)
    _derive(tickets, facts, near)
    with prepared() as cursor:
        cursor.execute(
            "UPDATE attestations_factchange SET derived_at = %s WHERE id = ANY(%s::bigint[])",
            [near.at, array_of(change.pk for change in pending)],
        )


def derive_persons(tickets: Mapping[int, uuid.UUID]) -> int:
    """Derive and reconcile these persons; returns how many changes were written.

    The changes carry the tickets of their persons. All whose facts are read are locked: no fact of
    an instant before that of the changes is still to be committed, so that the receipts can be
    verified. Whoever calls this within a transaction holds no locks of persons.
    """
    return restarting(lambda: _derive_persons(tickets))


def _derive_persons(tickets: Mapping[int, uuid.UUID]) -> int:
    hold_current_law()
    by_index()
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
