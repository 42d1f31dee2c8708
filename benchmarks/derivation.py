"""Deriving everyone from PostgreSQL and back, and one person after one decision.

Beside reading stands a binary COPY of the same rows (`reading`); beside one changed person in a
hundred, a rewrite of everybody by the same road: from empty tables, every person differs; and the
least that a rewrite can be: all derived at once, bare periods by COPY, no reasons and no ledger.
"""

from __future__ import annotations

import os
import resource
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import psycopg
from django.db import connection, transaction

from attestations import clock
from attestations.codes import AidKind, HouseholdRelation
from attestations.models import Cpas
from attestations.periods import Span
from attestations.services import recording
from attestations.services.decisions import Content, Member
from attestations.ssin import Ssin, make_ssin
from attestations.tickets import new_ticket
from benchmarks import reading
from benchmarks.population import populate
from derived_rights import columns
from derived_rights import facts as known
from derived_rights.columns import Among, Range
from derived_rights.engine import bulk
from derived_rights.engine.catalogue import rights
from derived_rights.engine.explanation import explain
from derived_rights.engine.one import Derivation
from derived_rights.services import (
    chunk_work,
    derivation_runs,
    deriving,
    reconciling,
    scanning,
)
from derived_rights.services.applied_law import current_law
from derived_rights.services.outcomes import steps_of_a_fact

SIZE = 20_000
FULL = 1_000_000  # with BENCH_FULL=1; or BENCH_PERSONS=200000
DECISIONS = 60
ON = date(2026, 1, 10)


def run() -> None:
    """Print what reading, deriving everyone, and deriving one person take."""
    size = int(os.environ.get("BENCH_PERSONS", FULL if os.environ.get("BENCH_FULL") else SIZE))
    cpas = [
        Cpas.objects.create(enterprise_number=f"06{n:08d}", names={"fr": f"CPAS {n}"})
        for n in range(100)
    ]
    law = current_law()
    print(f"derivation of {size:,} persons, {len(law.active)} rights, one process:", flush=True)
    populate([row.pk for row in cpas], persons=size, tell=Progress("persons made", size))
    reading.run(min(size, derivation_runs.SIZE))
    whole = _run_of_all(size, "everyone written anew, from empty tables")
    _run_of_all(size, "nothing changed", whole)
    _take_away(share=100)
    changed = _run_of_all(size, "one person in 100 changed", whole)
    bare = _bare(size)
    print(f"  everyone derived at once, bare periods by COPY: {bare:.1f} s, {size / bare:,.0f}/s;")
    print(f"    with one person in 100 changed: {changed / bare:.0%} of that")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 / 1024
    print(f"  most memory of this process: {peak:.2f} GiB")
    _single(cpas[0])


class Progress:
    """Says how far long work is, every ten seconds."""

    def __init__(self, what: str, total: int) -> None:
        self.what, self.total, self.done = what, total, 0
        self.started = self.told = time.monotonic()

    def __call__(self, more: int) -> None:
        """So many more are done."""
        self.done += more
        now = time.monotonic()
        if now - self.told > 10 or self.done >= self.total:
            self.told = now
            seconds = now - self.started
            print(f"    {self.done:,} of {self.total:,} {self.what}, {seconds:.0f} s", flush=True)


