"""`Idempotency-Key`: what is sent again is not done again."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections

from attestations.api import decisions as api
from attestations.models import (
    AccessLogEntry,
    Decision,
    IdempotencyKey,
    MissingAttestation,
)
from tests.api.conftest import issues_of

pytestmark = pytest.mark.django_db


def test_the_same_call_gets_the_same_answer(cpas, decision, new_ssin):
    body = decision(new_ssin())

    first = cpas.post("/decisions", body, Idempotency_Key="k1")
    again = cpas.post("/decisions", body, Idempotency_Key="k1")

    assert again.status_code == 201
    assert again.content == first.content
    assert again["Location"] == first["Location"]
    assert again["ETag"] == first["ETag"]
    assert again["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first
    assert again["BelGov-Trace-Id"] != first["BelGov-Trace-Id"]
    assert Decision.objects.count() == 1


def test_the_order_of_the_properties_is_no_difference(cpas, decision, new_ssin):
    body = decision(new_ssin())
    cpas.post("/decisions", body, Idempotency_Key="k1")

    again = cpas.post("/decisions", dict(reversed(body.items())), Idempotency_Key="k1")

    assert again["Idempotency-Replayed"] == "true"


def test_another_body_under_the_same_key_is_refused(cpas, decision, new_ssin):
    cpas.post("/decisions", decision(new_ssin()), Idempotency_Key="k1")

    answer = cpas.post("/decisions", decision(new_ssin()), Idempotency_Key="k1")

    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:problem-type:registry:idempotencyMismatch"
    assert Decision.objects.count() == 1


def test_the_key_is_looked_at_before_the_version(cpas, decision, new_ssin):
    recorded = cpas.post("/decisions", decision(new_ssin())).json()
    path = f"/decisions/{recorded['decisionId']}/stop"
    body = {"endDate": "2026-08-31", "reason": "work"}
    first = cpas.post(path, body, If_Match='"1"', Idempotency_Key="k1")

    again = cpas.post(path, body, If_Match='"1"', Idempotency_Key="k1")
    without_version = cpas.post(path, body, Idempotency_Key="k1")

    assert again.status_code == without_version.status_code == 200
    assert again.content == first.content


def test_an_answer_that_names_a_person_is_a_reading_each_time_it_is_given(world):
    cpas = world.callers["registry:record"]
    finding = world.resources["missingAttestationId"]()
    path = f"/missingAttestations/{finding}/feedback"
    readings = AccessLogEntry.objects.filter(operation="answerMissingAttestation")

    answers = [cpas.post(path, {"code": "noAid"}, Idempotency_Key="k1") for _ in range(2)]

    assert "ssin" in answers[1].json()
    assert answers[1]["Idempotency-Replayed"] == "true"
    assert list(readings.order_by("id").values_list("ticket", flat=True)) == [
        uuid.UUID(answer["BelGov-Trace-Id"]) for answer in answers
    ]
    person = MissingAttestation.objects.get().person_id
    assert set(readings.values_list("person_id", "served")) == {(person, True)}


def test_a_refused_call_is_not_kept(cpas, decision, new_ssin):
    body = decision(new_ssin())
    assert cpas.post("/decisions", body | {"x": 1}, Idempotency_Key="k1").status_code == 400

    assert cpas.post("/decisions", body, Idempotency_Key="k1").status_code == 201


def test_keys_belong_to_a_client_and_a_route(cpas, other_cpas, decision, new_ssin):
    body = decision(new_ssin())
    cpas.post("/decisions", body, Idempotency_Key="k1")

    elsewhere = other_cpas.post("/decisions", body, Idempotency_Key="k1")
    path = f"/decisions/{elsewhere.json()['decisionId']}/cancellation"
    other_route = other_cpas.post(path, {"reason": "x"}, If_Match='"1"', Idempotency_Key="k1")

    assert elsewhere.status_code == 201
    assert other_route.status_code == 200
    assert "Idempotency-Replayed" not in elsewhere
    assert "Idempotency-Replayed" not in other_route


@pytest.mark.parametrize("key", ["", "x" * 256, "é"])
def test_a_key_that_is_none_is_refused(cpas, decision, new_ssin, key):
    answer = cpas.post("/decisions", decision(new_ssin()), Idempotency_Key=key)

    assert issues_of(answer) == [("schemaViolation", "header", "Idempotency-Key")]


def test_after_thirty_days_a_key_is_free_again(cpas, decision, new_ssin):
    cpas.post("/decisions", decision(new_ssin()), Idempotency_Key="k1")
    kept = IdempotencyKey.objects.get()
    IdempotencyKey.objects.update(created_at=kept.created_at - timedelta(days=30, seconds=1))

    answer = cpas.post("/decisions", decision(new_ssin()), Idempotency_Key="k1")

    assert answer.status_code == 201
    assert "Idempotency-Replayed" not in answer


@pytest.mark.django_db(transaction=True)
def test_while_the_first_call_runs_the_second_is_told_so(cpas, decision, new_ssin, monkeypatch):
    """The second call is made from inside the first, over a connection of its own."""
    body, seen = decision(new_ssin()), []
    record = api.recording.record

    def record_while_another_calls(**arguments):
        if not seen:
            seen.append(None)
            seen[0] = _from_another_connection(
                lambda: cpas.post("/decisions", body, Idempotency_Key="k1")
            )
        return record(**arguments)

    monkeypatch.setattr(api.recording, "record", record_while_another_calls)

    first = cpas.post("/decisions", body, Idempotency_Key="k1")

    assert first.status_code == 201
    assert seen[0].status_code == 409
    assert seen[0].json()["type"] == "urn:problem-type:registry:idempotencyInProgress"


def _from_another_connection(call):
    def run():
        try:
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result()
