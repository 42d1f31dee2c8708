"""Claims and inscriptions by the batch: every item's fate is told, and bad ones spoil no others."""

from __future__ import annotations

from datetime import date

import pytest

from attestations.models import Cpas, SubsidyClaim
from attestations.services.missing import control
from attestations.tickets import new_ticket
from partners.models import Inscription
from tests.api.conftest import issues_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def claim(cpas, new_ssin):
    """The item of a claim; the CPAS exists."""
    number = Cpas.objects.get().enterprise_number

    def make(**changes):
        return {
            "enterpriseNumber": number,
            "ssin": new_ssin(),
            "aidKind": "integrationIncome",
            "month": "2026-04",
        } | changes

    return make


def fates(task) -> dict[int, list[str]]:
    return {one["index"]: [issue["name"] for issue in one["issues"]] for one in task["issues"]}


def test_good_claims_are_kept_and_each_bad_one_is_named(federal, claim):
    bad = [
        claim(month="2026-13"),
        claim(enterpriseNumber="0999999999"),
        claim(ssin="85710512300"),
        claim(extra=1),
        "no object",
    ]

    answer = federal.post("/subsidyClaims/batches", {"items": [claim(), *bad, claim()]})

    assert answer.status_code == 202
    task = answer.json()
    assert (task["status"], task["total"]) == ("done", 7)
    assert (task["accepted"], task["rejected"]) == (2, 5)
    assert fates(task) == {
        1: ["month"],
        2: ["enterpriseNumber"],
        3: ["ssin"],
        4: ["extra"],
        5: ["body"],
    }
    assert SubsidyClaim.objects.count() == 2
    assert federal.get(answer["Location"].removeprefix("/registry/v1")).json() == task


def test_an_atomic_batch_is_all_or_nothing(federal, claim):
    items = [claim(), claim(month="x")]

    task = federal.post("/subsidyClaims/batches", {"items": items, "atomic": True}).json()

    assert (task["status"], task["accepted"], task["rejected"]) == ("failed", 0, 2)
    assert not SubsidyClaim.objects.exists()


def test_a_month_claimed_twice_counts_once(federal, claim):
    item = claim()

    task = federal.post("/subsidyClaims/batches", {"items": [item, item]}).json()

    assert task["accepted"] == 2
    assert SubsidyClaim.objects.count() == 1


@pytest.mark.parametrize("path", ["/subsidyClaims/batches", "/inscriptions/batches"])
@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({}, "items"),
        ({"items": []}, "items"),
        ({"items": {}}, "items"),
        ({"items": [{}] * 10_001}, "items"),
        ({"items": [{}], "atomic": "yes"}, "atomic"),
    ],
    ids=range(5),
)
def test_an_envelope_that_cannot_be_read_is_refused_at_once(
    federal, recipient_for, path, body, name
):
    caller = recipient_for("recipient", "bim") if "inscriptions" in path else federal

    assert issues_of(caller.post(path, body)) == [("schemaViolation", "body", name)]


def test_inscriptions_are_judged_one_by_one(recipient_for, new_ssin):
    recipient = recipient_for("recipient", "bim")

    def item(**changes):
        return {"ssin": new_ssin(), "qualityCode": "1", "startDate": "2026-01-01"} | changes

    items = [item(), item(endDate="2025-12-31"), item(startDate="9999-12-31"), 7, item()]
    task = recipient.post("/inscriptions/batches", {"items": items}).json()

    assert (task["accepted"], task["rejected"]) == (2, 3)
    assert fates(task) == {1: ["endDate"], 2: ["startDate"], 3: ["body"]}
    assert Inscription.objects.count() == 2


def test_no_fate_repeats_a_ssin(federal, claim):
    ssin = "85710512300"

    answer = federal.post("/subsidyClaims/batches", {"items": [claim(ssin=ssin, aidKind=ssin)]})

    assert ssin not in answer.content.decode()


def test_the_control_is_a_task(federal):
    answer = federal.post("/missingAttestations/control", {})

    assert answer.status_code == 202
    assert answer.json()["status"] == "processing"
    assert answer.json()["pollAfter"]


def test_the_federal_service_sees_every_cpas_and_a_cpas_only_itself(
    federal, cpas, other_cpas, new_ssin
):

    numbers = list(Cpas.objects.order_by("id").values_list("enterprise_number", flat=True))
    items = [
        {
            "enterpriseNumber": number,
            "ssin": new_ssin(),
            "aidKind": "integrationIncome",
            "month": "2026-04",
        }
        for number in numbers
    ]
    federal.post("/subsidyClaims/batches", {"items": items})
    control(on=date(2026, 5, 20), ticket=new_ticket())

    def seen(caller, query=""):
        found = caller.get(f"/missingAttestations{query}").json()["items"]
        return sorted(item["enterpriseNumber"] for item in found)

    assert seen(federal) == sorted(numbers)
    assert seen(federal, f"?enterpriseNumber={numbers[0]}") == [numbers[0]]
    assert seen(cpas) == [numbers[0]]
    assert seen(cpas, f"?enterpriseNumber={numbers[1]}") == []
    assert seen(other_cpas) == [numbers[1]]
    assert seen(federal, "?cause=late") == []
    assert issues_of(cpas.get("/missingAttestations?cause=x")) == [
        ("schemaViolation", "query", "cause")
    ]
