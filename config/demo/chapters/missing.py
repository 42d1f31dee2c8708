"""Chapter 6: a subsidy without attestation is noticed, and settles itself once that is there."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from config.demo.api import Caller, wait_for
from config.demo.loading import inscribe
from config.demo.scene import Scene


def a_claim_without_attestation(scene: Scene) -> None:
    account, registry = scene.account, scene.registry
    household = scene.cast.claimed
    holder = household.holder
    federal, namur = registry.client("federal"), registry.client("cpas-namur")
    first, last = month_before(scene.on)
    account.chapter(f"Namur claims a subsidy for {holder.name}, but has attested nothing")
    inscribe(registry, "federal", [holder])
    claim = {
        "enterpriseNumber": namur.enterprise_number,
        "ssin": holder.ssin,
        "aidKind": "integrationIncome",
        "month": f"{first:%Y-%m}",
    }
    accepted = federal.post("/subsidyClaims/batches", {"items": [claim]})["accepted"]
    account.equal(f"The federal service delivers the claim for {first:%B %Y}", accepted, 1)
    task = federal.post("/missingAttestations/control", {})
    done = wait_for("the end of the control", lambda: _finished(federal, task["taskId"]))
    account.equal("It asks for the control of claims against attestations", done["status"], "done")

    finding = wait_for("the finding", lambda: _finding(namur, holder.ssin))
    account.equal(
        f"The CPAS finds {first:%B %Y} on its list of missing attestations: never sent",
        (finding["cause"], finding["startDate"], finding["endDate"]),
        ("neverSent", first.isoformat(), last.isoformat()),
    )
    event = scene.told("federal", ".missingAttestations.notify.found", holder)
    _same_finding(scene, "The federal service is told", event, finding)
    path = f"/missingAttestations/{finding['missingAttestationId']}"
    answered = namur.post(f"{path}/feedback", {"code": "willAttest"})
    account.equal(
        "The CPAS answers that it will attest; the finding stays on its list",
        answered["status"],
        "notified",
    )
    aid = replace(
        scene.aid(household, "claimed"), start=first, decided_on=scene.on - timedelta(days=1)
    )
    scene.record(aid, "claimed")
    account.check(
        "It records the decision, and the finding leaves the list by itself",
        _finding(namur, holder.ssin) is None
        and _finding(namur, holder.ssin, status="resolved") is not None,
    )
    event = scene.told("federal", ".missingAttestations.notify.resolved", holder)
    _same_finding(scene, "The federal service is told that it is settled", event, finding)


def month_before(day: date) -> tuple[date, date]:
    """First and last day of the month before."""
    last = day.replace(day=1) - timedelta(days=1)
    return last.replace(day=1), last


def _same_finding(
    scene: Scene, sentence: str, event: dict[str, Any], finding: dict[str, Any]
) -> None:
    name = "missingAttestationId"
    scene.account.equal(sentence, event["data"][name], finding[name])


def _finished(client: Caller, task_id: str) -> dict[str, Any] | None:
    task = client.get(f"/tasks/{task_id}")
    return None if task["status"] == "processing" else task


def _finding(client: Caller, ssin: str, *, status: str = "") -> dict[str, Any] | None:
    """The newest finding about a person on the caller's list, or among the settled ones."""
    query = f"&status={status}" if status else ""
    items = client.get(f"/missingAttestations?cause=neverSent{query}")["items"]
    return next((item for item in items if item["ssin"] == ssin), None)
