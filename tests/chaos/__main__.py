"""`python -m tests.chaos`: a storm, on servers and with processes of its own.

    python -m tests.chaos --events 20000 --disturbances 160 --outage 300 --patient --seed 7

The seed is printed: it draws the same disturbances and the same misbehaviour again.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
from pathlib import Path
from random import Random

from tests.certificates import Authority
from tests.chaos.fleet import Fleet


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--events", type=int, default=2_000)
    parser.add_argument("--disturbances", type=int, default=28)
    parser.add_argument("--outage", type=int, default=0, help="seconds with every recipient down")
    parser.add_argument(
        "--patient", action="store_true", help="let leases run out by the clock, 18 s each time"
    )
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(3)))
    asked = parser.parse_args()
    # As by Ctrl-C: what was started is stopped, whoever ends us.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    random = Random(asked.seed)
    sys.stdout.write(f"seed {asked.seed}\n")
    with tempfile.TemporaryDirectory(prefix="storm-") as name:
        authority = Authority(Path(name))
        env = {
            "REGISTRY_MODE": "test",
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "SSL_CERT_FILE": str(authority.trusted),
        }
        fleet = Fleet(Path(name), random, env)
        try:
            os.environ.update(fleet.start_servers())
            return _storm(fleet, authority, asked, random)
        finally:
            fleet.stop()


def _storm(fleet: Fleet, authority: Authority, asked: argparse.Namespace, random: Random) -> int:
    import django  # noqa: PLC0415  (which database it is, is known only now)

    django.setup()
    from tests.chaos.storm import run  # noqa: PLC0415

    return run(
        fleet,
        authority,
        events=asked.events,
        count=asked.disturbances,
        outage=asked.outage,
        patient=asked.patient,
        random=random,
    )


if __name__ == "__main__":
    sys.exit(main())
