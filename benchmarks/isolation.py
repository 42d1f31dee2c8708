"""One of ten recipients hangs: what the nine others notice of it.

Decisions at a steady pace, twice in one run with the same worker: first all ten answer, then one
never does. The measure is the 95th percentile of the delay from the commit to the recipient, of
the nine.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.delivering import a_cpas, a_recipient, a_sink, inscribed, record_at_pace, worker
from benchmarks.delivery import delays_of_rights, percentile
from partners.models import Subscription

PACE = 8  # decisions a second, each for ten recipients
DECISIONS = 160


def run() -> None:
    """Print both percentiles and their ratio; takes about a minute and a half."""
    cpas = a_cpas()
    found = []
    with a_sink() as sink, tempfile.TemporaryDirectory() as folder:
        recipients = [a_recipient(f"{sink.url}/hook") for _ in range(10)]
        with worker(Path(folder)):
            for hanging in (None, None, recipients[0]):
                if hanging is not None:
                    Subscription.objects.filter(organisation=hanging).update(
                        endpoint=f"{sink.url}/hang"
                    )
                ssins = inscribed(recipients, DECISIONS)
                sink.reset()
                committed = record_at_pace(cpas, ssins, PACE)
                told = len(recipients) - (hanging is not None)
                sink.wait_for(2 * DECISIONS * told)
                found.append(percentile(delays_of_rights(committed, sink.seen()), 95))
    _warm, calm, one_hangs = found
    print(f"{PACE} decisions/s for 10 recipients, commit to recipient, p95 of those that answer:")
    print(f"  all answer {calm:.0f} ms, one hangs {one_hangs:.0f} ms: {one_hangs / calm:.2f} times")
