"""A run of the main job leaves no SSIN in clear anywhere: not in the database, logs or headers."""

from __future__ import annotations

import logging
import re
from datetime import date

import pytest
import structlog
from django.db import connection
from django.http import HttpResponse
from django.test import Client as HttpClient

from attestations.models import Cpas
from attestations.services.missing import control
from attestations.tickets import new_ticket
from derived_rights.services.deriving import derive_pending
from partners.api import feeds
from partners.services.routing import route_pending
from tests.conftest import Caller

pytestmark = pytest.mark.django_db


def spelled(ssin: str) -> re.Pattern[str]:
    """The number, bare or punctuated in any way."""
    return re.compile("[-./ ]{0,2}".join(ssin))


@pytest.fixture
def headers(monkeypatch) -> list[str]:
    """Every header of every answer."""
    seen: list[str] = []
    plain = HttpClient.generic

    def noted(self: HttpClient, *args, **kwargs) -> HttpResponse:
        answer = plain(self, *args, **kwargs)
        seen.extend(f"{name}: {value}" for name, value in answer.headers.items())
        return answer

    monkeypatch.setattr(HttpClient, "generic", noted)
    return seen


@pytest.fixture
def run(cpas: Caller, federal: Caller, recipient_for, decision, new_ssin) -> list[str]:
    """The main job with everything that goes wrong on the way; the SSINs of it."""
    mutuality = recipient_for("mutuality", "bim")
    ssin, child, claimed, unknown = (new_ssin() for _ in range(4))
    mutuality.inscribe(ssin)
    body = decision(ssin, household=[{"ssin": child, "relation": "child"}])
    recorded = cpas.post("/decisions", body, Idempotency_Key="k1").json()
    cpas.post("/decisions", body, Idempotency_Key="k1")
    cpas.post("/decisions", body)
    cpas.post("/decisions/preview", decision(unknown))
    cpas.post("/decisions", decision(ssin, reference=ssin, aidKind=ssin) | {ssin: ssin})
    path = f"/decisions/{recorded['decisionId']}"
    cpas.post(f"{path}/stop", {"endDate": "2026-08-31", "reason": "work"}, If_Match='"1"')
    cpas.post("/decisions", decision(ssin, reference=f"file {ssin}"))
    cpas.post("/decisions/query", {"ssin": ssin})
    item = {
        "enterpriseNumber": Cpas.objects.get().enterprise_number,
        "ssin": claimed,
        "aidKind": "integrationIncome",
        "month": "2026-04",
    }
    federal.post("/subsidyClaims/batches", {"items": [item, item | {"month": claimed}, claimed]})
    control(on=date(2026, 5, 20), ticket=new_ticket())
    derive_pending()
    route_pending()
    assert mutuality.get("/events").json()["items"]
    mutuality.ask_rights(ssin, "bim", date="2026-07-01")
    question = {"legalContext": mutuality.legal_context, "ssin": ssin}
    mutuality.post("/rights/explanation", question | {"right": "bim", "date": "2026-07-01"})
    mutuality.post("/attestations/query", question | {"period": {"startDate": "2026-01-01"}})
    mutuality.post("/attestations/query", question | {"legalContext": ssin})
    mutuality.get(f"/events?after={ssin}", BelGov_Trace_Id=ssin)
    mutuality.get(f"/rights/{ssin}")
    assert cpas.get("/missingAttestations").json()["items"]
    return [ssin, child, claimed, unknown]


def test_the_database_holds_none(run):
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT table_name, array_agg(column_name::text), array_agg(data_type::text)
            FROM information_schema.columns JOIN information_schema.tables
                USING (table_schema, table_name)
            WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'
            GROUP BY table_name
            """
        )
        tables = cursor.fetchall()
        rows, found_reference = 0, False
        for table, columns, types in tables:
            # Sealed columns are read as text too: they must not hold it in clear either.
            parts = [
                f"encode(\"{column}\", 'escape')" if kind == "bytea" else f'"{column}"::text'
                for column, kind in zip(columns, types, strict=True)
            ]
            cursor.execute(f'SELECT concat_ws(chr(10), {", ".join(parts)}) FROM "{table}"')
            for (text,) in cursor.fetchall():
                rows += 1
                for ssin in run:
                    assert not spelled(ssin).search(text), f"{table} holds {ssin}"
                found_reference = found_reference or "2026/0412" in text
    assert found_reference, "the scan saw nothing"
    assert len(tables) > 30
    assert rows > 100


def test_the_log_holds_none(caplog, request):
    caplog.set_level(logging.DEBUG)

    ssins = request.getfixturevalue("run")

    assert any("request" in str(record.msg) for record in caplog.records)
    for record in caplog.records:
        text = f"{record.getMessage()} {record.__dict__}"
        for ssin in ssins:
            assert not spelled(ssin).search(text)


def test_a_fault_of_ours_does_not_write_the_address_it_was_called_at(
    recipient_for, monkeypatch, caplog
):
    """Django logs the request of a fault with its whole address."""
    caller = recipient_for("recipient", "bim")

    def fails(*_args):
        raise RuntimeError("for 85.71.05-123.69")

    monkeypatch.setattr(feeds, "_position", fails)

    assert caller.get("/events?after=85710512369").status_code == 500

    (formatter,) = {
        handler.formatter
        for handler in logging.getLogger().handlers
        if isinstance(handler.formatter, structlog.stdlib.ProcessorFormatter)
    }
    written = "".join(formatter.format(record) for record in caplog.records)
    assert "Internal Server Error" in written
    assert "RuntimeError" in written
    assert not spelled("85710512369").search(written)


def test_the_headers_hold_none(headers, request):
    ssins = request.getfixturevalue("run")

    assert any(header.startswith("Location") for header in headers)
    for header in headers:
        for ssin in ssins:
            assert not spelled(ssin).search(header)
