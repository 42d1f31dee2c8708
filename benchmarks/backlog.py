"""How many events a second a backlog is delivered at: signed, in order, attempts recorded.

Beside it, in turn: the same bodies posted by the same HTTP client, 16 at a time, and nothing else
(the limit of a push that sends one event at a time), and the same bodies posted by one Celery task
each (the usual way). After each drain every hundredth request is checked: its signature holds.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import long_feed, peer
from benchmarks.delivering import Recipient, a_recipient, a_sink, worker
from partners.addresses import parse_networks
from partners.models import DeliveryAttempt, FeedEntry, Organisation, Subscription
from partners.payloads import encode
from partners.services import events, feed_rows
from partners.services.signing_keys import signing_keys
from partners.signing import verify
from partners.transport import open_session, post

EVENTS = 20_000
EVENTS_IN_BATCHES = 50_000
POSTED = 10_000  # by the same client and nothing else
TASKS = 3_000
BATCH = 100
RUNS = 3


def run() -> None:
    """Print the rates and their ratios; some two minutes."""
    with a_sink() as sink:
        organisation = a_recipient(f"{sink.url}/hook")
        rates = []
        for number in range(1, RUNS + 1):
            found = _drained(organisation, sink, EVENTS, batch_size=1)
            batches = _drained(organisation, sink, EVENTS_IN_BATCHES, batch_size=BATCH)
            bodies = _bodies(organisation, POSTED)
            limit = len(bodies) / asyncio.run(_bare(list(bodies.values()), f"{sink.url}/hook"))
            usual = _by_tasks(dict(list(bodies.items())[:TASKS]), sink)
            rates.append((found, batches, limit, usual))
            print(
                f"run {number} of {RUNS}: {found:,.0f}/s one by one, {batches:,.0f}/s in batches, "
                f"{limit:,.0f}/s posted only, {usual:,.0f}/s by tasks",
                flush=True,
            )
    ours, batches, limit, usual = (statistics.median(column) for column in zip(*rates, strict=True))
    share = statistics.median(found / bare for found, _, bare, _ in rates)
    times = statistics.median(found / tasks for found, *_, tasks in rates)
    in_batches = statistics.median(found / tasks for _, found, _, tasks in rates)
    print(f"one event per POST, signed, in order, attempts recorded: {ours:,.0f}/s")
    print(f"{BATCH} events per POST, the same: {batches:,.0f}/s")
    print(f"the same bodies posted one by one and nothing else: {limit:,.0f}/s")
    print(f"the same bodies posted by one Celery task each, with requests: {usual:,.0f}/s")
    print(
        f"medians of {RUNS}: {share:.0%} of posting only; {times:.1f} times the tasks one by one,"
    )
    print(f"  {in_batches:.1f} times in batches")


def _drained(organisation: Organisation, sink: Recipient, number: int, *, batch_size: int) -> float:
    """Events a second, of a backlog of so many."""
    long_feed.fill(organisation, number)
    subscription = Subscription.objects.get(organisation=organisation)
    Subscription.objects.filter(pk=subscription.pk).update(batch_size=batch_size)
    after = subscription.cursor
    sink.reset()
    with tempfile.TemporaryDirectory() as folder, worker(Path(folder)):
        sink.wait_for(number)
        entries = FeedEntry.objects.filter(organisation=organisation, position__gt=after)
        while DeliveryAttempt.objects.filter(entry__in=entries).count() < number:
            time.sleep(0.1)
    _check(subscription, sink)
    return rate(sink)


def _check(subscription: Subscription, sink: Recipient) -> None:
    """Every hundredth request was signed as its recipient would insist on."""
    keys = signing_keys(subscription, datetime.now(UTC))
    for head, body in sink.sample():
        lines = head.decode().split("\r\n")[1:]
        headers = dict(line.split(": ", 1) for line in lines)
        at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
        verify(body, headers, keys=keys, now=at)


def rate(sink: Recipient) -> float:
    """Events a second from the first one seen to the last."""
    at = sorted(sink.seen().values())
    counted = [one for one in at if one > at[0]]
    return len(counted) / max(at[-1] - at[0], 1e-9)


def _bodies(organisation: Organisation, number: int) -> dict[str, bytes]:
    """The last events of the feed, as they are sent, by id."""
    last = FeedEntry.objects.filter(organisation=organisation).order_by("-position")[:number]
    entries = feed_rows.read(FeedEntry.objects.filter(pk__in=last.values("pk")))
    return {
        str(entry.event_id): encode(event)
        for entry, event in zip(entries, events.render(entries), strict=True)
    }


def _by_tasks(bodies: dict[str, bytes], sink: Recipient) -> float:
    sink.reset()
    for message_id, body in bodies.items():
        peer.send.delay(f"{sink.url}/hook", message_id, body.decode())
    with _peer_worker():
        sink.wait_for(len(bodies))
        return rate(sink)


@contextmanager
def _peer_worker() -> Iterator[None]:
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "celery", "-A", "benchmarks.peer", "worker"),
            *("--concurrency", "2", "--loglevel", "ERROR", "-Q", "peer"),
            *("--without-gossip", "--without-mingle"),
        ],
        env=os.environ,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


async def _bare(bodies: list[bytes], url: str) -> float:
    """Seconds to post them all, 16 at a time."""
    networks = parse_networks(["127.0.0.0/8"])
    waiting = iter(bodies)
    async with open_session(allowed_networks=networks, concurrency=16) as session:

        async def work() -> None:
            for body in waiting:
                await post(session, url, body, {})

        started = time.monotonic()
        await asyncio.gather(*(work() for _ in range(16)))
        return time.monotonic() - started
