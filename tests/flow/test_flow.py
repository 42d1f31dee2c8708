"""The main job: a decision goes in, an attestation comes out, rights follow, recipients know."""

from __future__ import annotations

from datetime import date

import pytest

from attestations.models import Attestation, Cpas, Decision, PersonNumber
from attestations.services.missing import control
from attestations.tickets import current_ticket
from derived_rights.services.deriving import derive_pending
from partners.services.routing import route_pending

pytestmark = pytest.mark.django_db


def run_the_stages():
    derive_pending()
    route_pending()


def test_a_decision_is_attested_and_opens_rights(cpas, recipient_for, decision, new_ssin):
    mutuality = recipient_for("mutualities", "bim")
    ssin = new_ssin()
    mutuality.inscribe(ssin)

    answer = cpas.post("/decisions", decision(ssin))

    assert answer.status_code == 201, answer.content
    assert answer["ETag"] == '"1"'
    body = answer.json()
    assert answer["Location"] == f"/registry/v1/decisions/{body['decisionId']}"
    (attestation,) = body["attestations"]
    assert len(attestation["attestationNumber"]) <= 15
    assert attestation["nature"] == "original"
    assert attestation["ticket"] == answer["BelGov-Trace-Id"]
    (item,) = mutuality.ask_rights(ssin, "bim", date="2026-07-01")
    assert item == {
        "ssin": ssin,
        "right": "bim",
        "effect": "grant",
        "outcome": "applies",
        "periods": [{"startDate": "2026-06-02", "endDate": "2028-12-31"}],
        "version": 1,
    }


def test_the_recipient_polls_what_changed(cpas, recipient_for, decision, new_ssin):
    mutuality = recipient_for("mutualities", "bim")
    ssin = new_ssin()
    mutuality.inscribe(ssin)
    recorded = cpas.post("/decisions", decision(ssin)).json()
    run_the_stages()

    page = mutuality.get("/events").json()

    created, granted = page["items"]
    assert created["type"].endswith(".attestations.notify.created")
    assert granted["type"].endswith(".rights.notify.granted")
    assert [event["position"] for event in page["items"]] == [1, 2]
    assert granted["data"]["periods"] == [{"startDate": "2026-06-02", "endDate": "2028-12-31"}]
    number = recorded["attestations"][0]["attestationNumber"]
    assert granted["data"]["attestations"] == [{"attestationNumber": number}]
    again = mutuality.get(f"/events?after={page['cursor']}").json()
    assert again["items"] == []
    assert again["cursor"] == page["cursor"]


def test_a_stop_and_a_cancellation_differ(cpas, recipient_for, decision, new_ssin):
    energy = recipient_for("energyAdministration", "socialTariff")
    stopped, cancelled = new_ssin(), new_ssin()
    answers = {}
    for ssin in (stopped, cancelled):
        energy.inscribe(ssin)
        answers[ssin] = cpas.post("/decisions", decision(ssin)).json()

    stop = cpas.post(
        f"/decisions/{answers[stopped]['decisionId']}/stop",
        {"endDate": "2026-08-31", "reason": "work found"},
        If_Match='"1"',
    )
    cancellation = cpas.post(
        f"/decisions/{answers[cancelled]['decisionId']}/cancellation",
        {"reason": "wrong person"},
        If_Match='"1"',
    )

    assert (stop.status_code, cancellation.status_code) == (200, 200)
    assert stop.json()["status"] == "stopped"
    assert [a["nature"] for a in stop.json()["attestations"]] == ["original", "correction"]
    assert [a["nature"] for a in cancellation.json()["attestations"]] == [
        "original",
        "cancellation",
    ]
    (kept,) = energy.ask_rights(stopped, "socialTariff", date="2026-10-01")
    assert kept["periods"] == [{"startDate": "2026-01-01", "endDate": "2026-12-31"}]
    (lost,) = energy.ask_rights(cancelled, "socialTariff", date="2026-10-01")
    assert lost["outcome"] == "doesNotApply"


