"""How fast decisions come in, each way beside the barest thing that takes the same rows.

Bulk recording beside COPY: of the decisions into one table without any key, and of every row that
is left behind into such tables; a batch through the API beside many=True endpoints, one over one
table and one that leaves the same guarded rows; one decision through the API beside an endpoint
that creates one row. Both sides of a pair run alternately in one process, on one database; each for
persons never seen before, and for persons the registry knows.
"""

from __future__ import annotations

import itertools
import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
from django.db import connection
from django.test import Client as HttpClient
from django.test import override_settings
from django.utils import timezone
from oauth2_provider.models import AccessToken

from attestations import clock
from attestations.models import (
    Attestation,
    Cpas,
    Decision,
    DecisionVersion,
    FactChange,
    Person,
    PersonNumber,
)
from attestations.services import bulk_sql
from attestations.services.import_lines import Source
from attestations.services.imports import import_file
from attestations.ssin import make_ssin
from benchmarks import processor
from benchmarks.intake_peers import OneTable
from partners.models import Client, Organisation

FILES, LINES = 4, 50_000  # 200,000 decisions
COPIES = 3  # of each file: they are over so soon that one alone says little
CHUNK = 10_000  # to a batch
BATCHES = 5
SINGLES = 200
ENTERPRISE_NUMBER = "0777777727"
# Whatever a decision leaves behind stands in these.
TABLES = [
    model._meta.db_table
    for model in (Person, PersonNumber, Decision, DecisionVersion, Attestation, FactChange)
]


def run(files: int = FILES, lines: int = LINES) -> None:
    """Print the ratios; takes about three minutes."""
    cpas = Cpas.objects.create(enterprise_number=ENTERPRISE_NUMBER, names={"fr": "CPAS"})
    with connection.schema_editor() as editor:
        editor.create_model(OneTable)
    try:
        people = _People()
        _bulk(cpas, people, files, lines)
        caller = _Caller(cpas)
        _batches(caller, people)
        _singles(caller, people)
    finally:
        with connection.schema_editor() as editor:
            editor.delete_model(OneTable)
        with connection.cursor() as cursor:
            for table in ("lines", *TABLES):
                cursor.execute(f"DROP TABLE IF EXISTS benchmark_bare_{table}")


