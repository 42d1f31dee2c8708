"""Three timers do no harm, and none costs only the sweeps: rings bring all that is new."""

from __future__ import annotations

import json
import urllib.request
from collections import Counter
from contextlib import ExitStack

import pytest

from config.embedded import Valkey
from partners.services.routing import route_pending
from tests import processes

PERSONS = 20


@pytest.mark.parametrize("timers", [0, 3])
@pytest.mark.django_db(transaction=True)
def test_everything_is_delivered_once_with_no_timer_and_with_three(
    tmp_path, cpas, sink, mutuality, decision, new_ssin, timers
):
    ssins = [new_ssin() for _ in range(PERSONS)]
    for ssin in ssins:
        mutuality.inscribe(ssin)
    route_pending()
    valkey = Valkey(tmp_path / "valkey", durable=False)
    with ExitStack() as stack:
        stack.callback(valkey.stop)
        redis_url = valkey.start()
        stack.enter_context(processes.worker(redis_url, tmp_path, timer=False))
        for number in range(timers):
            stack.enter_context(processes.beat(redis_url, tmp_path, number))
        address = stack.enter_context(processes.web(redis_url, tmp_path))
        for ssin in ssins:
            post(f"{address}/registry/v1/decisions", decision(ssin), cpas.token)
        sink.wait_for(lambda got: len({event["id"] for event in got.accepted}) == 2 * PERSONS)
    times = Counter(event["id"] for event in sink.accepted)
    assert set(times.values()) == {1}


def post(url: str, body: dict, token: str) -> None:
    request = urllib.request.Request(
        url,
        json.dumps(body).encode(),
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.status == 201
