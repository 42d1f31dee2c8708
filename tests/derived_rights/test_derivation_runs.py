"""Deriving everyone: shared, resumed, cancelled, shown; and equal to deriving one by one."""

from __future__ import annotations

import io
import threading
from datetime import date, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from attestations.clock import database_now
from attestations.models import Person
from attestations.periods import Timeline
from attestations.tickets import new_ticket
from derived_rights import facts as known
from derived_rights.models import (
    DerivationChunk,
    DerivationRun,
    LawChange,
    RightChange,
    RightPeriod,
)
from derived_rights.services import catalogue, chunk_work, derivation_runs, deriving
from derived_rights.services.applied_law import current_law
from derived_rights.services.outcomes import derive

pytestmark = pytest.mark.django_db


@pytest.fixture
def persons(cpas, decision, new_ssin, monkeypatch):
    """Some who live together and some who do not, all derived; chunks hold about three."""
    monkeypatch.setattr(derivation_runs, "SIZE", 3)
    monkeypatch.setattr(chunk_work, "BATCH", 2)
    for end in ("2026-05-31", "2026-08-31", "2026-12-31", None):
        household = [{"ssin": new_ssin(), "relation": "partner"}]
        cpas.post("/decisions", decision(new_ssin(), endDate=end, household=household))
        cpas.post("/decisions", decision(new_ssin(), endDate=end))
    deriving.derive_pending()
    return list(Person.objects.values_list("pk", flat=True))


def change_the_law(months=9):
    catalogue.set_value(
        right="bim",
        name="minimum_months",
        valid_from=date(2014, 1, 1),
        value=months,
        reference="test",
    )
    catalogue.note_law_changed("bim")


def stored_days():
    days = {}
    for row in RightPeriod.objects.filter(superseded_at=None):
        days.setdefault((row.person_id, row.right, row.outcome), []).append(row.period)
    return {key: Timeline(spans) for key, spans in days.items()}


def derived_days(persons):
    """The same, derived one person after the other from the facts."""
    days = {}
    for person in persons:
        facts = known.load(known.around([person], 3))
        for (_, right), periods in derive([person], facts, current_law()).items():
            for one in periods:
                days.setdefault((person, right, one.outcome), []).append(one.span)
    return {key: Timeline(spans) for key, spans in days.items()}


def work_all(run):
    while chunk_work.work(run):
        pass
    assert derivation_runs.finish(run)


def written():
    return RightPeriod.objects.count(), RightChange.objects.count()


@pytest.mark.parametrize("thorough", [False, True])
def test_everyone_is_derived_as_one_by_one_and_only_once(persons, thorough):
    change_the_law()
    last = RightChange.objects.latest("pk").pk

    run = derivation_runs.begin(ticket=new_ticket(), thorough=thorough)
    work_all(run)

    assert stored_days() == derived_days(persons)
    told = RightChange.objects.filter(pk__gt=last)
    assert {row.ticket for row in told} == {run.ticket}
    run.refresh_from_db()
    assert (run.persons, run.changes) == (len(persons), told.count())
    assert told.count() > 0
    assert not LawChange.objects.filter(derived_at=None).exists()
    assert not DerivationChunk.objects.exists()

    before = written()
    work_all(derivation_runs.begin(ticket=new_ticket(), thorough=thorough))
    assert written() == before


def test_a_household_is_never_in_two_chunks(persons):
    run = derivation_runs.begin(ticket=new_ticket())

    chunks = list(run.chunks.all())

    assert len(chunks) > 1
    assert all(chunk.whole for chunk in chunks)
    for chunk in chunks:
        members = {
            *range(chunk.first, chunk.end),
            *chunk.besides,
        } - set(chunk.elsewhere)
        held = members & set(persons)
        assert len(held) == chunk.persons
        assert known.around(held, 9) == held


def test_only_differences_are_written(persons):
    longer = RightPeriod.objects.filter(right="bim", superseded_at=None).order_by("pk").first()
    RightPeriod.objects.filter(pk=longer.pk).update(superseded_at=database_now())
    periods, changes = written()

    work_all(derivation_runs.begin(ticket=new_ticket()))

    assert written() == (periods + 1, changes + 1)
    assert RightChange.objects.latest("pk").person_id == longer.person_id


def test_a_chunk_is_held_by_one_until_its_lease_ends(persons):
    run = derivation_runs.begin(ticket=new_ticket())
    held = chunk_work._claim(run)
    others = run.chunks.count() - 1
    for _ in range(others):
        assert chunk_work.work(run)
    assert not chunk_work.work(run)
    assert not derivation_runs.finish(run)

    DerivationChunk.objects.filter(pk=held.pk).update(leased_until=database_now())

    assert chunk_work.work(run)
    assert derivation_runs.finish(run)


