"""Files on two tracks: the first line wins, and nothing is recorded twice or left out."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date, timedelta

import pytest
from django.db import connection, transaction

from attestations.bookmarks import LinesDone
from attestations.errors import Overlap
from attestations.forked import Forked
from attestations.locks import session_lock, share_lock_name
from attestations.models import (
    Attestation,
    Decision,
    FactChange,
    FileImport,
    Person,
    PersonNumber,
)
from attestations.services import imports, recording
from attestations.services.bulk import Line, record_all
from attestations.services.bulk_items import read_item
from attestations.services.decisions import Content
from attestations.services.import_lines import Source
from attestations.services.import_parts import parts_of
from attestations.services.import_recording import Recorder, RunIsOver
from attestations.services.imports import import_file
from attestations.services.persons import REGISTERING, keyring
from attestations.ssin import Ssin
from attestations.tickets import new_ticket
from tests.attestations.decision_files import NUMBER, body, run, write
from tests.factories import CpasFactory


def random_lines(seed: int) -> list[dict[str, object]]:
    """Decisions of a few persons, who return in chunk after chunk, with households among them."""
    chance = random.Random(seed)
    lines = []
    for _ in range(120):
        start = date(2026, 1, 1) + timedelta(days=chance.randint(0, 900))
        end = start + timedelta(days=chance.randint(0, 40))
        serial, other = chance.sample(range(1, 16), 2)
        line = body(serial, startDate=str(start), endDate=str(end), decidedOn="2026-03-01")
        if chance.random() < 0.3:
            line["household"] = [{"ssin": body(other)["ssin"], "relation": "child"}]
        lines.append(line)
    return lines


def first_come(lines: list[dict[str, object]]) -> list[int]:
    """The numbers of the lines that no earlier one of their person stands in the way of."""
    kept: list[int] = []
    for number, line in enumerate(lines, start=1):
        before = [lines[one - 1] for one in kept if lines[one - 1]["ssin"] == line["ssin"]]
        if not any(
            str(one["startDate"]) <= str(line["endDate"])
            and str(line["startDate"]) <= str(one["endDate"])
            for one in before
        ):
            kept.append(number)
    return kept


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", range(3))
def test_in_two_tracks_the_first_line_wins(tmp_path, seed):
    CpasFactory(enterprise_number=NUMBER)
    lines = random_lines(seed)
    kept = first_come(lines)

    _, err, _ = run(write(tmp_path / "a.ndjson", *lines), "--cpas", NUMBER, "--chunk", "4")

    refused = [int(line.split()[1].rstrip(":")) for line in err.splitlines()]
    assert 0 < len(kept) < len(lines)
    assert sorted(kept + refused) == list(range(1, len(lines) + 1))
    assert Attestation.objects.count() == Decision.objects.count() == len(kept)
    changes = FactChange.objects.filter(kind="attestation").order_by("recorded_at", "id")
    versions: dict[int, list[int]] = {}
    for change in changes:
        versions.setdefault(change.person_id, []).append(change.version)
    assert all(found == list(range(1, len(found) + 1)) for found in versions.values())


@pytest.mark.django_db(transaction=True)
def test_where_it_fails_the_bookmark_tells_what_was_committed(tmp_path):
    cpas = CpasFactory(enterprise_number=NUMBER)
    path = write(tmp_path / "a.ndjson", *(body(serial) for serial in range(60)))
    source = Source(path, "ndjson", cpas.pk, {})

    def fail(found: FileImport, refused: object) -> None:
        if found.lines_done >= 25:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        import_file(source, report=fail, chunk=5)

    kept = FileImport.objects.get()
    done = LinesDone.kept(kept.lines_done, bytes(kept.lines_beyond))
    recorded = {int(one.partition("/")[2]) + 1 for one in references()}
    assert recorded == {line for line in range(1, 61) if line in done}
    assert kept.accepted == len(recorded)
    again = import_file(source, report=lambda *_: None, chunk=7)
    assert (again.accepted, again.rejected, Decision.objects.count()) == (60, 0, 60)


def references() -> list[str]:
    return list(Decision.objects.values_list("reference", flat=True))


@pytest.mark.django_db(transaction=True)
def test_once_the_run_was_killed_the_part_that_it_sent_last_is_not_begun(tmp_path):
    """Another run may have seen the bookmark by then."""
    cpas = CpasFactory(enterprise_number=NUMBER)
    source = Source(write(tmp_path / "a.ndjson", body(1)), "ndjson", cpas.pk, {})
    recorder = Recorder(
        source=source,
        name="a file",
        lock="parts of it",
        ticket=new_ticket(),
        on=date(2026, 3, 20),
        atomic=False,
        registering=[REGISTERING],
        run="run that may be over",
    )
    (part,) = next(parts_of(source.lines(done=LinesDone()), after=0, size=5, tracks=1))

    with Forked(imports.leave_connections, recorder.record) as forked, pytest.raises(RunIsOver):
        forked(part)
    assert not Decision.objects.exists()
    assert not FileImport.objects.exists()

    held, recorded = threading.Event(), threading.Event()

    def run() -> None:
        try:
            with session_lock("run that may be over"):
                held.set()
                recorded.wait(timeout=30)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(run)
        assert held.wait(timeout=30)
        recorder.record(part)
        recorded.set()
        running.result()
    assert Decision.objects.count() == FileImport.objects.get().accepted == 1


@pytest.mark.django_db(transaction=True)
def test_a_track_that_is_ahead_leaves_no_line_out_and_doubles_none(tmp_path):
    """One track ends three parts before the other ends its first one, and then all is stopped."""
    cpas = CpasFactory(enterprise_number=NUMBER)
    path = write(tmp_path / "a.ndjson", *(body(serial) for serial in range(40)))
    source = Source(path, "ndjson", cpas.pk, {})
    kept = FileImport(fingerprint=fingerprint(source), cpas=cpas, ticket=new_ticket())
    beyond = frozenset({3, 4, 9, 17, 33})
    lines = [Line(number, cpas.pk, *read(number)) for number in sorted(beyond)]
    record_all(lines, ticket=kept.ticket)
    kept.lines_beyond, kept.accepted = LinesDone(0, beyond).bits(), len(beyond)
    kept.save()

    done = import_file(source, report=lambda *_: None, chunk=4)

    assert (done.lines_done, done.accepted, done.rejected) == (40, 40, 0)
    assert sorted(references()) == sorted(str(body(serial)["reference"]) for serial in range(40))


def fingerprint(source: Source) -> bytes:
    digest, _ = source.digest()
    return keyring().blind(f"{digest} {source.cpas_id}")


def read(number: int) -> tuple[Ssin, Content]:
    found = read_item(body(number - 1), on=date(2026, 3, 20))
    return found.ssin, found.content


@pytest.mark.django_db(transaction=True)
def test_what_a_killed_run_is_still_recording_is_waited_for_however_long(tmp_path):
    """Longer than anything else may wait for a lock; and it says so first."""
    cpas = CpasFactory(enterprise_number=NUMBER)
    path = write(tmp_path / "a.ndjson", body(1))
    source = Source(path, "ndjson", cpas.pk, {})
    told, imported = threading.Event(), threading.Event()

    def import_it() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '20ms'")
            import_file(source, report=lambda *_: None, waits=told.set)
            imported.set()
        finally:
            connection.close()

    with transaction.atomic():  # the part that the killed run had sent
        share_lock_name(f"parts of import {fingerprint(source).hex()}")
        again = threading.Thread(target=import_it)
        again.start()
        assert told.wait(timeout=30)
        while not somebody_waits(milliseconds=200):
            assert again.is_alive()
    again.join(timeout=30)

    assert imported.is_set()
    assert Decision.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_who_comes_while_another_imports_the_file_is_told_so(tmp_path, monkeypatch):
    cpas = CpasFactory(enterprise_number=NUMBER)
    source = Source(write(tmp_path / "a.ndjson", body(1)), "ndjson", cpas.pk, {})
    monkeypatch.setattr(imports, "PATIENCE", 0.1)

    def import_it() -> None:
        try:
            import_file(source, report=lambda *_: None)
        finally:
            connection.close()

    held = session_lock(f"import {fingerprint(source).hex()}")
    with held, ThreadPoolExecutor(1) as pool, pytest.raises(imports.AlreadyRunning):
        pool.submit(import_it).result()
    assert not Decision.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_run_whose_end_the_server_has_not_noticed_yet_is_waited_for(tmp_path):
    cpas = CpasFactory(enterprise_number=NUMBER)
    source = Source(write(tmp_path / "a.ndjson", body(1)), "ndjson", cpas.pk, {})

    def import_it() -> None:
        try:
            import_file(source, report=lambda *_: None)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with session_lock(f"import {fingerprint(source).hex()}"):
            again = pool.submit(import_it)
            while not somebody_asked("pg_try_advisory_lock"):
                assert not again.done()
        again.result()
    assert Decision.objects.count() == 1


def somebody_asked(text: str) -> bool:
    """Whether this stands in what another connection was asked last."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND query LIKE %s)",
            [f"%{text}%"],
        )
        (found,) = cursor.fetchone()
    return bool(found)


