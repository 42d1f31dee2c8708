"""Working on the persons who are due: marks are passed on, then persons derived, some at a time.

One program does so at a time, however many there are: the others are free for everybody else. One
that is killed leaves its persons as they were, and they come last: so one person who cannot be
derived in the time that a program has keeps no other from it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from django.db import connection, transaction

from attestations.locks import session_lock
from derived_rights.services import deriving, persons_due
from derived_rights.services.outcomes import steps_of_a_fact
from derived_rights.surroundings import Crowded, surroundings

# To a transaction, where no more than MOST live around them, counted for each: that is what it
# takes to derive them, a few seconds. One around whom more live is derived alone, however long.
AT_ONCE = 64
MOST = 10_000


def work(*, seconds: float) -> bool:
    """Work for a moment; False if nothing is left, or another does it."""
    until = time.monotonic() + seconds
    with session_lock("persons due: at work") as got:
        while got and step():
            if time.monotonic() > until:
                return True
    return False


def step() -> bool:
    """Pass some marks on, or else derive some persons; False if nobody is due.

    Two at once would be for nothing, and do no harm.
    """
    return persons_due.pass_on() or _derive_some()


def _derive_some() -> bool:
    following = persons_due.following(AT_ONCE)
    if following:
        tickets = persons_due.take(_fitting(following))
        with transaction.atomic():
            _think_for_long()
            deriving.derive_persons(tickets)
            persons_due.done(tickets)
    return bool(following)


def _fitting(person_ids: Sequence[int]) -> Sequence[int]:
    """The first of them, as many as a transaction takes; one at least."""
    around, fitting = 0, 0
    for person in person_ids:
        try:
            near = surroundings([person], steps_of_a_fact(), most=MOST - around)
        except Crowded:
            break
        around += len(near.persons)
        fitting += 1
    return person_ids[: max(fitting, 1)]


def _think_for_long() -> None:
    """The database would take a program that asks nothing for a minute for dead.

    It would end the connection, and with it the lock by which one program does this at a time.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
