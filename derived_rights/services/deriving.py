"""Deriving: the ledger's pending facts become rights, each in the transaction that takes it in."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from django.db import OperationalError
from psycopg.errors import LockNotAvailable

from attestations.bell import facts_changed
from attestations.locks import array_of, try_lock_persons
from attestations.prepared import by_index, prepared
from derived_rights import facts as known
from derived_rights.bells import rights_changed
from derived_rights.engine.facts import Facts
from derived_rights.services import persons_due, unsettled
from derived_rights.services.applied_law import current_law, hold_current_law
from derived_rights.services.outcomes import derive, steps_of_a_fact
from derived_rights.services.persons_due import Mark
from derived_rights.services.reconciling import reconcile
from derived_rights.surroundings import (
    Crowded,
    HouseholdsMoved,
    Surroundings,
    apart,
    hold,
    restarting,
    surroundings,
)

BATCH = 100
# What a transaction holds and reads: as many persons at most, some ten times those of an ordinary
# batch. Where that does not suffice, the changes around which more than WIDE live are set aside: a
# home with all who ever lived in it is not. Of the changes that are next, those about persons who
# are due already go with them.
MOST = 2_000
WIDE = 200
ASIDE = 2_000


def derive_pending() -> int:
    """Derive until no fact is pending; returns how many changes of facts were taken in.

    Those that were set aside are then still to be passed on: see `due_work`.
    """
    total = 0
    while taken := derive_batch():
        total += taken
    return total


def derive_pending_of(person_ids: Iterable[int]) -> None:
    """Derive those of these persons whom something pending may concern, so that a reader sees it.

    The changes are left to whoever takes them in. Costs one question when, as usual, nothing is
    pending.
    """
    wanted = set(person_ids)
    if wanted and unsettled.anything():
        concerned = _whom_news_may_concern(wanted)
        if concerned:
            restarting(lambda: _derive_pending_of(concerned))


def _whom_news_may_concern(wanted: set[int]) -> set[int]:
    """Those of them to look at under locks: the others need not be held."""
    near = surroundings(wanted, steps_of_a_fact())
    news = unsettled.around(wanted, near)
    wanted = near.same.roots(wanted)
    if news.changed:
        with suppress(Crowded):
            touched = surroundings(news.changed, steps_of_a_fact(), most=MOST).persons
            wanted &= touched | news.due.keys()
        return wanted
    return wanted & news.due.keys()


def _derive_pending_of(wanted: set[int]) -> None:
    near, facts = _held(wanted)
    news = unsettled.around(wanted, near)
    persons = near.same.roots(wanted) & near.persons
    _derive(news.concerning(persons, facts, steps_of_a_fact()), facts, near)


def derive_batch() -> int:
    """Take in a batch and say how many changes; what others hold is left to them.

    At most BATCH, and what else is set aside with some of them.
    """
    try:
        return restarting(lambda: _derive_batch(_take_in))
    except OperationalError as error:
        if not isinstance(error.__cause__, LockNotAvailable):
            raise
        # Somebody has held one of them for too long to let all the others wait once more.
        return restarting(lambda: _derive_batch(_take_in_at_once))


class _Pending(NamedTuple):
    """A row of the ledger of facts that is still to be taken in."""

    pk: int
    person: int
    ticket: uuid.UUID


def _derive_batch(take_in: Callable[[Sequence[_Pending]], int]) -> int:
    with prepared() as cursor:
        cursor.execute(_CLAIM, [BATCH])
        pending = [_Pending(*row) for row in cursor.fetchall()]
    return take_in(pending) if pending else 0


def _take_in(pending: Sequence[_Pending]) -> int:
    """Take in all of them, or what can be where too many live around them."""
    try:
        _derive_touched(pending)
    except Crowded:
        return _take_in_apart(pending)
    return len(pending)


def _take_in_at_once(pending: Sequence[_Pending]) -> int:
    """Take in what nobody is waited for; the others are set aside."""
    return _take_in_apart(pending, wait=False)


def _derive_touched(pending: Sequence[_Pending], *, wait: bool = True) -> None:
    """Derive everyone whom these changes can touch, and mark the changes as taken in.

    Raises Crowded, with nobody locked, if too many live around.
    """
    hold_current_law()
    by_index()
    steps = steps_of_a_fact()
    near = hold({change.person for change in pending}, 2 * steps, wait=wait, most=MOST)
    facts = known.load(near.persons, same=near.same, closed=True)
    tickets: dict[int, uuid.UUID] = {}
    for change in pending:
        touched = facts.within(near.same.root(change.person), steps)
        tickets |= dict.fromkeys(touched, change.ticket)
    _derive(tickets, facts, near)
    with prepared() as cursor:
        cursor.execute(_TAKEN_IN, [near.at, array_of(change.pk for change in pending)])


def _take_in_apart(pending: Sequence[_Pending], *, wait: bool = True) -> int:
    """Take in what MOST allows, set aside the changes around which too many live, leave the rest.

    In this order, as whoever marks persons as due must wait for nobody else thereafter.
    """
    hold_current_law()
    by_index()
    reach = 2 * steps_of_a_fact()
    changed = dict.fromkeys(change.person for change in pending)
    due = persons_due.among(changed)
    few, many = apart([one for one in changed if one not in due], reach, most=MOST, wide=WIDE)
    if not wait:
        many += [one for one in few if not try_lock_persons(surroundings([one], reach).persons)]
    narrow = [change for change in pending if change.person in {*few} - {*many}]
    if narrow:
        try:
            _derive_touched(narrow, wait=wait)
        except Crowded as moved:
            raise HouseholdsMoved from moved
    facts_changed.ring_on_commit()
    return len(narrow) + _set_aside({*many, *due})


def _set_aside(person_ids: Iterable[int]) -> int:
    """Have all that is pending about these persons derived apart; how many changes that is.

    And what is pending next about who is due: they live with these, and would be found to again.
    """
    with prepared() as cursor:
        cursor.execute(_SET_ASIDE, {"wide": array_of(person_ids), "next": ASIDE})
        marks = [Mark(*row) for row in cursor.fetchall()]
    persons_due.set_aside(marks, reach=steps_of_a_fact())
    return len(marks)


_CLAIM = """
SELECT id, person_id, ticket FROM attestations_factchange
 WHERE derived_at IS NULL ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
