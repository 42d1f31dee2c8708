"""Recording under two numbers that become one person's, each caller over its own connection."""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from attestations.models import Attestation, MergedOverlap, Person
from derived_rights.models import RightPeriod
from derived_rights.services.deriving import derive_pending

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def contract_is_read(cpas):
    """The document that answers are checked against is made once, by one thread."""
    assert cpas.post("/decisions/query", {"reference": "none"}).status_code == 200


def at_once(calls):
    start = threading.Barrier(len(calls))

    def run(call):
        try:
            start.wait(timeout=30)
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_what_was_recorded_before_the_merge_is_flagged_and_what_comes_after_is_refused(
    cpas, federal, decision, new_ssin
):
    outcomes = Counter()
    for _ in range(12):
        old, new = new_ssin(), new_ssin()
        replacement = {"ssin": old, "replacedBy": new, "date": "2026-04-01"}
        answers = at_once(
            [
                lambda ssin=old: cpas.post("/decisions", decision(ssin)),
                lambda ssin=new: cpas.post("/decisions", decision(ssin)),
                lambda body=replacement: federal.post("/ssinReplacements", body),
                derive_pending,
            ]
        )
        statuses = [answer.status_code for answer in answers[:3]]
        assert statuses[2] == 201
        assert sorted(statuses[:2]) in ([201, 201], [201, 400])
        outcomes[tuple(sorted(statuses[:2]))] += 1
    derive_pending()

    root = {row.pk: row.merged_into_id or row.pk for row in Person.objects.all()}
    current = Attestation.objects.filter(superseded_at=None).order_by("pk")
    overlapping = {
        (one.pk, other.pk)
        for one, other in itertools.combinations(current, 2)
        if root[one.person_id] == root[other.person_id] and one.period.overlaps(other.period)
    }
    flagged = {tuple(sorted((row.one_id, row.other_id))) for row in MergedOverlap.objects.all()}
    assert overlapping == flagged
    assert len(flagged) == outcomes[201, 201]
    # One person's rights stand once, under the root.
    standing = RightPeriod.objects.filter(superseded_at=None, right="bim")
    assert Counter(standing.values_list("person", flat=True)) == Counter(
        root[person] for person in {root[row.person_id] for row in current}
    )


def test_a_circle_cannot_be_closed_by_two_at_once(federal, new_ssin):
    for _ in range(6):
        one, other = new_ssin(), new_ssin()
        bodies = [
            {"ssin": one, "replacedBy": other, "date": "2026-04-01"},
            {"ssin": other, "replacedBy": one, "date": "2026-04-01"},
        ]
        answers = at_once(
            [lambda body=body: federal.post("/ssinReplacements", body) for body in bodies]
        )
        assert sorted(answer.status_code for answer in answers) == [201, 400]
