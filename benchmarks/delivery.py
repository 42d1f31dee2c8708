"""From the commit of a decision to its event at the recipient.

Decisions are recorded at a steady pace while real Celery workers derive, route and push over real
HTTP.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from attestations.bell import facts_changed
from attestations.models import Cpas, FactChange
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
from partners.models import FeedEntry, Organisation

PACES = (2, 20, 50)  # decisions a second
LATENCY_DECISIONS = 400
LATENCY_SECONDS = 20


def run() -> None:
    """Print the latency at each pace; about two minutes."""
    cpas = a_cpas()
    with a_sink() as sink, tempfile.TemporaryDirectory() as folder:
        organisation = a_recipient(f"{sink.url}/hook")
        with worker(Path(folder)):
            _warm_up(cpas, organisation, sink)
            for pace in PACES:
                _latency(cpas, organisation, sink, pace)


def _latency(cpas: Cpas, organisation: Organisation, sink: Recipient, pace: int) -> None:
    decisions = min(LATENCY_DECISIONS, LATENCY_SECONDS * pace)
    ssins = inscribed([organisation], decisions)
    sink.reset()
    committed = record_at_pace(cpas, ssins, pace)
    sink.wait_for(2 * decisions)
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


def _warm_up(cpas: Cpas, organisation: Organisation, sink: Recipient) -> None:
    """Until the workers answer and every process has its imports and connections."""
    for ssin in inscribed([organisation], 20):
        record(cpas, ssin)
    sink.wait_for(40)
    facts_changed.ring()
    while FactChange.objects.filter(derived_at=None).exists():
        time.sleep(0.05)
