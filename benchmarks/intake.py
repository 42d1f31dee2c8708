"""How fast decisions come in, each way beside the barest thing that takes the same rows.

Bulk recording beside COPY into a table without any key; a batch through the API beside a stock
many=True endpoint over one table; one decision through the API beside a stock endpoint that
creates one row. Both sides of each pair run alternately in one process, on one database.
"""

from __future__ import annotations

import itertools
import json
import statistics
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.db import connection, models
from django.test import Client as HttpClient
from django.test import override_settings
from django.urls import path
from django.utils import timezone
from oauth2_provider.models import AccessToken
from rest_framework import serializers
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import APIView

from attestations import clock
from attestations.models import Cpas
from attestations.services.bulk import Line, record_all
from attestations.services.bulk_items import read_line
from attestations.services.bulk_sql import TABLES
from attestations.ssin import make_ssin
from attestations.tickets import new_ticket
from partners.models import Client, Organisation

DECISIONS = 200_000
CHUNK = 10_000
BATCHES = 5
SINGLES = 200
ENTERPRISE_NUMBER = "0777777727"

persons = itertools.count(1)


class OneTable(models.Model):
    """What the stock endpoints write: one row with one key, no rules, no history."""

    ssin = models.CharField(max_length=11)
    aidKind = models.CharField(max_length=40)
    category = models.CharField(max_length=30)
    decidedOn = models.DateField()
    startDate = models.DateField()
    endDate = models.DateField()
    reference = models.CharField(max_length=64)

    class Meta:
        app_label = "attestations"
        db_table = "benchmark_one_table"


class OneTableSerializer(serializers.ModelSerializer[OneTable]):
    class Meta:
        model = OneTable
        fields = "__all__"


class Stock(APIView):
    """As a tutorial would write it: validated by the serializer, stored, and echoed."""

    authentication_classes = ()
    permission_classes = ()
    parser_classes = (JSONParser,)
    renderer_classes = (JSONRenderer,)

    def post(self, request: Any) -> Response:
        many = isinstance(request.data, list)
        serializer = OneTableSerializer(data=request.data, many=many)
        serializer.is_valid(raise_exception=True)
        if many:
            rows = [OneTable(**item) for item in serializer.validated_data]
            OneTable.objects.bulk_create(rows)
            return Response({"created": len(rows)}, status=201)
        serializer.save()
        return Response(serializer.data, status=201)


def run(decisions: int = DECISIONS) -> None:
    """Print the three ratios; takes two to three minutes."""
    cpas = Cpas.objects.create(enterprise_number=ENTERPRISE_NUMBER, names={"fr": "CPAS"})
    with connection.schema_editor() as editor:
        editor.create_model(OneTable)
    try:
        _bulk(cpas, decisions)
        caller = _Caller(cpas)
        _batches(caller)
        _singles(caller)
    finally:
        with connection.schema_editor() as editor:
            editor.delete_model(OneTable)


