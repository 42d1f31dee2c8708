"""One of ten recipients hangs: what the nine others notice of it.

Decisions at a steady pace, with one worker: first all ten answer, then one never does, and both
again. The measure is the 95th percentile of the delay from the commit to the recipient, of the
nine. The pace is well below what the machine can do, or the queue would be all that is measured.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from attestations.models import Cpas
from benchmarks.delivering import (
    Recipient,
    a_cpas,
    a_recipient,
    a_sink,
    inscribed,
    record_at_pace,
    worker,
)
from benchmarks.delivery import delays_of_rights, percentile
from partners.models import FeedEntry, Organisation, Subscription

PACE = 4  # decisions a second, each for ten recipients
DECISIONS = 80
ROUNDS = 2


def run() -> None:
    """Print both percentiles and their ratio; takes about two minutes."""
    cpas = a_cpas()
    calm: list[float] = []
    hanging: list[float] = []
    with a_sink() as sink, tempfile.TemporaryDirectory() as folder:
        recipients = [a_recipient(f"{sink.url}/hook") for _ in range(10)]
        with worker(Path(folder)):
            _p95(cpas, recipients, sink, "warming up")
            for number in range(1, ROUNDS + 1):
                _answers_at(recipients[0], f"{sink.url}/hook")
                calm.append(_p95(cpas, recipients, sink, f"{number}: all answer"))
                _answers_at(recipients[0], f"{sink.url}/hang")
                hanging.append(_p95(cpas, recipients, sink, f"{number}: one hangs"))
    before, after = statistics.median(calm), statistics.median(hanging)
    print(f"{PACE} decisions/s for 10 recipients, commit to recipient, p95 of nine that answer:")
    print(f"  all answer {before:.0f} ms, one hangs {after:.0f} ms: {after / before:.2f} times")


def _answers_at(recipient: Organisation, endpoint: str) -> None:
    """Nothing is left to it of what it did not answer: it is the calls that hang which matter."""
    Subscription.objects.filter(organisation=recipient).update(
        endpoint=endpoint,
        failures=0,
        retry_at=None,
        cursor=FeedEntry.objects.filter(organisation=recipient).count(),
    )


def _p95(cpas: Cpas, recipients: list[Organisation], sink: Recipient, what: str) -> float:
    """Milliseconds, of all but the first recipient."""
    ssins = inscribed(recipients, DECISIONS)
    sink.reset()
    started = time.monotonic()
    committed = record_at_pace(cpas, ssins, PACE)
    others = [one.pk for one in recipients[1:]]
    told = FeedEntry.objects.filter(ticket__in=committed, organisation__in=others)
    while told.count() < 2 * DECISIONS * len(others):
        time.sleep(0.1)
    wanted = {str(event) for event in told.values_list("event_id", flat=True)}
    while not wanted <= sink.seen().keys():
        time.sleep(0.1)
    of_others = {event: at for event, at in sink.seen().items() if event in wanted}
    found = percentile(delays_of_rights(committed, of_others), 95)
    print(f"  {what}: p95 {found:.0f} ms, {time.monotonic() - started:.0f} s", flush=True)
    return found