"""
_TAKEN_IN = "UPDATE attestations_factchange SET derived_at = %s WHERE id = ANY(%s::bigint[])"
_SET_ASIDE = """
UPDATE attestations_factchange SET derived_at = clock_timestamp()
 WHERE id = ANY(ARRAY(
    SELECT pending.id FROM (
        SELECT found.id FROM unnest(%(wide)s::bigint[]) AS wide (id) CROSS JOIN LATERAL (
            SELECT id FROM attestations_factchange
             WHERE person_id = wide.id AND derived_at IS NULL OFFSET 0) AS found
        UNION
        SELECT next.id FROM (
            SELECT id, person_id FROM attestations_factchange
             WHERE derived_at IS NULL ORDER BY id LIMIT %(next)s::int) AS next
         WHERE EXISTS (
            SELECT FROM derived_rights_persondue AS due WHERE due.person_id = next.person_id)
      ) AS pending
      CROSS JOIN LATERAL (
        SELECT FROM attestations_factchange
         WHERE id = pending.id AND derived_at IS NULL OFFSET 0 FOR UPDATE SKIP LOCKED) AS locked))
RETURNING person_id, ticket, recorded_at
"""


def derive_persons(tickets: Mapping[int, uuid.UUID], *, most: int | None = None) -> int:
    """Derive and reconcile these persons; returns how many changes were written.

    The changes carry the tickets of their persons. All whose facts are read are locked: no fact of
    an instant before that of the changes is still to be committed, so that the receipts can be
    verified. Whoever calls this within a transaction holds no locks of persons. Raises Crowded,
    with nobody locked, if more than `most` would be.
    """
    return restarting(lambda: _derive_persons(tickets, most=most))


def derive_under_locks(tickets: Mapping[int, uuid.UUID]) -> int:
    """The same for who holds locks of persons already, and so must not wait for anybody.

    Within a transaction. Raises HouseholdsMoved if that must begin again.
    """
    return _derive_persons(tickets, wait=False)


def _derive_persons(
    tickets: Mapping[int, uuid.UUID], *, wait: bool = True, most: int | None = None
) -> int:
    near, facts = _held(tickets, wait=wait, most=most)
    return _derive(
        {near.same.root(person): ticket for person, ticket in tickets.items()}, facts, near
    )


def _held(
    person_ids: Iterable[int], *, wait: bool = True, most: int | None = None
) -> tuple[Surroundings, Facts]:
    """The facts that decide about these persons, and all of whom they are, locked."""
    hold_current_law()
    by_index()
    near = hold(person_ids, steps_of_a_fact(), wait=wait, most=most)
    return near, known.load(near.persons, same=near.same, closed=True)


def _derive(tickets: Mapping[int, uuid.UUID], facts: Facts, near: Surroundings) -> int:
    """Derive these persons, given by the ids of today, and write what differs."""
    if near.at is None:
        return 0
    derived = derive(tickets, facts, current_law())
    changes = reconcile(derived, tickets=tickets, now=near.at, same=near.same)
    if changes:
        rights_changed.ring_on_commit()
    return changes