class _People:
    """Decisions on persons never seen, and on those again, each time for another year."""

    def __init__(self) -> None:
        self.numbers = itertools.count(1)
        self.year = 2026

    def strangers(self, count: int) -> list[dict[str, str]]:
        self.last = list(itertools.islice(self.numbers, count))
        return [self._decision(number) for number in self.last]

    def again(self, count: int) -> list[dict[str, str]]:
        self.year += 2
        return [self._decision(number) for number in self.last[:count]]

    def _decision(self, number: int) -> dict[str, str]:
        ssin = make_ssin(date(1930, 1, 1) + timedelta(days=number // 999), 1 + number % 999)
        return {
            "ssin": ssin.number,
            "aidKind": "integrationIncome",
            "category": "single",
            "decidedOn": str(clock.today() - timedelta(days=1)),
            "startDate": f"{self.year}-03-02",
            "endDate": f"{self.year + 1}-03-01",
            "reference": f"2026/{number}",
        }


def _bulk(cpas: Cpas, people: _People, files: int, lines: int) -> None:
    """File by file: ours as the command takes it in, and COPY of the rows."""
    figures: defaultdict[str, list[float]] = defaultdict(list)
    with TemporaryDirectory() as folder:
        for turn in range(files):
            for who, decided in (("new", people.strangers), ("known", people.again)):
                path = Path(folder) / f"{who}-{turn}.ndjson"
                path.write_bytes(b"\n".join(map(msgspec.json.encode, decided(lines))))
                before = {table: _last_id(table) for table in TABLES}
                used = _used()
                figures[f"{who} ours"].append(_rate(lines, lambda path=path: _import(path, cpas)))
                for what, milliseconds in _used().items():
                    each = (milliseconds - used[what]) * 10_000 / lines
                    figures[f"{who} {what}"].append(each)
                one_table = _lines_of(before)
                rows = {table: _copied_out(table, after) for table, after in before.items()}
                for _ in range(COPIES):
                    figures[f"{who} lines"].append(_rate(lines, _copying("lines", one_table)))
                    bare = [_copying(table, text) for table, text in rows.items() if text]
                    rate = _rate(lines, lambda bare=bare: [go() for go in bare])
                    figures[f"{who} rows"].append(rate)
    print(f"{files * lines:,} decisions by import_decisions, as the command does, and as")
    print(f"many again on the same persons; medians of {files}:")
    for who, name in (("new", "persons never seen"), ("known", "persons known already")):
        mine, one_table, all_rows = (
            statistics.median(figures[f"{who} {what}"]) for what in ("ours", "lines", "rows")
        )
        print(f"  {name}: {mine:,.0f}/s, from the line of JSON to the commit")
        print(f"    COPY of the decisions into one bare table: {one_table:,.0f}/s")
        print(f"    COPY of every row left behind, bare: {all_rows:,.0f}/s")
        shares = f"{mine / one_table:.1%} of the one, {mine / all_rows:.1%} of the other"
        print(f"    share: {shares} (goal: 20 %)")
        process, server = (statistics.median(figures[f"{who} {what}"]) for what in _used())
        figure = f"our processes {process:,.0f} ms, the server {server:,.0f} ms"
        print(f"    processor time of 10,000: {figure}")


def _used() -> dict[str, float]:
    """Milliseconds of processor time so far, once those who worked for us have ended."""
    backend = connection.connection.info.backend_pid
    while processor.ending(backend, _at_work()):
        time.sleep(processor.SETTLE_SECONDS)
    return {
        "our processes": processor.ours(),
        "the server": processor.of_server(backend),
    }


def _at_work() -> set[int]:
    """The server's processes but those of others' connections."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity"
            " WHERE backend_type <> 'client backend' OR pid = pg_backend_pid()"
        )
        return {pid for (pid,) in cursor}


def _import(path: Path, cpas: Cpas) -> None:
    source = Source(path, "ndjson", cpas.pk, {})
    done = import_file(source, report=lambda *_: None)
    assert not done.rejected


def _last_id(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(max(id), 0) FROM {table}")
        (last,) = cursor.fetchone()
    return last


def _lines_of(before: dict[str, int]) -> bytes:
    """The decisions of a file as one table would hold them."""
    version, decision = DecisionVersion._meta.db_table, Decision._meta.db_table
    return _copied_out(
        f"(SELECT decision.public_id, cpas_id, person_id, number_as_sent_id, aid_kind, category,"
        f" decided_on, period, version.reference FROM {version} version"
        f" JOIN {decision} decision ON decision.id = decision_id"
        f" WHERE version.id > {before[version]})"
    )


def _copied_out(table: str, after: int | None = None) -> bytes:
    asked = table if after is None else f"(SELECT * FROM {table} WHERE id > {after})"
    with connection.cursor() as cursor, cursor.copy(f"COPY {asked} TO STDOUT") as copy:
        return b"".join(bytes(block) for block in copy)


def _copying(table: str, rows: bytes) -> Callable[[], None]:
    """COPY of the rows into a new table of the same columns, without any key."""
    columns = "public_id uuid, cpas_id bigint, person_id bigint, number_id bigint, aid_kind text,"
    columns += " category text, decided_on date, period daterange, reference text"
    shape = f"({columns})" if table == "lines" else f"AS TABLE {table} WITH NO DATA"
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS benchmark_bare_" + table)
        cursor.execute(f"CREATE TABLE benchmark_bare_{table} {shape}")

    def go() -> None:
        statement = f"COPY benchmark_bare_{table} FROM STDIN"
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            copy.write(rows)

    return go


class _Caller:
    """Calls through the whole stack of middleware, as a server does, but without a network."""

    def __init__(self, cpas: Cpas) -> None:
        organisation = Organisation.objects.create(
            code="bench-cpas", kind="cpas", enterprise_number=ENTERPRISE_NUMBER, names={}, cpas=cpas
        )
        client = Client.objects.create(
            organisation=organisation,
            name="bench-cpas",
            client_id="bench-cpas",
            client_type=Client.CLIENT_CONFIDENTIAL,
            authorization_grant_type=Client.GRANT_CLIENT_CREDENTIALS,
            allowed_scopes=["registry:record"],
        )
        AccessToken.objects.create(
            application=client,
            token="benchmark",
            scope="registry:record",
            expires=timezone.now() + timedelta(hours=1),
        )
        self.http = HttpClient(headers={"Authorization": "Bearer benchmark"})

    def registry(self, path: str, body: bytes, expected: int) -> Any:
        kind = "application/x-ndjson" if path.endswith("batches") else "application/json"
        answer = self.http.post(f"/registry/v1{path}", body, content_type=kind)
        assert answer.status_code == expected, answer.content
        return answer.json()

    def peer(self, name: str, body: bytes) -> None:
        with override_settings(ROOT_URLCONF="benchmarks.intake_peers"):
            answer = self.http.post(
                f"/{name}",
                body,
                content_type="application/json",
                headers={"X-Cpas": ENTERPRISE_NUMBER},
            )
        assert answer.status_code == 201, answer.content


def _batches(caller: _Caller, people: _People) -> None:
    """Each peer gets persons of the same sort as ours: never seen, or known."""
    figures: defaultdict[str, list[float]] = defaultdict(list)
    for _ in range(BATCHES):
        sent = [people.strangers(CHUNK), people.again(CHUNK)]
        others = [people.strangers(CHUNK), people.again(CHUNK)]
        for who, items, same_sort in zip(("new", "known"), sent, others, strict=True):
            lines = b"\n".join(map(msgspec.json.encode, items))
            array = msgspec.json.encode(same_sort)
            figures[who].append(_rate(CHUNK, lambda lines=lines: _batch(caller, lines)))
            figures["bare"].append(_rate(CHUNK, lambda array=array: caller.peer("bare", array)))
            guarded = _rate(CHUNK, lambda array=array: caller.peer("guarded", array))
            figures[f"{who} guarded"].append(guarded)
            # The peer's long transaction may have been open while the planner's figures were taken.
            bulk_sql.analyze()
    bare = statistics.median(figures["bare"])
    print(f"POST /decisions/batches, {CHUNK:,} decisions as NDJSON, medians of {BATCHES}:")
    print(f"  many=True and bulk_create into one table, without a rule: {bare:,.0f}/s")
    for who, name in (("new", "persons never seen"), ("known", "persons known already")):
        mine, guarded = (statistics.median(figures[one]) for one in (who, f"{who} guarded"))
        print(f"  {name}: {mine:,.0f}/s ({CHUNK / mine:.1f} s a batch)")
        print(f"    ratio: {mine / bare:.2f} times the rate into one table (goal: 4)")
        print(f"    many=True and bulk_create of the same guarded rows: {guarded:,.0f}/s")
        print(f"    ratio: {mine / guarded:.2f} times that rate")


def _batch(caller: _Caller, lines: bytes) -> None:
    assert caller.registry("/decisions/batches", lines, 202)["rejected"] == 0


def _singles(caller: _Caller, people: _People) -> None:
    figures: defaultdict[str, list[float]] = defaultdict(list)
    for _ in range(SINGLES):
        for who, decided in (("new", people.strangers), ("known", people.again)):
            body = msgspec.json.encode(decided(1)[0])
            rate = _rate(1, lambda body=body: caller.registry("/decisions", body, 201))
            figures[who].append(1000 / rate)
            figures["bare"].append(1000 / _rate(1, lambda body=body: caller.peer("bare", body)))
    theirs = statistics.median(figures["bare"])
    print(f"one POST /decisions, medians of {SINGLES}:")
    print(f"  a stock endpoint that creates one row: {theirs:.1f} ms")
    for who, name in (("new", "a person never seen"), ("known", "a person known already")):
        mine = statistics.median(figures[who])
        print(f"  {name}: {mine:.1f} ms, {mine / theirs:.1f} times its time (goal: at most 3)")


def _rate(count: int, work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return count / (time.perf_counter() - started)
