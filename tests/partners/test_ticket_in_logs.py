"""One ticket leads from the answer of a call to the log line of a delivery that failed."""

from __future__ import annotations

import pytest
import structlog

from derived_rights.services.deriving import derive_pending
from partners.services.draining import drain
from partners.services.routing import route_pending

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_ticket_of_the_answer_stands_in_the_log_of_both_processes(
    cpas, decision, new_ssin, sink, mutuality
):
    ssin = new_ssin()
    mutuality.inscribe(ssin)
    sink.answer = lambda event: 500
    with structlog.testing.capture_logs() as lines:
        ticket = cpas.post("/decisions", decision(ssin))["BelGov-Trace-Id"]
        derive_pending()
        route_pending()
        drain(mutuality.subscription)

    failed = [line for line in lines if line["event"] == "delivery_failed"]
    assert [line["ticket"] for line in failed] == [ticket]
    assert failed[0]["status"] == 500
    assert ssin not in str(lines)
    assert {call.event["data"]["ticket"] for call in sink.calls} == {ticket}
