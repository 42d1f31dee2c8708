"""Delivery when all is not well: a recipient that fails once in ten, a broker that was away."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from attestations.models import Cpas
from benchmarks import long_feed
from benchmarks.delivering import (
    Recipient,
    a_cpas,
    a_recipient,
    a_sink,
    inscribed,
    record,
    worker,
)
from config.embedded import Valkey

EVENTS = 10_000  # of 5,000 persons
AWAY_SECONDS = 60


def run() -> None:
    """Print both; takes about three minutes."""
    cpas = a_cpas()
    with a_sink() as sink:
        _failing_once_in_ten(sink)
        _broker_away(cpas, sink)


def _failing_once_in_ten(sink: Recipient) -> None:
    organisation = a_recipient(f"{sink.url}/flaky")
    long_feed.fill(organisation, EVENTS)
    sink.reset()
    with tempfile.TemporaryDirectory() as folder, worker(Path(folder)):
        sink.wait_for(EVENTS)
    at = sorted(sink.seen().values())
    most = at[int(len(at) * 0.9)]
    print(f"a backlog of {EVENTS:,} events to a recipient that fails once in ten:")
    print(f"  delivered in {at[-1] - at[0]:.1f} s, the first 90 % in {most - at[0]:.1f} s:")
    print(f"  {len(at) / (at[-1] - at[0]):,.0f}/s over all, retries included", flush=True)


def _broker_away(cpas: Cpas, sink: Recipient) -> None:
    organisation = a_recipient(f"{sink.url}/hook")
    with tempfile.TemporaryDirectory() as name:
        valkey = Valkey(Path(name) / "valkey")
        url = valkey.start()
        try:
            with worker(Path(name), redis_url=url):
                sink.reset()
                _record_some(cpas, sink, [organisation])
                assert valkey.process is not None
                valkey.process.kill()
                valkey.process.wait()
                sink.reset()
                print(f"  Redis is away for {AWAY_SECONDS} s", flush=True)
                for ssin in inscribed([organisation], 50):
                    record(cpas, ssin)
                time.sleep(AWAY_SECONDS)
                assert sink.count() == 0, "something moved without a broker"
                back = time.time()
                valkey.start()
                sink.wait_for(100)
                first = min(sink.seen().values())
                print(
                    f"Redis back after {AWAY_SECONDS} s: the backlog moves {first - back:.1f} s on"
                )
        finally:
            valkey.stop()


def _record_some(cpas: Cpas, sink: Recipient, organisations: list) -> None:
    for ssin in inscribed(organisations, 10):
        record(cpas, ssin)
    sink.wait_for(20)