def _bulk(cpas: Cpas, decisions: int) -> None:
    """Chunk by chunk: ours from the line of JSON to the commit, and COPY of the same rows."""
    columns = TABLES.split("(", 1)[1].split(") ON COMMIT")[0]
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE benchmark_bare ({columns})")
    ours, checked, raw = [], [], []
    try:
        for _ in range(decisions // CHUNK):
            lines = [json.dumps(_decision()).encode() for _ in range(CHUNK)]
            checked.append(_rate(CHUNK, lambda lines=lines: _record(cpas, lines, check_only=True)))
            ours.append(_rate(CHUNK, lambda lines=lines: _record(cpas, lines)))
            rows = _copied()
            raw.append(_rate(CHUNK, lambda rows=rows: _copy(rows)))
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE benchmark_bare")
    mine, read, limit = map(statistics.median, (ours, checked, raw))
    print(f"{decisions:,} decisions in bulk, {CHUNK:,} to a transaction, medians:")
    print(f"  read, checked, recorded, attested, told to the ledger: {mine:,.0f}/s")
    print(f"  read and checked only, overlaps included:              {read:,.0f}/s")
    print(f"  COPY of the same rows into a table without a key:      {limit:,.0f}/s")
    print(f"  share of COPY: recorded {mine / limit:.1%}, checked {read / limit:.1%} (goal: 20 %)")


_last: list[Any] = []


def _record(cpas: Cpas, lines: list[bytes], *, check_only: bool = False) -> None:
    read = [read_line(line, on=clock.today()) for line in lines]
    batch = [Line(index, cpas.pk, one.ssin, one.content) for index, one in enumerate(read)]
    outcome = record_all(batch, ticket=new_ticket(), check_only=check_only)
    assert not outcome.refused
    _last[:] = batch


def _copied() -> str:
    """The rows of the last chunk as they went into the staging table."""
    text = []
    for line in _last:
        content = line.content
        text.append(
            f"{line.index}\t01a20a5d-c1a0-7015-8000-000000000000\t{line.cpas_id}\t{line.index}\t"
            f"{line.index}\t{content.aid_kind}\ta036\t{content.category}\t{content.decided_on}\t"
            f"[{content.span.start},{content.span.end})\t{content.reference}\t\\N\n"
        )
    return "".join(text)


def _copy(rows: str) -> None:
    with connection.cursor() as cursor, cursor.copy("COPY benchmark_bare FROM STDIN") as copy:
        copy.write(rows)


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

    def stock(self, body: bytes) -> None:
        with override_settings(ROOT_URLCONF="benchmarks.intake"):
            answer = self.http.post("/stock", body, content_type="application/json")
        assert answer.status_code == 201, answer.content


def _batches(caller: _Caller) -> None:
    ours, stock = [], []
    for _ in range(BATCHES):
        items = [_decision() for _ in range(CHUNK)]
        lines = b"\n".join(json.dumps(one).encode() for one in items)
        array = json.dumps(items).encode()
        ours.append(_rate(CHUNK, lambda lines=lines: _batch(caller, lines)))
        stock.append(_rate(CHUNK, lambda array=array: caller.stock(array)))
    mine, theirs = statistics.median(ours), statistics.median(stock)
    print(f"POST /decisions/batches, {CHUNK:,} decisions as NDJSON, median of {BATCHES}:")
    print(f"  registry: {mine:,.0f}/s ({CHUNK / mine:.1f} s a batch)")
    print(f"  many=True and bulk_create into one table: {theirs:,.0f}/s")
    print(f"  ratio: {mine / theirs:.2f} times its rate (goal: 4)")


def _batch(caller: _Caller, lines: bytes) -> None:
    assert caller.registry("/decisions/batches", lines, 202)["rejected"] == 0


def _singles(caller: _Caller) -> None:
    ours, stock = [], []
    for _ in range(SINGLES):
        body = json.dumps(_decision()).encode()
        ours.append(1 / _rate(1, lambda body=body: caller.registry("/decisions", body, 201)))
        stock.append(1 / _rate(1, lambda body=body: caller.stock(body)))
    mine, theirs = (1000 * statistics.median(times) for times in (ours, stock))
    print(f"one POST /decisions of a new person, median of {SINGLES}:")
    print(f"  registry: {mine:.1f} ms; a stock endpoint that creates one row: {theirs:.1f} ms")
    print(f"  ratio: {mine / theirs:.1f} times its time (goal: at most 3)")


def _rate(count: int, work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return count / (time.perf_counter() - started)


def _decision() -> dict[str, str]:
    """A decision for a person who was never seen."""
    number = next(persons)
    ssin = make_ssin(date(1930, 1, 1) + timedelta(days=number // 999), 1 + number % 999)
    return {
        "ssin": ssin.number,
        "aidKind": "integrationIncome",
        "category": "single",
        "decidedOn": str(clock.today() - timedelta(days=1)),
        "startDate": "2026-03-02",
        "endDate": "2027-03-01",
        "reference": f"2026/{number}",
    }


urlpatterns = [path("stock", Stock.as_view())]