def somebody_waits(milliseconds: int) -> bool:
    """Whether a connection has waited so long for a lock of a name."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            " AND clock_timestamp() - waitstart > %s * interval '1 millisecond')",
            [milliseconds],
        )
        return bool(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_two_files_and_single_callers_at_once_register_nobody_twice(tmp_path):
    """The same new persons in both, in another order: of each decision, one is recorded."""
    cpas = CpasFactory(enterprise_number=NUMBER)
    accepted: list[int] = []

    def import_it(seed: int) -> None:
        chosen = random.Random(seed).sample(range(150), 140)
        path = write(tmp_path / f"{seed}.ndjson", *(body(serial) for serial in chosen))
        source = Source(path, "ndjson", cpas.pk, {})
        done = import_file(source, report=lambda *_: None, chunk=5)
        assert done.accepted + done.rejected == len(chosen)
        accepted.append(done.accepted)

    def call(seed: int) -> None:
        for serial in random.Random(seed).sample(range(150), 30):
            ssin, content = read(serial + 1)
            with suppress(Overlap):
                recording.record(cpas=cpas, ssin=ssin, content=content, ticket=new_ticket())
                accepted.append(1)

    def alone(work: Callable[[int], None], seed: int) -> None:
        try:
            work(seed)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        tasks = [pool.submit(alone, work, seed) for seed in range(2) for work in (import_it, call)]
        for task in tasks:
            task.result()

    assert sum(accepted) == Attestation.objects.count() == Person.objects.count()
    assert sum(accepted) == PersonNumber.objects.count() >= 140
