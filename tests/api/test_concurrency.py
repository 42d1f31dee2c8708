"""Many callers at once, each over a connection of its own."""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections

from attestations.models import (
    Attestation,
    Decision,
    DecisionVersion,
    FactChange,
    Person,
    PersonNumber,
)
from derived_rights.services.deriving import derive_pending
from partners.models import Inscription

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(calls: Iterable[Callable[[], Any]]) -> list[Any]:
    """The answers of calls that all begin together, in their order."""
    calls = list(calls)
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            start.wait(timeout=30)
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_of_sixteen_writers_one_changes_each_version(cpas, decision, new_ssin):
    ids = [
        cpas.post("/decisions", decision(new_ssin(), startDate="2026-01-01")).json()["decisionId"]
        for _ in range(50)
    ]

    def writer(number: int) -> Callable[[], list[int]]:
        body = {"endDate": f"2026-{number % 12 + 1:02}-{number + 1:02}", "reason": "work"}
        # Each begins elsewhere, so that all decisions are fought over at the same time.
        order = ids[number * 3 :] + ids[: number * 3]
        return lambda: [
            cpas.post(f"/decisions/{one}/stop", body, If_Match='"1"').status_code for one in order
        ]

    answers = at_once(writer(number) for number in range(16))

    assert Counter(itertools.chain(*answers)) == {200: 50, 412: 15 * 50}
    assert set(Decision.objects.values_list("version", flat=True)) == {2}
    assert DecisionVersion.objects.count() == 100
    assert Attestation.objects.filter(superseded_at=None).count() == 50


def test_writers_who_read_again_all_get_their_turn(cpas, decision, new_ssin):
    """Every change takes the version it was told; none is lost and none is made twice."""
    recorded = cpas.post("/decisions", decision(new_ssin())).json()
    path = f"/decisions/{recorded['decisionId']}"

    def writer(number: int) -> Callable[[], None]:
        def insist() -> None:
            status = 412
            while status == 412:
                etag = cpas.get(path)["ETag"]
                content = {"aidKind": "integrationIncome", "startDate": "2026-03-02"}
                body = content | {"decidedOn": "2026-03-17", "reason": f"writer {number}"}
                status = cpas.post(f"{path}/revisions", body, If_Match=etag).status_code
            assert status == 200

        return insist

    at_once(writer(number) for number in range(6))

    reasons = list(DecisionVersion.objects.order_by("version").values_list("reason", flat=True))
    assert sorted(reasons[1:]) == [f"writer {number}" for number in range(6)]
    chain = Attestation.objects.order_by("id")
    assert [one.previous_id for one in chain][1:] == [one.pk for one in chain][:-1]


def test_writers_who_change_whatever_is_current_never_come_too_late(cpas, decision, new_ssin):
    made = cpas.post("/decisions", decision(new_ssin())).json()
    content = {name: value for name, value in decision("").items() if name != "ssin"}
    path = f"/decisions/{made['decisionId']}/revisions"

    answers = at_once(
        [lambda: cpas.post(path, content | {"reason": "again"}, If_Match="*") for _ in range(8)]
    )

    assert [answer.status_code for answer in answers] == [200] * 8
    assert sorted(answer.json()["version"] for answer in answers) == list(range(2, 10))


def test_one_key_sent_eight_times_at_once_is_one_decision(cpas, decision, new_ssin):
    body = decision(new_ssin())

    answers = at_once([lambda: cpas.post("/decisions", body, Idempotency_Key="the same")] * 8)

    assert {answer.status_code for answer in answers} <= {201, 409}
    made = [one for one in answers if one.status_code == 201]
    assert [("Idempotency-Replayed" in one) for one in made].count(False) == 1
    assert len({one.content for one in made}) == 1
    assert Decision.objects.count() == 1


def test_one_new_person_registered_eight_times_at_once_is_one(recipient_for, new_ssin):
    ssin = new_ssin()
    recipients = [recipient_for(f"recipient-{number}", "bim") for number in range(8)]

    at_once(lambda recipient=recipient: recipient.inscribe(ssin) for recipient in recipients)

    assert PersonNumber.objects.count() == 1
    assert Person.objects.count() == 1


def test_households_that_name_each_other_do_not_block_each_other(cpas, decision, new_ssin):
    """Each of two new persons is decided on with the other in the household, eight times over."""
    pairs = [(new_ssin(), new_ssin()) for _ in range(4)]

    def record(person: str, partner: str) -> Callable[[], int]:
        body = decision(person, household=[{"ssin": partner, "relation": "partner"}])
        return lambda: cpas.post("/decisions", body).status_code

    answers = at_once(
        [record(one, other) for one, other in pairs] + [record(two, one) for one, two in pairs]
    )

    assert answers == [201] * 8
    assert Person.objects.count() == 8


def test_of_two_overlapping_decisions_recorded_at_once_one_stands(cpas, decision, new_ssin):
    body = decision(new_ssin())

    answers = at_once([lambda: cpas.post("/decisions", body).status_code] * 8)

    assert Counter(answers) == {201: 1, 400: 7}
    assert Attestation.objects.count() == 1


def test_one_inscription_ended_eight_times_at_once_ends_once(recipient_for, new_ssin):
    recipient, ssin = recipient_for("recipient", "bim"), new_ssin()
    recipient.inscribe(ssin)
    body = {"ssin": ssin, "qualityCode": "1", "endDate": "2026-06-30"}

    answers = at_once([lambda: recipient.post("/inscriptions/removal", body).status_code] * 8)

    assert Counter(answers) == {200: 1, 400: 7}
    assert Inscription.objects.filter(superseded_at=None).count() == 1


def test_previews_recordings_and_derivations_of_one_household_do_not_block_each_other(
    cpas, decision, new_ssin
):
    family = [new_ssin() for _ in range(4)]
    kinds = ["integrationIncome", "equivalentIntegrationIncome", "benefitAdvance"]

    def body(person: str, kind: str) -> dict[str, Any]:
        others = [other for other in family if other != person]
        household = [{"ssin": other, "relation": "other"} for other in others]
        return decision(person, aidKind=kind, household=household)

    def preview(person: str) -> Callable[[], set[int]]:
        wanted = body(person, "otherSocialAid")
        return lambda: {cpas.post("/decisions/preview", wanted).status_code for _ in range(6)}

    def record(person: str) -> Callable[[], set[int]]:
        return lambda: {cpas.post("/decisions", body(person, kind)).status_code for kind in kinds}

    def derive() -> set[int]:
        for _ in range(6):
            derive_pending()
        return set()

    answers = at_once(
        [*map(preview, family), *map(record, family), derive, derive],
    )

    assert set().union(*answers) == {200, 201}
    derive_pending()
    assert not FactChange.objects.filter(derived_at=None).exists()
