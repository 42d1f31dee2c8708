"""`/metrics`: how the work stands, for those who may know, and nothing about persons."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client as HttpClient
from django.test.utils import CaptureQueriesContext
from prometheus_client.parser import text_string_to_metric_families

from attestations.models import Heartbeat
from attestations.services.operation import count_one, note_sign_of_life
from derived_rights.services.deriving import derive_pending
from partners.models import Subscription
from partners.services.draining import drain
from partners.services.routing import route_pending

pytestmark = pytest.mark.django_db(transaction=True)


def scrape() -> dict[tuple[str, tuple[str, ...]], float]:
    answer = HttpClient().get("/metrics")
    assert answer.status_code == 200
    return {
        (sample.name, tuple(value for name, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


def of(found, name: str) -> list[float]:
    return [value for (metric, _), value in found.items() if metric == f"registry_{name}"]


def test_what_waits_is_measured_stage_by_stage(cpas, decision, new_ssin, sink, mutuality):
    subscription = str(Subscription.objects.get().public_id)
    ssin = new_ssin()
    mutuality.inscribe(ssin)
    route_pending()
    cpas.post("/decisions", decision(ssin))
    found = scrape()
    assert found["registry_pending", ("derive",)] >= 1
    assert found["registry_pending_oldest_seconds", ("derive",)] > 0

    derive_pending()
    route_pending()
    found = scrape()
    assert found["registry_pending", ("derive",)] == found["registry_pending", ("route",)] == 0
    assert found["registry_pending", ("due",)] == 0
    assert found["registry_feed_position", ("mutualities",)] == 2
    assert found["registry_push_behind", ("mutualities", subscription)] == 2
    assert found["registry_push_oldest_seconds", ("mutualities", subscription)] > 0

    sink.answer = lambda event: 500
    drain(mutuality.subscription)
    found = scrape()
    assert of(found, "lanes_held") == [1]
    assert found["registry_attempts_recent", ("mutualities", "failed")] == 1
    Subscription.objects.update(failures=5)
    found = scrape()
    assert of(found, "circuit_open") == [1]
    assert found["registry_subscription_state", ("mutualities", "active", subscription)] == 1


def test_signs_of_life_and_lost_rings_are_counted_over_all_processes():
    note_sign_of_life("worker celery@one")
    note_sign_of_life("worker celery@one")
    assert Heartbeat.objects.count() == 1
    for _ in range(3):
        count_one("rings_lost")
    found = scrape()
    assert found["registry_rings_lost_total", ()] == 3
    assert 0 <= found["registry_sign_of_life_age_seconds", ("worker celery@one",)] < 60
    assert abs(found["registry_clock_ahead_seconds", ("worker celery@one",)]) < 5


def test_a_scrape_costs_the_same_however_many_recipients(recipient_for, record, new_ssin):
    record(1)
    with CaptureQueriesContext(connection) as few:
        scrape()
    for number in range(5):
        recipient_for(f"other-{number}", "bim", endpoint="https://other.example/hook")
    with CaptureQueriesContext(connection) as many:
        scrape()
    assert len(few) == len(many) <= 8


def test_no_person_is_in_it(record):
    (ssin,) = record(1)
    text = HttpClient().get("/metrics").content.decode()
    assert not re.search("[-./ ]{0,2}".join(ssin), text)


def test_without_a_token_only_this_machine_may_read_it():
    assert HttpClient(REMOTE_ADDR="127.0.0.1").get("/metrics").status_code == 200
    assert HttpClient(REMOTE_ADDR="::1").get("/metrics").status_code == 200
    assert HttpClient(REMOTE_ADDR="192.0.2.7").get("/metrics").status_code == 404
    proxied = HttpClient(REMOTE_ADDR="127.0.0.1")
    assert proxied.get("/metrics", headers={"X-Forwarded-For": "192.0.2.7"}).status_code == 404


def test_with_a_token_only_who_shows_it(settings):
    settings.METRICS_TOKEN = "a token of a test"
    client = HttpClient()
    assert client.get("/metrics").status_code == 404
    wrong, right = ({"Authorization": f"Bearer {one}"} for one in ("x", "a token of a test"))
    assert client.get("/metrics", headers=wrong).status_code == 404
    assert client.get("/metrics", headers=right).status_code == 200


def test_it_is_not_part_of_the_public_api(client):
    assert "metrics" not in client.get("/registry/v1/doc/openapi.json").content.decode().lower()