def _take_away(*, share: int) -> None:
    """Close the periods of one person in `share`, so that these must all be written again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE derived_rights_rightperiod SET superseded_at = now()"
            " WHERE superseded_at IS NULL AND person_id / 10 %% %s = 0",
            [share],
        )


def _run_of_all(size: int, words: str, whole: float | None = None) -> float:
    """The seconds of a run over everyone, told with its parts and its share of `whole`."""
    run = derivation_runs.begin(ticket=new_ticket())
    tell = Progress("persons settled", size)
    started = time.monotonic()
    with _clocked() as parts:
        while chunk_work.work(
            run, tell=lambda: tell(derivation_runs.progress(run).done - tell.done)
        ):
            pass
    took = time.monotonic() - started
    assert derivation_runs.finish(run)
    run.refresh_from_db()
    parts["the rest"] = took - sum(parts.values())
    ordered = sorted(parts.items(), key=lambda part: -part[1])
    shares = ", ".join(f"{name} {seconds / took:.0%}" for name, seconds in ordered)
    print(f"  {words}: {took:.1f} s, {size / took:,.0f} persons/s, {run.changes:,} changes;")
    print(f"    {shares}")
    if whole is not None:
        print(f"    {took / whole:.1%} of writing everyone anew")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return took


def _bare(size: int) -> float:
    """Seconds to derive everybody at once and write bare periods by COPY: no reasons, no ledger."""
    started = time.monotonic()
    tell = Progress("persons written anew", size)
    law = current_law()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("TRUNCATE derived_rights_rightperiod")
        for chunk in derivation_runs.everyone():
            persons = Range.of(Among(chunk.first, chunk.end, chunk.besides, chunk.elsewhere))
            derived = bulk.derive(columns.load(persons), rights(), law.overrides, law.active)
            _write(persons, derived)
            tell(chunk.persons)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE derived_rights_rightperiod")
    return time.monotonic() - started


def _write(persons: Range, derived: dict[str, bulk.Derived]) -> None:
    now = clock.database_now()
    with (
        psycopg.Cursor(connection.connection) as cursor,
        cursor.copy(
            'COPY derived_rights_rightperiod (person_id, "right", outcome, period,'
            " attestation_numbers, missing_facts, receipt, recorded_at) FROM STDIN"
        ) as rows,
    ):
        for code, outcome in derived.items():
            for word, periods in (
                ("applies", outcome.sure),
                ("undetermined", outcome.undetermined),
            ):
                for person, span in _spans(persons, periods):
                    rows.write_row((person, code, word, span, "{}", "[]", "{}", now))


def _spans(persons: Range, periods: bulk.Periods) -> Iterator[tuple[int, str]]:
    ids = persons.ids[periods.person].tolist()
    days: dict[int, str] = {}
    for person, start, end in zip(ids, periods.start.tolist(), periods.end.tolist(), strict=True):
        for day in (start, end):
            if day not in days:
                days[day] = date.fromordinal(day).isoformat()
        first = "" if start == 1 else days[start]
        last = "" if end == date.max.toordinal() else days[end]
        yield person, f"[{first},{last})"


@contextmanager
def _clocked() -> Iterator[dict[str, float]]:
    """The seconds in each part of a run, those of a part within another counted once."""
    parts: defaultdict[str, float] = defaultdict(float)
    places = (
        (Range, "of", "reading facts at once"),
        (columns, "load", "reading facts at once"),
        (scanning, "_derived_and_stored", "deriving at once while what is stored is read"),
        (scanning, "_moved", "comparing at once"),
        (deriving, "hold", "locking who differs"),
        (known, "load", "reading their facts"),
        (deriving, "derive", "deriving them one by one"),
        (reconciling, "compare", "comparing them"),
        (deriving, "reconcile", "writing their periods and changes"),
    )
    kept = [(place, name, getattr(place, name)) for place, name, _ in places]
    for place, name, part in places:
        setattr(place, name, _clock(getattr(place, name), parts, part))
    try:
        yield parts
    finally:
        for place, name, function in kept:
            setattr(place, name, function)


def _clock(function: Any, parts: dict[str, float], part: str) -> Callable[..., Any]:
    def clocked(*args: Any, **kwargs: Any) -> Any:
        started, before = time.monotonic(), sum(parts.values())
        try:
            return function(*args, **kwargs)
        finally:
            within = sum(parts.values()) - before
            parts[part] += time.monotonic() - started - within

    return clocked


def _single(cpas: Cpas) -> None:
    """One decision about a person with a partner and a child, and one explanation."""
    deriving.derive_pending()
    derived, explained = [], []
    for serial in range(DECISIONS):
        ssins = [make_ssin(date(1980, 1, 1 + turn), 300 + serial) for turn in range(3)]
        person = _decide(cpas, ssins, serial)
        derived.append(_seconds(deriving.derive_pending))
        explained.append(_seconds(lambda person=person: _explain(person)))
    print(f"derivation after one decision, three persons: {_median(derived):.1f} ms;")
    print(f"explanation of one right of one person: {_median(explained):.1f} ms")


def _decide(cpas: Cpas, ssins: list[Ssin], serial: int) -> int:
    partner, child = ssins[1:]
    content = Content(
        aid_kind=AidKind.INTEGRATION_INCOME,
        decided_on=ON,
        span=Span(ON),
        reference=f"bench {serial}",
        household=(
            Member(partner, HouseholdRelation.PARTNER),
            Member(child, HouseholdRelation.CHILD),
        ),
    )
    recorded = recording.record(cpas=cpas, ssin=ssins[0], content=content, ticket=new_ticket())
    made = recorded.decision
    return made.person_id


def _explain(person: int) -> None:
    facts = known.load(known.around([person], steps_of_a_fact()))
    derivation = Derivation(facts, rights(), current_law().overrides)
    assert explain(derivation, person, "bim", date(2026, 9, 1)).steps


def _median(seconds: list[float]) -> float:
    return 1000 * statistics.median(seconds)


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
