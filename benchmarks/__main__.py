"""`make bench`: every benchmark, or those named in ARGS, each beside its peer in the same run."""

from __future__ import annotations

import os
import sys

BENCHMARKS = (
    "backlog",
    "bulk",
    "control",
    "crowd",
    "delivery",
    "derivation",
    "faults",
    "feed",
    "intake",
    "isolation",
    "openfisca",
    "questions",
)


def main() -> int:
    os.environ.setdefault("REGISTRY_MODE", "demo")
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from django.core.management import call_command

    from attestations.garbage import leave_the_program_alone
    from benchmarks import (
        backlog,
        bulk,
        control,
        crowd,
        delivery,
        derivation,
        faults,
        feed,
        intake,
        isolation,
        openfisca,
        questions,
    )

    wanted = sys.argv[1:] or BENCHMARKS
    unknown = set(wanted) - set(BENCHMARKS)
    if unknown:
        print(f"No such benchmark: {', '.join(sorted(unknown))}.")
        print(f"There are: {', '.join(BENCHMARKS)}.")
        return 2
    call_command("migrate", verbosity=0)
    everything = (
        backlog,
        bulk,
        openfisca,
        control,
        crowd,
        delivery,
        derivation,
        faults,
        feed,
        isolation,
        intake,
        questions,
    )
    # As the web server, the workers and the import do.
    leave_the_program_alone()
    for benchmark in everything:
        if benchmark.__name__.rpartition(".")[2] in wanted:
            benchmark.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
