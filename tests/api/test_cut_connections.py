"""A network that cuts connections, and callers who try again with the same Idempotency-Key."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from django.db import connection

from attestations.models import Attestation, Decision, FactChange, IdempotencyKey
from attestations.ssin import make_ssin
from config.processes import free_port, is_free, wait_until
from tests import processes
from tests.cutting import FATES, open_proxy

CALLS = 2_000
CALLERS = 16
NOBODY = "redis://127.0.0.1:1/0"  # rings are lost, as they may be


@pytest.fixture
def server(tmp_path) -> Iterator[int]:
    """The port of a web server in a process of its own, on the database of this test."""
    port = free_port()
    with (tmp_path / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "granian", "--interface", "wsgi"),
                *("config.wsgi:application", "--host", "127.0.0.1", "--port", str(port)),
                *("--workers", "1", "--blocking-threads", str(CALLERS)),
            ],
            cwd=processes.ROOT,
            env=processes.environment(NOBODY),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            started = wait_until(lambda: not is_free(port), seconds=60)
            assert started, (tmp_path / "server.log").read_text()
            yield port
        finally:
            processes.kill(process)
            connection.close()


def somebody(place: int) -> str:
    return make_ssin(date(1950 + place // 900, 5, 6), 1 + place % 900).number


def post_until_answered(
    address: tuple[str, int], token: str, key: str, body: bytes, trouble: Counter[str]
) -> tuple[int, bytes]:
    """What a caller does who hears nothing, or half an answer, or "busy": ask again."""
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Idempotency-Key": key,
    }
    for _ in range(500):
        link = http.client.HTTPConnection(*address, timeout=60)
        try:
            link.request("POST", "/registry/v1/decisions", body, headers)
            answer = link.getresponse()
            # Of a cut in the headers, http.client makes an answer without a length.
            whole = answer.length is not None
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            trouble[type(error).__name__] += 1
            continue
        finally:
            link.close()
        if not whole:
            trouble["no length"] += 1
        elif answer.status in (409, 503):
            trouble[str(answer.status)] += 1
        else:
            return answer.status, content
    raise AssertionError("No answer after 500 tries.")


@pytest.mark.django_db(transaction=True)
def test_two_thousand_calls_through_cut_connections_are_two_thousand_decisions(
    cpas, decision, server
):
    bodies = [
        json.dumps(decision(somebody(place), reference=f"cut/{place}")).encode()
        for place in range(CALLS)
    ]
    trouble: Counter[str] = Counter()
    found: list[Any] = [None] * CALLS
    with open_proxy(server, seed=20_261) as proxy:

        def caller(first: int) -> None:
            for place in range(first, CALLS, CALLERS):
                found[place] = post_until_answered(
                    proxy.address, cpas.token, f"key-{place}", bodies[place], trouble
                )

        with ThreadPoolExecutor(CALLERS) as pool:
            list(pool.map(caller, range(CALLERS)))

    # Every kind of cut was made, and often: the calls were really sent again.
    assert all(proxy.fates[fate] > CALLS // 10 for fate in FATES), proxy.fates
    assert {status for status, _ in found} == {201}
    # One decision a call, with all that belongs to it, and the answer that tells of it.
    told = {json.loads(body)["reference"]: json.loads(body)["decisionId"] for _, body in found}
    kept = Decision.objects.values_list("reference", "public_id")
    assert {reference: str(public_id) for reference, public_id in kept} == told
    assert Decision.objects.count() == CALLS
    assert Attestation.objects.count() == FactChange.objects.count() == CALLS
    assert IdempotencyKey.objects.count() == CALLS
    # Whatever was answered to a key, whether or not it came through, is the same.
    for place, (_, body) in enumerate(found):
        made = [answer for status, answer in proxy.answers[f"key-{place}"] if status == 201]
        assert set(made) == {body}
    assert any(len(answers) > 1 for answers in proxy.answers.values())
