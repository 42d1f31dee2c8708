"""Working on the persons who are due: marks are passed on, then persons derived, some at a time.

One program does so at a time, however many there are: the others are free for everybody else. One
that is killed leaves its persons as they were, and they come last: so one person who cannot be
derived in the time that a program has keeps no other from it.
"""

from __future__ import annotations

import time

from django.db import transaction

from attestations.locks import session_lock
from derived_rights.services import deriving, persons_due
from derived_rights.services.outcomes import steps_of_a_fact
from derived_rights.surroundings import fitting

# To a transaction, where together no more than MOST live around them: a few seconds of work. One
# around whom more live is derived alone, whatever it takes.
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
        some = fitting(following, steps_of_a_fact(), most=MOST)
        tickets = persons_due.take(some)
        with transaction.atomic():
            deriving.derive_persons(tickets)
            persons_due.done(tickets)
    return bool(following)
