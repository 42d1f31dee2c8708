"""Chapters 2 and 3: a decision for a family, the rights that follow, and who was told of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from config.demo import rules
from config.demo.api import Registry, wait_for
from config.demo.loading import Aid, inscribe
from config.demo.scene import CALLED, DOES_NOT_APPLY, Scene, applies, spoken, until

# Who holds a file on the mother; the first three also on her children.
FILES = ("mutualities", "energyAdministration", "walloonFamilyFunds", "inasti")
# What each is told of the decision for the mother ("" for its attestation), or why not.
ADDRESSEES = {
    ("mutualities", ""): "forwarded",
    ("mutualities", "bim"): "forwarded",
    ("energyAdministration", "socialTariff"): "forwarded",
    ("walloonFamilyFunds", "walloonFamilySupplement"): "forwarded",
    ("deLijn", "bim"): "noInscription",
    ("flemishCareFunds", "bim"): "noInscription",
    ("flemishFamilyFunds", "flemishFamilySupplement"): "noInscription",
    ("flemishStudyGrants", ""): "authorisationEnded",
    ("immigrationOffice", ""): "noInscription",
    ("inasti", "inastiContributionRelief"): "noSubscription",
    ("ostbelgienFamilyFunds", "ostbelgienFamilySupplement"): "noInscription",
    ("stib", "bim"): "noInscription",
}
REASONS = {
    "noInscription": "it holds no file on her",
    "noSubscription": "it has not asked to be told",
    "authorisationEnded": "its authorisation is over",
}


def a_decision(scene: Scene) -> None:
    account, family = scene.account, scene.cast.family
    mother = family.holder
    account.chapter(f"{mother.name} and her two children are helped in Namur")
    for name in FILES[:3]:
        inscribe(scene.registry, name, list(family.persons))
    inscribe(scene.registry, FILES[3], [mother])
    aid = scene.aid(family, "family")
    namur = scene.registry.client("cpas-namur")

    preview = namur.post("/decisions/preview", aid.as_json())
    account.check(
        "Before it decides, the CPAS asks what would follow: it is told, and nothing is kept",
        preview["rights"] and namur.decision_of(aid.reference) is None,
    )
    decision = scene.record(aid, "family")
    number = decision["attestations"][0]["attestationNumber"]
    account.check(
        f"The decision, of {spoken(aid.decided_on)}, is recorded and attested at once, as {number}",
        [one["nature"] for one in decision["attestations"]] == ["original"],
    )
    again = namur.ask("POST", "/decisions", aid.as_json(), Idempotency_Key=aid.reference)
    account.check(
        "Sent a second time by mistake, the same decision comes back, and nothing is done twice",
        again.body == decision and again.headers.get("idempotency-replayed") == "true",
    )
    _check_rights(scene, aid, preview)


def _check_rights(scene: Scene, aid: Aid, preview: dict[str, Any]) -> None:
    account, persons = scene.account, aid.household.persons
    bim = rules.bim(aid.start, aid.end)
    tariff = rules.social_tariff(aid.decided_on, aid.start, aid.end)
    assert bim
    assert tariff  # A year of aid opens both.
    supplement = rules.walloon_supplement(bim)
    periods = {"bim": bim, "socialTariff": tariff, "walloonFamilySupplement": supplement}
    for name, right, says in (
        ("mutualities", "bim", "the increased intervention, after three complete months,"),
        ("energyAdministration", "socialTariff", "the social tariff for gas and electricity"),
        ("walloonFamilyFunds", "walloonFamilySupplement", "a supplement to the allowances"),
    ):
        period = periods[right]
        account.equal(
            f"Mother and children have {says} {until(period)}; {CALLED[name]} can see it",
            [scene.period_of(name, right, person, period[0]) for person in persons],
            [applies(period)] * len(persons),
        )
    eve = bim[0] - timedelta(days=1)
    account.equal(
        f"On {spoken(eve)}, the day before, there is no increased intervention yet",
        scene.period_of("mutualities", "bim", aid.household.holder, eve),
        DOES_NOT_APPLY,
    )
    foreseen = {item["right"]: item["periods"] for item in preview["rights"]}
    account.equal(
        "It is what the registry had foreseen when it was asked",
        {right: foreseen[right] for right in periods},
        {right: applies(period)["periods"] for right, period in periods.items()},
    )


def who_was_told(scene: Scene) -> None:
    account, mother = scene.account, scene.cast.family.holder
    account.chapter(f"Who was told about {mother.name}, who was not, and why")
    path = f"/decisions/{scene.decisions['family']['decisionId']}/addressees"
    namur = scene.registry.client("cpas-namur")

    def look() -> list[dict[str, Any]] | None:
        items: list[dict[str, Any]] = namur.get(path)["items"]
        known = _verdicts(scene.registry, items)
        return items if ADDRESSEES.keys() <= known.keys() else None

    items = wait_for("the verdict on every possible addressee", look)
    found = _verdicts(scene.registry, items)
    called = {item["organisation"]["enterpriseNumber"]: _name(item) for item in items}
    rights = namur.get("/refData/rights")["items"]
    labels = {one["code"]: f'"{one["labels"]["en"]}"' for one in rights}
    for (name, right), wanted in sorted(ADDRESSEES.items(), key=lambda one: one[1] != "forwarded"):
        organisation = called[scene.registry.client(name).enterprise_number]
        what = labels[right] if right else "the attestation"
        account.equal(
            f"Told of {what}: {organisation}"
            if wanted == "forwarded"
            else f"Not told of {what}: {organisation}, as {REASONS[wanted]}",
            found[name, right],
            wanted,
        )


def _name(item: dict[str, Any]) -> str:
    return str(item["organisation"]["names"]["en"])


def _verdicts(registry: Registry, items: list[dict[str, Any]]) -> dict[tuple[str, str], str]:
    """By organisation of ADDRESSEES and right: `forwarded`, or the reason."""
    codes = {registry.client(name).enterprise_number: name for name, _ in ADDRESSEES}
    return {
        (codes[number], item.get("right", "")): item.get("reason", "forwarded")
        for item in items
        if (number := item["organisation"]["enterpriseNumber"]) in codes
    }
