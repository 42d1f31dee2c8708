"""How many events a second a backlog is delivered at: signed, in order, attempts recorded.

Once to one recipient, which one process of ours drains at a time; once to four, as a registry has
many, each with a quarter of the events. Beside it, in turn: the same bodies posted by the same HTTP
client, 16 at a time, and nothing else (the limit of a push that sends one event at a time), and the
same bodies posted by one Celery task each (the usual way), by a worker of two processes as ours is.
After each drain every hundredth request is checked: its signature holds.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from django.db.models import Max

from benchmarks import long_feed, peer
from benchmarks.delivering import Recipient, a_recipient, a_sink, worker
from partners.addresses import parse_networks
from partners.connections import open_session
from partners.models import DeliveryAttempt, FeedEntry, Organisation, Subscription
from partners.payloads import encode
from partners.services import events, feed_rows
from partners.services.signing_keys import signing_keys
from partners.signing import verify
from partners.transport import post

EVENTS = 20_000
EVENTS_IN_BATCHES = 50_000
POSTED = 10_000  # by the same client and nothing else
TASKS = 3_000
BATCH = 100
RUNS = 3
MANY = 4


class Rates(NamedTuple):
    """Of one run, events a second."""

    one_by_one: float
    one_by_one_to_many: float
    in_batches: float
    in_batches_to_many: float
    posted_only: float
    by_tasks: float


TITLES = Rates(
    "one recipient, one event per POST",
    f"{MANY} recipients, one event per POST",
    f"one recipient, {BATCH} events per POST",
    f"{MANY} recipients, {BATCH} events per POST",
    "the same bodies posted one by one by the same client, and nothing else",
    "the same bodies posted by one Celery task each, with requests",
)


def run() -> None:
    """Print the rates and their ratios; some three minutes."""
    with a_sink() as sink:
        recipients = [a_recipient(f"{sink.url}/hook") for _ in range(MANY)]
        rates = []
        for number in range(1, RUNS + 1):
            rates.append(_rates(recipients, sink))
            shown = ", ".join(f"{rate:,.0f}" for rate in rates[-1])
            print(
                f"run {number} of {RUNS}, in the order below, events a second: {shown}", flush=True
            )
    print(
        "Backlogs: signed, in order, attempts recorded. Medians; times the tasks of the same run."
    )
    for title, column in zip(TITLES, zip(*rates, strict=True), strict=True):
        times = statistics.median(
            rate / one.by_tasks for rate, one in zip(column, rates, strict=True)
        )
        least, most = min(column), max(column)
        middle = statistics.median(column)
        print(f"{title}: {middle:,.0f}/s ({least:,.0f} to {most:,.0f}), {times:.1f} times")


def _rates(recipients: list[Organisation], sink: Recipient) -> Rates:
    one = recipients[:1]
    drained = (
        _drained(one, sink, EVENTS, batch_size=1),
        _drained(recipients, sink, EVENTS, batch_size=1),
        _drained(one, sink, EVENTS_IN_BATCHES, batch_size=BATCH),
        _drained(recipients, sink, EVENTS_IN_BATCHES, batch_size=BATCH),
    )
    bodies = _bodies(recipients[0], POSTED)
    limit = len(bodies) / asyncio.run(_bare(list(bodies.values()), f"{sink.url}/hook"))
    return Rates(*drained, limit, _by_tasks(dict(list(bodies.items())[:TASKS]), sink))


def _drained(
    recipients: list[Organisation], sink: Recipient, number: int, *, batch_size: int
) -> float:
    """Events a second, of a backlog of so many, the same number for each recipient."""
    for organisation in recipients:
        long_feed.fill(organisation, number // len(recipients))
    backlog = Subscription.objects.filter(organisation__in=recipients)
    backlog.update(batch_size=batch_size)
    last = DeliveryAttempt.objects.aggregate(last=Max("id"))["last"] or 0
    sink.reset()
    with tempfile.TemporaryDirectory() as folder, worker(Path(folder)):
        sink.wait_for(number)
        while DeliveryAttempt.objects.filter(pk__gt=last).count() < number:
            time.sleep(0.1)
    _check(backlog, sink)
    return rate(sink)


def _check(subscriptions: Iterable[Subscription], sink: Recipient) -> None:
    """Every hundredth request was signed as its recipient would insist on."""
    now = datetime.now(UTC)
    keys = [key for subscription in subscriptions for key in signing_keys(subscription, now)]
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
