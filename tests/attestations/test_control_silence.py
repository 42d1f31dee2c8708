"""The control finds a CPAS that has fallen silent, and closes that when it sends again."""

from __future__ import annotations

from datetime import date

import pytest

from attestations.models import (
    Cpas,
    MissingAttestation,
)
from attestations.periods import add_months
from benchmarks.claimed import fill
from tests.attestations.controlled import found, run


@pytest.fixture
def sent_monthly(db: None) -> Cpas:
    """A CPAS that sent an attestation in each of six months, until March 2026."""
    office = Cpas.objects.create(enterprise_number="0123456749", names={"nl": "OCMW"})
    for back in range(6):
        day = add_months(date(2026, 3, 3), -back)
        fill(
            [office.pk],
            persons=2,
            months=1,
            start=day.replace(day=1),
            end=date(2028, 1, 1),
            decided_on=day,
        )
    return office


def test_a_cpas_that_fell_silent_is_found_without_a_person(sent_monthly, federal):
    run(date(2026, 5, 4))

    items = federal.get("/missingAttestations?cause=silence").json()["items"]

    assert [(item["startDate"], item["endDate"]) for item in items] == [
        ("2026-04-01", "2026-04-30")
    ]
    assert not {"ssin", "aidKind"} & items[0].keys()
    assert items[0]["dueDate"] == "2026-05-07"


def test_each_further_month_of_silence_is_a_finding_and_an_attestation_closes_all(sent_monthly):
    for day in (date(2026, 5, 4), date(2026, 5, 20), date(2026, 6, 4)):
        run(day)
    assert found(cause="silence") == [("silence", "open")] * 2
    months = MissingAttestation.objects.filter(cause="silence").order_by("period")
    assert list(months.values_list("due_on", flat=True)) == [date(2026, 5, 7), date(2026, 6, 7)]

    fill(
        [sent_monthly.pk],
        persons=2,
        months=1,
        start=date(2026, 6, 1),
        end=date(2028, 1, 1),
        decided_on=date(2026, 6, 5),
    )
    run()

    assert found(cause="silence") == [("silence", "resolved")] * 2


def test_a_cpas_answers_for_its_silence(sent_monthly, cpas):
    run(date(2026, 5, 4))
    MissingAttestation.objects.filter(cause="silence").update(cpas=Cpas.objects.last())
    finding = MissingAttestation.objects.get(cause="silence")

    path = f"/missingAttestations/{finding.public_id}/feedback"
    answer = cpas.post(path, {"code": "willAttest"})

    assert answer.status_code == 200, answer.content
    assert answer.json()["status"] == "notified"