def test_who_was_thought_dead_writes_nothing_more(persons):
    change_the_law()
    run = derivation_runs.begin(ticket=new_ticket())
    chunk = chunk_work._claim(run)
    steps = chunk_work._settled(chunk, run, until=None)
    next(steps)
    DerivationChunk.objects.filter(pk=chunk.pk).update(claimed_at=database_now())
    before = written()

    with pytest.raises(chunk_work._Lost), transaction.atomic():
        next(steps)

    assert written() == before


def test_a_turn_that_is_over_gives_the_chunk_back(persons):
    change_the_law()
    run = derivation_runs.begin(ticket=new_ticket(), thorough=True)

    assert chunk_work.work(run, seconds=0.0)

    first = run.chunks.order_by("pk").first()
    assert first.leased_until is None
    assert first.done_at is None
    work_all(run)
    assert stored_days() == derived_days(persons)


def test_a_cancelled_run_waits_until_it_is_resumed(persons):
    change_the_law()
    run = derivation_runs.begin_for_new_law()
    assert chunk_work.work(run)
    before = written()

    assert derivation_runs.cancel(run)

    assert not derivation_runs.cancel(run)
    assert not chunk_work.work(run)
    assert not derivation_runs.finish(run)
    assert derivation_runs.begin_for_new_law() is None
    assert written() == before

    derivation_runs.resume(run)
    assert derivation_runs.unfinished() == run
    work_all(run)
    assert stored_days() == derived_days(persons)


def test_a_run_that_a_newer_one_overtook_is_not_resumed(persons):
    run = derivation_runs.begin(ticket=new_ticket())
    with pytest.raises(derivation_runs.CannotResume, match="cancelled"):
        derivation_runs.resume(run)
    derivation_runs.cancel(run)
    newer = derivation_runs.begin(ticket=new_ticket())
    assert newer != run

    with pytest.raises(derivation_runs.CannotResume, match="newer"):
        derivation_runs.resume(run)


def test_a_law_that_changes_meanwhile_leads_to_another_run(persons):
    change_the_law()
    run = derivation_runs.begin_for_new_law()
    change_the_law(months=4)

    assert derivation_runs.begin(ticket=new_ticket()) == run
    work_all(run)

    assert LawChange.objects.filter(derived_at=None).count() == 1
    following = derivation_runs.begin_for_new_law()
    assert following != run
    work_all(following)
    assert derivation_runs.begin_for_new_law() is None
    assert stored_days() == derived_days(persons)


def test_a_run_nobody_works_on_is_taken_up(persons, monkeypatch):
    run = derivation_runs.begin(ticket=new_ticket())
    assert not derivation_runs.is_stalled(run)

    monkeypatch.setattr(derivation_runs, "STALLED", timedelta())
    assert derivation_runs.is_stalled(run)
    chunk_work._claim(run)
    assert not derivation_runs.is_stalled(run)


def test_nobody_is_derived_in_an_empty_registry():
    run = derivation_runs.begin(ticket=new_ticket())

    assert not chunk_work.work(run)
    assert derivation_runs.finish(run)
    assert derivation_runs.progress(run).total == 0


def test_the_command_tells_how_far_it_is(persons):
    change_the_law()
    said = io.StringIO()

    call_command("derive_everyone", stdout=said)

    *lines, last = said.getvalue().splitlines()
    assert lines
    assert all("persons/s" in line for line in lines)
    total, changes = len(persons), DerivationRun.objects.get().changes
    assert last.startswith(f"{total} of {total} persons")
    assert last.endswith(f"{changes} changes.")
    assert changes > 0


def test_the_command_cancels_and_resumes(persons):
    with pytest.raises(CommandError, match="No derivation"):
        call_command("derive_everyone", "--cancel")
    with pytest.raises(CommandError, match="cancelled"):
        call_command("derive_everyone", "--resume")
    run = derivation_runs.begin(ticket=new_ticket())
    call_command("derive_everyone", "--cancel", stdout=io.StringIO())
    run.refresh_from_db()
    assert run.cancelled_at

    call_command("derive_everyone", "--resume", stdout=io.StringIO())

    run.refresh_from_db()
    assert run.finished_at
    assert DerivationRun.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_run_waits_for_who_still_derives_by_the_older_law(persons):
    """Else it could look at a person just before the outcome of the older law is committed."""
    begun = threading.Event()

    def begin():
        try:
            derivation_runs.begin(ticket=new_ticket())
            begun.set()
        finally:
            connection.close()

    waiting = threading.Thread(target=begin)
    with transaction.atomic():
        deriving.derive_persons(dict.fromkeys(persons[:1], new_ticket()))
        change_the_law()
        waiting.start()
        with connection.cursor() as cursor:
            while not cursor.execute(
                "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
                " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            ).fetchone():
                assert waiting.is_alive()
        assert not begun.is_set()
    waiting.join()
    assert begun.is_set()
