"""Pages of a long feed, and polls that bring nothing, over real HTTP.

A page of 1,000 events beside 1,000 rows that the database makes up and the same server sends; an
empty poll beside a `select 1` under the same authentication; the first page, one in the middle and
the last. Each pair is asked alternately over one connection, of a web server with one process.
"""

from __future__ import annotations

import http.client
import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.db import connection
from django.utils import timezone
from oauth2_provider.models import AccessToken

from benchmarks import long_feed, processor
from benchmarks.delivering import a_recipient
from config import processes
from partners.models import Client, FeedEntry, FeedHead, Organisation
from partners.services import epochs

EVENTS = 1_000_000
FULL = 10_000_000  # with BENCH_FULL=1: some 10 GB of disk
PAGE = 1_000
ROUNDS = 30
POLLS = 300


def run() -> None:
    """Print the times and their ratios."""
    organisation = a_recipient("")
    events = FULL if os.environ.get("BENCH_FULL") else EVENTS
    started = time.monotonic()
    long_feed.fill(organisation, events, progress=True)
    print(f"a feed of {events:,} events, filled in {time.monotonic() - started:.0f} s", flush=True)
    last = FeedHead.objects.get(organisation=organisation).position
    print(f"  a page is read by: {_plan(organisation, last // 2)}")
    server = Server(organisation)
    try:
        server.wait()
        _pages(server, last)
        _polls(server, last)
    finally:
        server.end()


def _pages(server: Server, last: int) -> None:
    epoch = epochs.current()
    places = {"first": last - last // PAGE * PAGE, "middle": last // 2, "last": last - PAGE}
    addresses = {"generated": f"/bench/generated?pageSize={PAGE}"} | {
        name: f"/registry/v1/events?after={epoch}.{after}&pageSize={PAGE}"
        for name, after in places.items()
    }
    taken = _alternately(server, addresses, ROUNDS)
    print(f"{PAGE:,} generated rows: {taken['generated']}")
    for name, after in places.items():
        print(f"page {after // PAGE + 1:,} ({name}): {taken[name]}")
        print(f"  {taken[name].beside(taken['generated'])} the generated rows")


def _polls(server: Server, last: int) -> None:
    nothing = f"/registry/v1/events?after={epochs.current()}.{last}"
    taken = _alternately(server, {"poll": nothing, "select": "/bench/select"}, POLLS)
    print(f"a select 1: {taken['select']}")
    print(f"an empty poll: {taken['poll']}")
    print(f"  {taken['poll'].beside(taken['select'])} the select 1")


@dataclass(frozen=True)
class Taken:
    """Medians of what an answer took, in ms: by the clock, and of processor time."""

    clock: float
    ours: float
    postgresql: float
    size: int

    def __str__(self) -> str:
        return (
            f"{self.clock:.2f} ms by the clock, {self.ours:.2f} ms of our processor time and "
            f"{self.postgresql:.2f} of PostgreSQL's, {self.size:,} bytes"
        )

    def beside(self, other: Taken) -> str:
        """How many times the other."""
        by_clock = self.clock / other.clock
        by_processor = (self.ours + self.postgresql) / (other.ours + other.postgresql)
        return f"{by_clock:.2f} times by the clock, {by_processor:.2f} times by processor time,"


def _alternately(server: Server, addresses: dict[str, str], rounds: int) -> dict[str, Taken]:
    """Each address asked one after the other, round by round."""
    for _ in range(3):  # to warm up
        for address in addresses.values():
            server.ask(address)
    ours, backends = server.processes(), server.backends()
    taken: dict[str, list[tuple[float, float, float]]] = {name: [] for name in addresses}
    sizes: dict[str, int] = {}
    for _ in range(rounds):
        for name, address in addresses.items():
            before = processor.milliseconds(ours), processor.milliseconds(backends)
            seconds, sizes[name] = server.ask(address)
            after = processor.milliseconds(ours), processor.milliseconds(backends)
            taken[name].append((1000 * seconds, after[0] - before[0], after[1] - before[1]))
    return {
        name: Taken(*map(statistics.median, zip(*found, strict=True)), sizes[name])
        for name, found in taken.items()
    }


def _plan(organisation: Organisation, after: int) -> str:
    """The scan of the feed in the plan of a page's statement."""
    page = FeedEntry.objects.filter(organisation=organisation, position__gt=after)
    explained = page.order_by("position")[: PAGE + 1].explain()
    return next(line.strip(" ->") for line in explained.splitlines() if "partners_feed" in line)


class Server:
    """A web server of its own, asked over one connection."""

    def __init__(self, organisation: Organisation) -> None:
        port = processes.free_port()
        self._process = subprocess.Popen(
            [
                *(str(Path(sys.executable).with_name("granian")), "--interface", "wsgi"),
                *("config.wsgi:application", "--port", str(port), "--no-access-log"),
                *("--blocking-threads", "1", "--log-level", "error"),
            ],
            env=os.environ | {"DJANGO_SETTINGS_MODULE": "benchmarks.feed_settings"},
        )
        self._link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        token = _token(organisation)
        self._headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}

    def wait(self) -> None:
        """Until it takes connections."""
        while True:
            try:
                self._link.connect()
                break
            except OSError:
                assert self._process.poll() is None, "the web server has ended"
                time.sleep(0.1)

    def ask(self, path: str) -> tuple[float, int]:
        """Seconds, and bytes of the body."""
        started = time.perf_counter()
        self._link.request("GET", path, headers=self._headers)
        answer = self._link.getresponse()
        body = answer.read()
        seconds = time.perf_counter() - started
        assert answer.status == 200, body[:500]
        assert "items" in json.loads(body)
        return seconds, len(body)

    def processes(self) -> list[int]:
        return processor.family(self._process.pid)

    def backends(self) -> list[int]:
        """Those of PostgreSQL that serve it: all but our own."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pid FROM pg_stat_activity"
                " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )
            return [pid for (pid,) in cursor.fetchall()]

    def end(self) -> None:
        self._link.close()
        self._process.terminate()
        self._process.wait()


def _token(organisation: Organisation) -> str:
    client = Client.objects.create(
        name="poller",
        organisation=organisation,
        client_id="poller",
        client_type=Client.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Client.GRANT_CLIENT_CREDENTIALS,
        allowed_scopes=["registry:consult"],
    )
    token = AccessToken.objects.create(
        application=client,
        token="token-of-a-benchmark",
        scope="registry:consult",
        expires=timezone.now() + timedelta(days=1),
    )
    return token.token