def test_the_household_shares_the_right(cpas, recipient_for, decision, new_ssin):
    energy = recipient_for("energyAdministration", "socialTariff")
    holder, child = new_ssin(), new_ssin()
    energy.inscribe(child)

    cpas.post("/decisions", decision(holder, household=[{"ssin": child, "relation": "child"}]))

    (item,) = energy.ask_rights(child, "socialTariff", date="2026-04-01")
    assert item["outcome"] == "applies"


def test_a_right_of_another_right(cpas, recipient_for, decision, new_ssin):
    fund = recipient_for("walloonFamilyFunds", "walloonFamilySupplement")
    ssin = new_ssin()
    fund.inscribe(ssin)
    cpas.post("/decisions", decision(ssin))

    (item,) = fund.ask_rights(ssin, "walloonFamilySupplement", date="2026-07-01")

    assert item["periods"] == [{"startDate": "2026-06-01", "endDate": "2028-12-31"}]


def test_a_late_inscription_makes_past_changes_deliverable(cpas, recipient_for, decision, new_ssin):
    mutuality = recipient_for("mutualities", "bim")
    ssin = new_ssin()
    cpas.post("/decisions", decision(ssin))
    run_the_stages()
    assert mutuality.get("/events").json()["items"] == []

    mutuality.inscribe(ssin)
    run_the_stages()
    run_the_stages()

    types = [event["type"].rsplit(".", 1)[1] for event in mutuality.get("/events").json()["items"]]
    assert types == ["created", "granted"]


def test_the_cpas_sees_who_was_told_and_who_not(cpas, recipient_for, decision, new_ssin):
    told = recipient_for("told", "bim")
    recipient_for("without-file", "bim")
    ssin = new_ssin()
    told.inscribe(ssin)
    recorded = cpas.post("/decisions", decision(ssin)).json()
    run_the_stages()

    items = cpas.get(f"/decisions/{recorded['decisionId']}/addressees").json()["items"]

    about_bim = {
        item["organisation"]["enterpriseNumber"]: item.get("reason", "forwarded")
        for item in items
        if item.get("right") == "bim"
    }
    assert sorted(about_bim.values()) == ["forwarded", "noInscription"]


def test_a_claim_without_attestation_is_flagged_and_closes_itself(
    cpas, federal, decision, new_ssin, django_capture_on_commit_callbacks
):
    ssin = new_ssin()
    enterprise_number = Cpas.objects.get().enterprise_number
    claim = {
        "enterpriseNumber": enterprise_number,
        "ssin": ssin,
        "aidKind": "integrationIncome",
        "month": "2026-04",
    }
    task = federal.post("/subsidyClaims/batches", {"items": [claim]})
    assert task.status_code == 202
    assert task.json()["accepted"] == 1
    control(on=date(2026, 5, 20), ticket=current_ticket())

    (finding,) = cpas.get("/missingAttestations").json()["items"]
    assert finding["cause"] == "neverSent"
    assert (finding["startDate"], finding["endDate"]) == ("2026-04-01", "2026-04-30")

    cpas.post("/decisions", decision(ssin))

    assert cpas.get("/missingAttestations").json()["items"] == []
    statuses = {
        item["cause"]: item["status"]
        for item in cpas.get("/missingAttestations?status=resolved").json()["items"]
    }
    assert statuses == {"neverSent": "resolved", "late": "resolved"}


def test_a_preview_saves_nothing(cpas, recipient_for, decision, new_ssin):
    recipient_for("mutualities", "bim")

    answer = cpas.post("/decisions/preview", decision(new_ssin()))

    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert body["attestations"][0]["nature"] == "original"
    previewed = {right["right"]: right["effect"] for right in body["rights"]}
    assert {"bim", "socialTariff", "walloonFamilySupplement"} <= previewed.keys()
    assert {"checkAdverse", "offset"}.isdisjoint(previewed.values())
    assert {item["reason"] for item in body["addressees"]} == {"noInscription"}
    assert not Decision.objects.exists()
    assert not Attestation.objects.exists()
    assert not PersonNumber.objects.exists()
