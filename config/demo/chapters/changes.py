"""Chapters 4 and 5: a stop keeps what has begun, a cancellation takes everything back."""

from __future__ import annotations

from datetime import date
from typing import Any

from config.demo import rules
from config.demo.loading import Aid, inscribe
from config.demo.people import Household
from config.demo.scene import DOES_NOT_APPLY, Scene, applies, spoken

RECIPIENTS = ("mutualities", "energyAdministration")


def a_stop(scene: Scene) -> None:
    account, household = scene.account, scene.cast.stopped
    holder, on = household.holder, scene.on
    account.chapter(f"{holder.name} finds work in Antwerpen: the aid stops")
    # Two years of aid, so that the stop always takes a year away that has not begun.
    aid, (opens, closes) = _aided(scene, household, "stopped", years=2)
    number = scene.decisions["stopped"]["attestations"][0]["attestationNumber"]
    reason = "Has found work"
    decision = _change(scene, household, "stopped", "stop", {"endDate": on.isoformat()}, reason)
    correction = decision["attestations"][-1]
    account.check(
        f"The aid stops today: attestation {correction['attestationNumber']} corrects {number}",
        (decision["status"], correction["nature"], correction.get("previousAttestationNumber"))
        == ("stopped", "correction", number),
        decision,
    )
    kept = opens, date(on.year, 12, 31)
    account.equal(
        f"The social tariff had begun: it stays to {spoken(kept[1])}, no longer to"
        f" {spoken(closes)}",
        scene.period_of("energyAdministration", "socialTariff", holder, on),
        applies(kept),
    )
    event = scene.told("energyAdministration", ".rights.notify.reduced", holder)
    account.equal(
        "One message tells the energy administration the new period and the former one",
        (event["data"]["periods"], event["data"]["previousPeriods"]),
        (applies(kept)["periods"], applies((opens, closes))["periods"]),
    )
    complete = rules.plus_months(aid.start, rules.MONTHS_OF_AID)
    account.equal(
        "The increased intervention will not begin: the three months are never complete",
        scene.period_of("mutualities", "bim", holder, complete),
        DOES_NOT_APPLY,
    )


def a_cancellation(scene: Scene) -> None:
    account, household = scene.account, scene.cast.cancelled
    holder = household.holder
    account.chapter(f"The decision for {holder.name} in Eupen was a mistake: it is cancelled")
    aid, (opens, closes) = _aided(scene, household, "cancelled")
    decision = _change(scene, household, "cancelled", "cancellation", {}, "Taken for somebody else")
    account.check(
        "A second attestation says that the first should never have existed; nothing is erased",
        [one["nature"] for one in decision["attestations"]] == ["original", "cancellation"],
        decision["attestations"],
    )
    account.equal(
        "The social tariff is taken back from its first day; after a stop it would have stayed",
        [
            scene.period_of("energyAdministration", "socialTariff", holder, day)
            for day in (opens, scene.on, closes)
        ],
        [DOES_NOT_APPLY] * 3,
    )
    complete = rules.plus_months(aid.start, rules.MONTHS_OF_AID)
    account.equal(
        "Nor will the increased intervention begin",
        scene.period_of("mutualities", "bim", holder, complete),
        DOES_NOT_APPLY,
    )
    event = scene.told("energyAdministration", ".rights.notify.ended", holder)
    account.equal(
        "The energy administration is told that no period is left", event["data"]["periods"], []
    )


def _aided(
    scene: Scene, household: Household, about: str, *, years: int = 1
) -> tuple[Aid, rules.Period]:
    """Record aid for a household of one, check its social tariff, and return both."""
    for name in RECIPIENTS:
        inscribe(scene.registry, name, [household.holder])
    aid = scene.aid(household, about, years=years)
    scene.record(aid, about)
    tariff = rules.social_tariff(aid.decided_on, aid.start, aid.end)
    assert tariff
    scene.account.equal(
        f"Integration income is recorded, and gives the social tariff to {spoken(tariff[1])}",
        scene.period_of("energyAdministration", "socialTariff", household.holder, scene.on),
        applies(tariff),
    )
    return aid, tariff


def _change(
    scene: Scene, household: Household, about: str, what: str, body: dict[str, Any], reason: str
) -> dict[str, Any]:
    """Stop or cancel the decision as its CPAS, at the version that it was last seen at."""
    decision = scene.decisions[about]
    # The key makes it safe to send this again when the answer was lost.
    scene.decisions[about] = scene.registry.client(household.cpas).post(
        f"/decisions/{decision['decisionId']}/{what}",
        body | {"reason": reason},
        If_Match=f'"{decision["version"]}"',
        Idempotency_Key=f"{decision['decisionId']}/{what}",
    )
    return scene.decisions[about]
