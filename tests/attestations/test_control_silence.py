"""The control finds a CPAS that has fallen silent, and closes that when it sends again."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from attestations.models import (
    Cpas,
    MissingAttestation,
)
from attestations.periods import add_months
from attestations.services.missing import control
from attestations.tickets import new_ticket
from benchmarks.claimed import fill

Rows = list[tuple[str, str]]
ON = date(2026, 6, 10)


def found(**among: Any) -> Rows:
    rows = MissingAttestation.objects.filter(**among).order_by("cause", "period")
    return [(row.cause, row.status) for row in rows]


def run(on: date = ON) -> None:
    control(on=on, ticket=new_ticket())


@pytest.fixture
def sent_monthly(db: None) -> Cpas:
    """A CPAS that sent an attestation in each of six months, until March 2026."""
    offices = [
        Cpas.objects.create(enterprise_number=number, names={"nl": "OCMW"})
        for number in ("0123456749",)
    ]
    for back in range(6):
        day = add_months(date(2026, 3, 3), -back)
        fill(
            [office.pk for office in offices],
            persons=2,
            months=1,
            start=day.replace(day=1),
            end=date(2028, 1, 1),
            decided_on=day,
        )
    return offices[0]


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
