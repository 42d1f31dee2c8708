"""Questions about many persons: in one batch, and by digests, beside the same in calls of 1,000.

Everything in this process, on the same rows, in one run: the calls and the batch through the API as
a recipient makes them, the batch worked off as a worker does.
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import time
from collections.abc import Callable
from datetime import date, timedelta
from statistics import median
from typing import Any

from django.db import connection
from django.test import Client as HttpClient
from django.utils import timezone
from oauth2_provider.models import AccessToken

from attestations.models import PersonNumber
from attestations.periods import Span
from attestations.services.persons import keyring
from attestations.ssin import make_ssin
from partners.models import Authorisation, Client, Organisation
from partners.services import answering

PERSONS = int(os.environ.get("BENCH_PERSONS", "50000"))
BUCKETS = 4_096
ROUNDS = 3
CONTEXT = "BENCH-2"

_PERSONS = """
    INSERT INTO attestations_person (created_at)
    SELECT now() FROM generate_series(1, %s) RETURNING id
"""
_RIGHTS = """
    INSERT INTO derived_rights_rightperiod
        (person_id, "right", outcome, period, attestation_numbers, missing_facts, receipt,
         recorded_at)
    SELECT id, 'bim', 'applies', daterange('2026-01-01', '2028-01-01'), '{}', '[]', '{}', now()
    FROM unnest(%(ids)s::bigint[]) AS id;
    INSERT INTO derived_rights_rightchange
        (person_id, "right", version, transition, periods, previous_periods, undetermined_periods,
         attestation_numbers, missing_facts, ticket, recorded_at, routed_at)
    SELECT id, 'bim', 1, 'granted', '[]', '[]', '[]', '{}', '[]', gen_random_uuid(), now(), now()
    FROM unnest(%(ids)s::bigint[]) AS id;
    INSERT INTO partners_inscription
        (public_id, organisation_id, person_id, quality_code, period, ticket, recorded_at)
    SELECT gen_random_uuid(), %(organisation)s, id, '1', daterange('2020-01-01', NULL),
           gen_random_uuid(), now()
    FROM unnest(%(ids)s::bigint[]) AS id;
"""


def run() -> None:
    """Print the ratios; a minute or two for 50,000 persons (BENCH_PERSONS sets another number)."""
    organisation = _a_recipient()
    ssins = _persons(organisation)
    ask = _caller(organisation)
    calls, batch, compared = [], [], []
    for _round in range(ROUNDS):
        calls.append(_timed(lambda: _by_calls(ask, ssins)))
        batch.append(_timed(lambda: _by_batch(ask, ssins)))
        compared.append(_timed(lambda: _by_digests(ask, ssins)))
    print(f"{len(ssins):,} persons with one right, median of {ROUNDS}:")
    for name, found in (("calls of 1,000", calls), ("one batch", batch), ("digests", compared)):
        each = median(found) / len(ssins) * 1e6
        print(
            f"  {name}: {median(found):.1f} s, {each:.0f} us a person, "
            f"{median(calls) / median(found):.2f} times as fast as calls"
        )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    _by_batch(ask, ssins * 4)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"  four times as many in one batch: {(after - before) / 1024:.0f} MiB more at most")


def _a_recipient() -> Organisation:
    organisation = Organisation.objects.create(
        code="questions", kind="recipient", enterprise_number="0111111124", names={"fr": "Q"}
    )
    Authorisation.objects.create(
        organisation=organisation,
        legal_context=CONTEXT,
        rights=["bim"],
        events=["rights"],
        fields=["periods"],
        period=Span(date(2020, 1, 1)),
    )
    return organisation


def _persons(organisation: Organisation) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(_PERSONS, [PERSONS])
        ids = [row[0] for row in cursor.fetchall()]
        days = (date(1930, 1, 1) + timedelta(days=n) for n in range(PERSONS))
        ssins = [make_ssin(day, 1 + n % 400).number for n, day in enumerate(days)]
        ring = keyring()
        PersonNumber.objects.bulk_create(
            (
                PersonNumber(person_id=person, sealed=ring.seal(ssin), blind_index=ring.blind(ssin))
                for person, ssin in zip(ids, ssins, strict=True)
            ),
            batch_size=5_000,
        )
        cursor.execute(_RIGHTS, {"ids": ids, "organisation": organisation.pk})
        cursor.execute("ANALYZE")
    return ssins


def _caller(organisation: Organisation) -> Callable[[str, dict[str, Any]], Any]:
    client = Client.objects.create(
        organisation=organisation, name="questions", allowed_scopes=["registry:consult"]
    )
    token = AccessToken.objects.create(
        application=client,
        token="questions",
        scope="registry:consult",
        expires=timezone.now() + timedelta(hours=1),
    )
    http = HttpClient()
    headers = {"Authorization": f"Bearer {token.token}"}

    def ask(path: str, body: dict[str, Any]) -> Any:
        path = f"/registry/v1{path}"
        if not body:
            return http.get(path, headers=headers)
        question = {"legalContext": CONTEXT, "rights": ["bim"]} | body
        return http.post(path, json.dumps(question), "application/json", headers=headers)

    return ask


def _by_calls(ask: Callable[..., Any], ssins: list[str]) -> None:
    for first in range(0, len(ssins), 1_000):
        body = {"ssins": ssins[first : first + 1_000], "date": "2026-07-01"}
        items = ask("/rights/query", body).json()["items"]
        assert all(item["outcome"] == "applies" for item in items)


def _by_batch(ask: Callable[..., Any], ssins: list[str]) -> None:
    task = ask("/rights/query/batches", {"ssins": ssins, "date": "2026-07-01"}).json()
    while answering.answer_part():
        pass
    answer = ask(f"/rights/query/batches/{task['taskId']}", {})
    lines = sum(chunk.count(b"\n") for chunk in answer.streaming_content)
    assert lines == len(ssins)


def _by_digests(ask: Callable[..., Any], ssins: list[str]) -> None:
    totals = [0] * BUCKETS
    for ssin in ssins:
        bucket = int.from_bytes(hashlib.sha256(ssin.encode()).digest()[:4], "big") % BUCKETS
        line = f"{ssin} bim 1".encode()
        totals[bucket] += int.from_bytes(hashlib.sha256(line).digest(), "big")
    found = ask("/rights/digests/query", {"digests": [f"{t % 2**256:064x}" for t in totals]})
    assert found.json()["items"] == []


def _timed(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
