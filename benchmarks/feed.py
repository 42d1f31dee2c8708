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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from django.db import connection
from django.utils import timezone
from oauth2_provider.models import AccessToken

from benchmarks import long_feed
from benchmarks.delivering import a_recipient
from config import processes
from partners.models import Client, FeedEntry, FeedHead, Organisation
from partners.services import epochs

EVENTS = 1_000_000
FULL = 10_000_000  # with BENCH_FULL=1: some 10 GB of disk, and 20 minutes to fill
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
    with _a_server(organisation) as ask:
        _pages(ask, last)
        _polls(ask, last)


def _pages(ask: Callable[[str], tuple[float, int]], last: int) -> None:
    epoch = epochs.current()
    places = {"first": last - last // PAGE * PAGE, "middle": last // 2, "last": last - PAGE}
    addresses = {"generated": f"/bench/generated?pageSize={PAGE}"} | {
        name: f"/registry/v1/events?after={epoch}.{after}&pageSize={PAGE}"
        for name, after in places.items()
    }
    taken = _alternately(ask, addresses, ROUNDS)
    generated = taken["generated"][0]
    print(f"{PAGE:,} generated rows: {generated:.1f} ms, {taken['generated'][1]:,} bytes")
    for name, after in places.items():
        found, size = taken[name]
        print(
            f"page {after // PAGE + 1:,} ({name}): {found:.1f} ms, {size:,} bytes, "
            f"{found / generated:.2f} times the generated rows"
        )


def _polls(ask: Callable[[str], tuple[float, int]], last: int) -> None:
    nothing = f"/registry/v1/events?after={epochs.current()}.{last}"
    taken = _alternately(ask, {"poll": nothing, "select": "/bench/select"}, POLLS)
    poll, select = taken["poll"][0], taken["select"][0]
    print(f"an empty poll {poll:.2f} ms, a select 1 {select:.2f} ms: {poll / select:.2f} times")


def _alternately(
    ask: Callable[[str], tuple[float, int]], addresses: dict[str, str], rounds: int
) -> dict[str, tuple[float, int]]:
    """Median milliseconds, and bytes, of each; one after the other, round by round."""
    taken: dict[str, list[float]] = {name: [] for name in addresses}
    sizes: dict[str, int] = {}
    for number in range(rounds + 3):  # three to warm up
        for name, address in addresses.items():
            seconds, sizes[name] = ask(address)
            if number >= 3:
                taken[name].append(1000 * seconds)
    return {name: (statistics.median(found), sizes[name]) for name, found in taken.items()}


def _plan(organisation: Organisation, after: int) -> str:
    """The scan of the feed in the plan of a page's statement."""
    page = FeedEntry.objects.filter(organisation=organisation, position__gt=after)
    explained = page.order_by("position")[: PAGE + 1].explain()
    return next(line.strip(" ->") for line in explained.splitlines() if "partners_feed" in line)


@contextmanager
def _a_server(organisation: Organisation) -> Iterator[Callable[[str], tuple[float, int]]]:
    """Asks a path of a web server of its own: seconds, and bytes of the body."""
    port = processes.free_port()
    process = subprocess.Popen(
        [
            *(str(Path(sys.executable).with_name("granian")), "--interface", "wsgi"),
            *("config.wsgi:application", "--port", str(port), "--no-access-log"),
            *("--blocking-threads", "2", "--log-level", "error"),
        ],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "benchmarks.feed_settings"},
    )
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Bearer {_token(organisation)}", "Accept": "application/json"}

    def ask(path: str) -> tuple[float, int]:
        started = time.perf_counter()
        link.request("GET", path, headers=headers)
        answer = link.getresponse()
        body = answer.read()
        seconds = time.perf_counter() - started
        assert answer.status == 200, body[:500]
        assert "items" in json.loads(body)
        return seconds, len(body)

    try:
        while True:
            try:
                link.connect()
                break
            except OSError:
                assert process.poll() is None, "the web server has ended"
                time.sleep(0.1)
        connection.close()
        yield ask
    finally:
        link.close()
        process.terminate()
        process.wait()


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
