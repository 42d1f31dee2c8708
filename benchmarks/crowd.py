"""An outsider beside a crowd: how long a decision waits while a file that binds all is worked off.

Households of a subject and some children, drawn at random from the same few, come in at once: each
change concerns nearly everybody within two households. With one worker, decisions on others, who
live with a partner and a child, are recorded one after the other: first in an empty registry, then
while the crowd is derived apart. The measure is the delay from the commit of a decision to the
change of the rights of its person. The first decision behind the file waits until all that came
before it is set aside; it is told by itself.
"""

from __future__ import annotations

import itertools
import os
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from django.db import transaction

from attestations import clock
from attestations.bell import facts_changed
from attestations.codes import AidKind, HouseholdRelation
from attestations.models import Cpas, FactChange, HouseholdStatement, Person
from attestations.periods import Span
from attestations.services import recording
from attestations.services.decisions import Content, Member
from attestations.ssin import Ssin, make_ssin
from attestations.tickets import new_ticket
from benchmarks.delivering import a_cpas, worker
from benchmarks.delivery import percentile
from derived_rights.models import PersonDue, RightChange

# With BENCH_FULL=1 the file of a load test that showed how such a crowd stops everything.
HOUSEHOLDS, FULL_HOUSEHOLDS = 5_000, 20_000
CHILDREN, OF_EACH = 900, 6
DECISIONS = 300
PATIENCE = 300.0


def run() -> None:
    """Print both medians and their ratio; about a minute, or two of the whole file."""
    cpas = a_cpas()
    households = FULL_HOUSEHOLDS if os.environ.get("BENCH_FULL") else HOUSEHOLDS
    outsiders = _outsiders()
    with tempfile.TemporaryDirectory() as folder, worker(Path(folder)):
        _delays(cpas, outsiders, 20)  # until every process has its imports and connections
        alone = _delays(cpas, outsiders, DECISIONS)
        changes = _crowd(households)
        facts_changed.ring()
        (behind,) = _delays(cpas, outsiders, 1)
        due = PersonDue.objects.count()
        started = time.monotonic()
        beside = _delays(cpas, outsiders, DECISIONS)
        left = PersonDue.objects.count()
        seconds = time.monotonic() - started
    assert left, "all was derived before the last decision: nothing shown"
    print(f"{households:,} households, each with {OF_EACH} of the same {CHILDREN} children:")
    print(f"  {changes:,} changes; a decision right behind them waits {behind / 1000:.1f} s")
    print("commit of an outsider's decision to the change of its rights:")
    for what, delays in (("in an empty registry", alone), ("beside the crowd", beside)):
        p50, p95 = statistics.median(delays), percentile(sorted(delays), 95)
        print(f"  {what}: p50 {p50:.0f} ms, p95 {p95:.0f} ms over {len(delays)} decisions")
    print(f"  {statistics.median(beside) / statistics.median(alone):.2f} times")
    print(f"  {due - left:,} of {due:,} persons derived apart in those {seconds:.0f} s", flush=True)


def _delays(cpas: Cpas, outsiders: Iterator[tuple[Ssin, Content]], number: int) -> list[float]:
    """Milliseconds of so many decisions, each recorded when the one before is derived."""
    found = []
    for ssin, content in itertools.islice(outsiders, number):
        ticket = new_ticket()
        recording.record(cpas=cpas, ssin=ssin, content=content, ticket=ticket)
        committed = time.monotonic()
        changed = RightChange.objects.filter(ticket=ticket)
        while not changed.exists():
            if time.monotonic() - committed > PATIENCE:
                raise TimeoutError(f"no right of a decision was derived in {PATIENCE:.0f} s")
            time.sleep(0.002)
        found.append(1000 * (time.monotonic() - committed))
    return found


def _outsiders() -> Iterator[tuple[Ssin, Content]]:
    """Persons never seen before, each with a decision that names a partner and a child."""
    for serial in itertools.count():
        ssin, partner, child = (
            make_ssin(date(year, 1 + serial // 900, 3), 1 + serial % 900)
            for year in (1961, 1962, 2012)
        )
        yield (
            ssin,
            Content(
                aid_kind=AidKind.INTEGRATION_INCOME,
                decided_on=date(2026, 3, 17),
                span=Span(date(2026, 3, 2), date(2027, 3, 2)),
                household=(
                    Member(partner, HouseholdRelation.PARTNER),
                    Member(child, HouseholdRelation.CHILD),
                ),
            ),
        )


@transaction.atomic
def _crowd(households: int) -> int:
    """Write what is stated of the crowd, past what refuses it; how many changes are pending."""
    draw = random.Random(1)
    persons = Person.objects.bulk_create(
        (Person() for _ in range(households + CHILDREN)), batch_size=5_000
    )
    ids = [person.pk for person in persons]
    named = [
        (subject, child)
        for subject in ids[:households]
        for child in draw.sample(ids[households:], OF_EACH)
    ]
    now, ticket = clock.database_now(), new_ticket()
    HouseholdStatement.objects.bulk_create(
        (
            HouseholdStatement(
                subject_id=subject,
                member_id=child,
                relation=HouseholdRelation.CHILD,
                period=Span(date(2026, 3, 2), date(2026, 3, 2) + timedelta(days=365)),
                source="cpas",
                ticket=ticket,
                recorded_at=now,
            )
            for subject, child in named
        ),
        batch_size=5_000,
    )
    concerned = [*ids[:households], *(child for _, child in named)]
    FactChange.objects.bulk_create(
        (
            FactChange(
                kind=FactChange.Kind.HOUSEHOLD,
                person_id=person,
                ticket=ticket,
                recorded_at=now,
                routed_at=now,
            )
            for person in concerned
        ),
        batch_size=5_000,
    )
    return len(concerned)
