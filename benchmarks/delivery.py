"""From the commit of a decision to its event at the recipient, and how many events a second.

Latency is measured with decisions recorded at a steady pace while real Celery workers derive,
route and push over real HTTP. Throughput is a backlog that is drained, beside two peers: the same
bodies posted by the same HTTP client and nothing else (the limit), and the same bodies posted by
one Celery task each (the usual way).
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
from pathlib import Path

from attestations.bell import facts_changed
from attestations.models import Cpas, FactChange
from benchmarks import peer
from benchmarks.delivering import (
    Recipient,
    a_cpas,
    a_recipient,
    a_sink,
    inscribed,
    record,
    record_at_pace,
    worker,
)
from derived_rights.services.deriving import derive_pending
from partners.addresses import parse_networks
from partners.models import DeliveryAttempt, FeedEntry, Organisation, Subscription
from partners.payloads import encode
from partners.services import events
from partners.services.routing import route_pending
from partners.transport import open_session, post

PACES = (20, 50)  # decisions a second
LATENCY_DECISIONS = 400
BACKLOG_PERSONS = 500  # two events each
RUNS = 3


def run() -> None:
    """Print latency and throughput; takes some minutes."""
    cpas = a_cpas()
    with a_sink() as sink, tempfile.TemporaryDirectory() as folder:
        organisation = a_recipient(f"{sink.url}/hook")
        with worker(Path(folder)):
            _warm_up(cpas, organisation, sink)
            for pace in PACES:
                _latency(cpas, organisation, sink, pace)
        for batch_size in (1, 100):
            Subscription.objects.update(batch_size=batch_size)
            _throughput(cpas, organisation, sink, batch_size)


def _latency(cpas: Cpas, organisation: Organisation, sink: Recipient, pace: int) -> None:
    ssins = inscribed([organisation], LATENCY_DECISIONS)
    sink.reset()
    committed = record_at_pace(cpas, ssins, pace)
    sink.wait_for(2 * LATENCY_DECISIONS)
    delays = delays_of_rights(committed, sink.seen())
    p50, p95, p99 = (percentile(delays, share) for share in (50, 95, 99))
    print(f"commit of a decision to the first try of the right's event, {pace} decisions/s:")
    print(f"  p50 {p50:.0f} ms, p95 {p95:.0f} ms, p99 {p99:.0f} ms over {len(delays)} decisions")


def delays_of_rights(committed: dict[str, float], seen: dict[str, float]) -> list[float]:
    """Milliseconds from the commit of each decision to the event of the right it gave."""
    entries = FeedEntry.objects.filter(ticket__in=committed, right_change__isnull=False)
    return sorted(
        1000 * (seen[str(event)] - committed[str(ticket)])
        for event, ticket in entries.values_list("event_id", "ticket")
        if str(event) in seen
    )


def percentile(ordered: list[float], share: int) -> float:
    return statistics.quantiles(ordered, n=100, method="inclusive")[share - 1]


def _throughput(cpas: Cpas, organisation: Organisation, sink: Recipient, batch_size: int) -> None:
    rates = [_triple(cpas, organisation, sink) for _ in range(RUNS)]
    ours, limit, usual = (statistics.median(column) for column in zip(*rates, strict=True))
    print(f"{batch_size} event(s) per POST, signed, in order, attempts recorded: {ours:,.0f}/s")
    print(f"  the same bodies posted one by one and nothing else: {limit:,.0f}/s")
    print(f"  the same bodies posted by one Celery task each:     {usual:,.0f}/s")
    print(
        f"  medians of {RUNS}: {statistics.median(o / b for o, b, _ in rates):.0%} of the limit, "
        f"{statistics.median(o / u for o, _, u in rates):.1f} times the tasks"
    )


def _triple(cpas: Cpas, organisation: Organisation, sink: Recipient) -> tuple[float, float, float]:
    """Events a second: ours, the limit, and the usual way."""
    for ssin in inscribed([organisation], BACKLOG_PERSONS):
        record(cpas, ssin)
    derive_pending()
    route_pending()
    subscription = Subscription.objects.get(organisation=organisation)
    entries = list(
        events.with_changes(
            FeedEntry.objects.filter(
                organisation=organisation, position__gt=subscription.cursor
            ).order_by("position")
        )
    )
    bodies = {str(entry.event_id): encode(event) for entry, event in _rendered(entries)}
    limit = len(bodies) / asyncio.run(_bare(list(bodies.values()), sink.url))
    usual = _by_tasks(bodies, sink)
    sink.reset()
    with tempfile.TemporaryDirectory() as folder, worker(Path(folder)):
        ours = _rate(sink, len(bodies))
        while DeliveryAttempt.objects.filter(entry__in=entries).count() < len(bodies):
            time.sleep(0.05)
    return ours, limit, usual


def _rendered(entries: list[FeedEntry]) -> Iterator[tuple[FeedEntry, dict[str, object]]]:
    yield from zip(entries, events.render(entries), strict=True)


def _rate(sink: Recipient, events_due: int) -> float:
    """Events a second from the first one seen to the last."""
    sink.wait_for(events_due)
    at = sorted(sink.seen().values())
    first = at[0]
    counted = [one for one in at if one > first]
    return len(counted) / max(at[-1] - first, 1e-9)


def _by_tasks(bodies: dict[str, bytes], sink: Recipient) -> float:
    sink.reset()
    for message_id, body in bodies.items():
        peer.send.delay(f"{sink.url}/hook", message_id, body.decode())
    with _peer_worker():
        return _rate(sink, len(bodies))


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
    networks = parse_networks(["127.0.0.0/8"])
    async with open_session(allowed_networks=networks, concurrency=16) as session:
        started = time.monotonic()
        for start in range(0, len(bodies), 500):
            await asyncio.gather(
                *(post(session, f"{url}/hook", body, {}) for body in bodies[start : start + 500])
            )
        return time.monotonic() - started


def _warm_up(cpas: Cpas, organisation: Organisation, sink: Recipient) -> None:
    """Until the workers answer and every process has its imports and connections."""
    for ssin in inscribed([organisation], 20):
        record(cpas, ssin)
    sink.wait_for(40)
    facts_changed.ring()
    while FactChange.objects.filter(derived_at=None).exists():
        time.sleep(0.05)
