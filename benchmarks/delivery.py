"""From the commit of a decision to its event at the recipient, and how many events a second.

Latency is measured with decisions recorded at a steady pace while real Celery workers derive,
route and push over real HTTP. Throughput is a backlog that is drained, beside its limit: the same
number of the same bodies posted by the same HTTP client to the same recipient, and nothing else.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from attestations.bell import facts_changed
from attestations.codes import AidKind
from attestations.models import Cpas, FactChange
from attestations.periods import Span
from attestations.services import decisions
from attestations.services.decisions import Content
from attestations.ssin import Ssin, make_ssin
from attestations.tickets import new_ticket
from derived_rights.services.deriving import derive_pending
from partners.addresses import parse_networks
from partners.models import Authorisation, DeliveryAttempt, FeedEntry, Organisation, Subscription
from partners.payloads import encode
from partners.services import events, inscriptions, subscriptions
from partners.services.routing import route_pending
from partners.services.subscriptions import Wanted
from partners.transport import open_session, post

PACE = 20  # decisions a second
LATENCY_DECISIONS = 400
BACKLOG_PERSONS = 750  # two events each
RUNS = 3

serials = itertools.count(1)


def run() -> None:
    """Print latency and throughput; takes about two minutes."""
    with tempfile.TemporaryDirectory() as folder, _sink() as url:
        cpas, organisation = _partners(url)
        with _worker(Path(folder)):
            _warm_up(cpas, organisation, url)
            _latency(cpas, organisation, url)
        ratios = [_throughput(cpas, organisation, url) for _ in range(RUNS)]
    ours, limit = (statistics.median(column) for column in zip(*ratios, strict=True))
    print(f"delivered, one event per POST, signed, attempts recorded: {ours:,.0f}/s")
    print(f"the same bodies posted and nothing else (the limit):      {limit:,.0f}/s")
    print(f"share of the limit (median of {RUNS} pairs): {ours / limit:.0%}")


def _latency(cpas: Cpas, organisation: Organisation, url: str) -> None:
    ssins = _inscribed(organisation, LATENCY_DECISIONS)
    _post(url, "/reset")
    committed: dict[str, float] = {}
    started = time.monotonic()
    for number, ssin in enumerate(ssins):
        time.sleep(max(0.0, started + number / PACE - time.monotonic()))
        ticket = _record(cpas, ssin)
        committed[ticket] = time.time()
    _until(url, 2 * LATENCY_DECISIONS)
    seen = json.loads(_get(url, "/seen"))
    delays = sorted(
        1000 * (seen[str(event)] - committed[str(ticket)])
        for event, ticket, right in FeedEntry.objects.filter(ticket__in=committed).values_list(
            "event_id", "ticket", "right_change"
        )
        if right is not None
    )
    p50 = statistics.median(delays)
    p99 = statistics.quantiles(delays, n=100)[98]
    print(f"commit of a decision to the right's event at the recipient, {PACE} decisions/s:")
    print(f"  p50 {p50:.0f} ms, p99 {p99:.0f} ms over {len(delays)} decisions")


def _throughput(cpas: Cpas, organisation: Organisation, url: str) -> tuple[float, float]:
    """Events a second: ours, and the limit."""
    for ssin in _inscribed(organisation, BACKLOG_PERSONS):
        _record(cpas, ssin)
    derive_pending()
    route_pending()
    subscription = Subscription.objects.get(organisation=organisation)
    entries = list(
        events.with_changes(
            FeedEntry.objects.filter(position__gt=subscription.cursor).order_by("position")
        )
    )
    bodies = [encode(event) for event in events.render(entries)]
    limit = len(bodies) / asyncio.run(_bare(bodies, url))
    _post(url, "/reset")
    before = DeliveryAttempt.objects.count()
    with tempfile.TemporaryDirectory() as folder:
        started = None
        with _worker(Path(folder)):
            while int(json.loads(_get(url, "/count"))["count"]) == 0:
                time.sleep(0.01)
            started = time.monotonic()
            already = int(json.loads(_get(url, "/count"))["count"])
            _until(url, len(bodies))
            took = time.monotonic() - started
            while DeliveryAttempt.objects.count() < before + len(bodies):
                time.sleep(0.05)
    return (len(bodies) - already) / took, limit


async def _bare(bodies: list[bytes], url: str) -> float:
    networks = parse_networks(["127.0.0.0/8"])
    async with open_session(allowed_networks=networks, concurrency=16) as session:
        started = time.monotonic()
        for start in range(0, len(bodies), 500):
            await asyncio.gather(
                *(post(session, f"{url}/hook", body, {}) for body in bodies[start : start + 500])
            )
        return time.monotonic() - started


def _partners(url: str) -> tuple[Cpas, Organisation]:
    cpas = Cpas.objects.create(enterprise_number="0123456749", names={"fr": "CPAS"})
    organisation = Organisation.objects.create(
        code="mutualities", kind="recipient", enterprise_number="0987654394", names={"fr": "R"}
    )
    Authorisation.objects.create(
        organisation=organisation,
        legal_context="BENCH-1",
        rights=["bim"],
        events=["rights", "attestations"],
        fields=["periods", "attestationNumber"],
        period=Span(date(2020, 1, 1)),
    )
    wanted = Wanted("BENCH-1", ["bim"], [], endpoint=f"{url}/hook")
    subscriptions.subscribe(organisation_id=organisation.pk, wanted=wanted)
    return cpas, organisation


def _inscribed(organisation: Organisation, persons: int) -> list[Ssin]:
    found = []
    for _ in range(persons):
        serial = next(serials)
        ssin = make_ssin(date(1950 + serial // 900, 5, 1 + serial // 30 % 28), 1 + serial % 900)
        inscriptions.register(
            organisation_id=organisation.pk,
            ssin=ssin,
            quality_code="1",
            span=Span(date(2000, 1, 1)),
            ticket=new_ticket(),
        )
        found.append(ssin)
    route_pending()
    return found


def _record(cpas: Cpas, ssin: Ssin) -> str:
    ticket = new_ticket()
    decisions.record(
        cpas=cpas,
        ssin=ssin,
        content=Content(
            aid_kind=AidKind.INTEGRATION_INCOME,
            decided_on=date(2026, 3, 17),
            span=Span(date(2026, 3, 2), date(2027, 3, 2)),
        ),
        ticket=ticket,
    )
    return str(ticket)


def _warm_up(cpas: Cpas, organisation: Organisation, url: str) -> None:
    """Until the workers answer and every process has its imports and connections."""
    for ssin in _inscribed(organisation, 20):
        _record(cpas, ssin)
    _until(url, 40)
    facts_changed.ring()
    while FactChange.objects.filter(derived_at=None).exists():
        time.sleep(0.05)


@contextmanager
def _worker(folder: Path) -> Iterator[None]:
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "celery", "-A", "config.celery", "worker", "--beat"),
            *("--concurrency", "2", "--loglevel", "WARNING"),
            *("--schedule", str(folder / "beat"), "--without-gossip", "--without-mingle"),
        ]
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


@contextmanager
def _sink() -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.sink", str(port)], env=os.environ)
    url = f"http://127.0.0.1:{port}"
    try:
        while True:
            try:
                _get(url, "/count")
                break
            except OSError:
                time.sleep(0.05)
        yield url
    finally:
        process.terminate()
        process.wait()


def _until(url: str, events_seen: int) -> None:
    while int(json.loads(_get(url, "/count"))["count"]) < events_seen:
        time.sleep(0.02)


def _get(url: str, path: str) -> bytes:
    with urllib.request.urlopen(url + path) as answer:
        return bytes(answer.read())


def _post(url: str, path: str) -> None:
    with urllib.request.urlopen(urllib.request.Request(url + path, data=b"", method="POST")):
        pass
