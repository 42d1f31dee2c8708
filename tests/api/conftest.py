"""Every answer that these tests get is checked against the OpenAPI document."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client as HttpClient
from django.test.utils import CaptureQueriesContext

from attestations.models import Cpas
from attestations.services.missing import control
from attestations.tickets import new_ticket
from tests.api.contract import check_answer, operation_of
from tests.api.world import World
from tests.conftest import PREFIX


@pytest.fixture(autouse=True)
def answers_keep_the_contract(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fails a test in which any answer differs from what the document describes."""
    plain = HttpClient.generic

    def checked(self: HttpClient, method: str, path: str, *args: Any, **kwargs: Any) -> Any:
        answer = plain(self, method, path, *args, **kwargs)
        operation = operation_of(method, path.removeprefix(PREFIX))
        if path.startswith(PREFIX) and operation is not None:
            check_answer(operation, answer)
        return answer

    monkeypatch.setattr(HttpClient, "generic", checked)


@pytest.fixture
def anonymous() -> HttpClient:
    """A caller without a token."""
    return HttpClient(raise_request_exception=False)


@pytest.fixture
def queries_of() -> Callable[[Callable[[], HttpResponse]], int]:
    """How many queries a call costs, once everything that is kept in memory is there."""

    def count(call: Callable[[], HttpResponse]) -> int:
        assert call().status_code == 200
        with CaptureQueriesContext(connection) as captured:
            assert call().status_code == 200
        return len(captured)

    return count


@pytest.fixture
def world(cpas, federal, recipient_for, decision, new_ssin) -> World:
    recipient = recipient_for("recipient", "bim")
    enterprise_number = Cpas.objects.get().enterprise_number

    def decision_id() -> str:
        return cpas.post("/decisions", decision(new_ssin())).json()["decisionId"]

    def subscription_id() -> str:
        return recipient.get("/subscriptions").json()["items"][0]["subscriptionId"]

    def task_id() -> str:
        return claim()["taskId"]

    def claim() -> dict[str, Any]:
        item = {
            "enterpriseNumber": enterprise_number,
            "ssin": new_ssin(),
            "aidKind": "integrationIncome",
            "month": "2026-04",
        }
        return federal.post("/subsidyClaims/batches", {"items": [item]}).json()

    def missing_attestation_id() -> str:
        claim()
        control(on=date(2026, 5, 20), ticket=new_ticket())
        return cpas.get("/missingAttestations").json()["items"][0]["missingAttestationId"]

    world = World(
        {
            "registry:record": cpas,
            "registry:claims": federal,
            "registry:consult": recipient,
            "registry:subscribe": recipient,
        },
        {
            "decisionId": decision_id,
            "subscriptionId": subscription_id,
            "taskId": task_id,
            "date": lambda: "2026-03-01",
            "missingAttestationId": missing_attestation_id,
        },
    )
    world.legal_context = recipient.legal_context
    return world


def issues_of(answer: HttpResponse) -> list[tuple[str, str, str]]:
    """The issues of a refusal: last part of the type, where, name."""
    assert answer.status_code == 400, answer.content
    return [
        (issue["type"].rpartition(":")[2], issue["in"], issue["name"])
        for issue in json.loads(answer.content)["issues"]
    ]
