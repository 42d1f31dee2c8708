"""Chapter 1: persons, decisions and attestations are there, and so are everybody's rights."""

from __future__ import annotations

from config.demo.loading import Aid, load
from config.demo.people import Person
from config.demo.scene import Scene

MAX_NUMBER = 15


def people_and_decisions(scene: Scene) -> None:
    account = scene.account
    account.chapter("Two hundred persons, three CPAS")
    loaded = load(scene.registry, account)
    persons = [person for aid in loaded.aids for person in aid.household.persons]
    account.check(
        f"{len(persons)} fictitious persons live in {len(loaded.aids)} households; the CPAS of"
        " Namur, Antwerpen and Eupen help them",
        len({person.ssin for person in persons}) == len(persons) == 200,
    )
    earlier = len(loaded.decisions) - loaded.recorded
    account.check(
        f"{loaded.recorded} decisions were recorded through the API"
        + (f", {earlier} were there from an earlier time" if earlier else "")
        + "; each has its attestation",
        all(decision["attestations"] for decision in loaded.decisions),
    )
    numbers = [
        attestation["attestationNumber"]
        for decision in loaded.decisions
        for attestation in decision["attestations"]
    ]
    account.check(
        f"{len(numbers)} attestations have each a number of their own, of at most {MAX_NUMBER}"
        f" characters, such as {numbers[0]}",
        len(set(numbers)) == len(numbers) and max(map(len, numbers)) <= MAX_NUMBER,
    )
    _check_rights(scene, loaded.aids)


def _check_rights(scene: Scene, aids: list[Aid]) -> None:
    """Everybody's two main rights today, against the rule applied by hand to each decision."""
    persons = [person for aid in aids for person in aid.household.persons]
    families = [
        person for aid in aids if aid.gives_bim(scene.on) for person in aid.household.family
    ]
    homes = [
        person for aid in aids if aid.gives_tariff(scene.on) for person in aid.household.persons
    ]
    for name, right, label, entitled in (
        ("mutualities", "bim", "the increased intervention of the health insurance", families),
        ("energyAdministration", "socialTariff", "the social tariff for energy", homes),
    ):
        found = scene.registry.client(name).rights(right, _ssins(persons), scene.on)
        holders = {ssin for ssin, item in found.items() if item["outcome"] == "applies"}
        wanted = set(_ssins(entitled))
        scene.account.check(
            f"{len(wanted)} of the {len(persons)} have {label} today: exactly those whom the law"
            " gives it when it is applied to the decisions by hand",
            holders == wanted,
            f"{len(holders - wanted)} too many, {len(wanted - holders)} too few",
        )


def _ssins(persons: list[Person]) -> list[str]:
    return [person.ssin for person in persons]
