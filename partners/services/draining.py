"""Draining a subscription: its feed, from its cursor on, to its endpoint, in order per person.

1. Take the lease of the subscription, if something is due, or leave it to whoever holds it.
2. Read a round: asked-for resends, held lanes that are due, then entries beyond the cursor whose
   lane is not held.
3. Send it, a bounded number at a time, each lane one event after the other. Meanwhile another
   thread reads what follows in the feed; the next round takes it if it is still what it would read.
4. Write down in one transaction, if the lease is still ours: attempts, lanes, cursor; the lease
   is given back with them.
5. Again, until nothing is due or the time is up.

HTTP happens outside any transaction. A drain that slept past its lease can no longer write; what
it sent meanwhile is sent again with the same id.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AsyncExitStack, contextmanager

from django.conf import settings
from django.db import close_old_connections

from partners.addresses import parse_networks
from partners.connections import open_session
from partners.models import Subscription
from partners.services.leasing import Leased, give_back, take_lease
from partners.services.reading import Stretch, read_ahead, read_round
from partners.services.rounds import Round, ending
from partners.services.sending import LANES_AT_WORK, send_round
from partners.services.settling import write_round

# A drain gives the worker back after this long; the next ring or sweep goes on.
TIME_LIMIT_SECONDS = 20.0

# So many threads of a process read ahead, for all its drains; each has a connection of its own.
READERS = 2

_readers = ThreadPoolExecutor(READERS, thread_name_prefix="read-ahead")

# Sends a round; returns how many lanes have now failed in a row.
Send = Callable[[Subscription, Round], int]


def drain(subscription_id: int) -> bool:
    """Deliver what can be delivered now; True if the time ran out, perhaps with work left."""
    until = time.monotonic() + TIME_LIMIT_SECONDS
    leased = take_lease(subscription_id)
    if leased is None:
        return False
    ahead: Stretch | None = None
    with _sender() as send:
        while leased is not None:
            ahead = _deliver(leased, ahead, send)
            if time.monotonic() > until or ending.is_set():
                return True
            leased = take_lease(subscription_id)
    return False


def _deliver(leased: Leased, ahead: Stretch | None, send: Send) -> Stretch | None:
    """One round, under a lease that is given back in any case; returns what was read meanwhile."""
    subscription = leased.subscription
    reading: Future[Stretch] | None = None
    written = False
    try:
        found = read_round(leased, ahead)
        if found is not None:
            if found.goes_on and not ending.is_set():
                reading = _readers.submit(_read_ahead, subscription, found.read_to)
            written = write_round(subscription, found, send(subscription, found))
    finally:
        if not written:
            give_back(subscription)
    # What no reader has begun yet is read as quickly by the next round itself.
    return None if reading is None or reading.cancel() else reading.result()


def _read_ahead(subscription: Subscription, after: int) -> Stretch:
    close_old_connections()
    try:
        return read_ahead(subscription, after)
    finally:
        close_old_connections()


@contextmanager
def _sender() -> Iterator[Send]:
    """The way to send rounds, on connections that are kept from one to the next.

    Only the sending runs in the event loop.
    """
    networks = parse_networks(settings.WEBHOOK_ALLOWED_NETWORKS)
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        session = runner.run(
            stack.enter_async_context(
                open_session(allowed_networks=networks, concurrency=LANES_AT_WORK)
            )
        )
        try:
            yield lambda subscription, found: runner.run(send_round(session, subscription, found))
        finally:
            runner.run(stack.aclose())
