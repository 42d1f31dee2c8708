"""Filling the registry through its API, as the CPAS and the recipients themselves would.

Doing it again adds nothing: what is there already is found by its reference.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from config.demo import rules
from config.demo.account import Account
from config.demo.api import Registry
from config.demo.people import SEED, Household, Person, households

# Files of the recipients go back to before any decision of the demonstration.
FILES_SINCE = "2000-01-01"
QUALITY = "1"
KINDS = {
    "integrationIncome": 60,
    "equivalentIntegrationIncome": 12,
    "otherSocialAid": 8,
    "article60Employment": 8,
    "benefitAdvance": 6,
    "heatingAllowance": 3,
    "medicalCard": 3,
}


@dataclass(frozen=True, slots=True)
class Aid:
    """What a CPAS decided for a household; `end` is the last day."""

    household: Household
    reference: str
    kind: str
    decided_on: date
    start: date
    end: date

    def as_json(self) -> dict[str, Any]:
        """The body of the decision."""
        body = {
            "ssin": self.household.holder.ssin,
            "aidKind": self.kind,
            "category": self.household.category,
            "decidedOn": self.decided_on.isoformat(),
            "startDate": self.start.isoformat(),
            "endDate": self.end.isoformat(),
            "reference": self.reference,
        }
        members = self.household.as_json()
        return body | ({"household": members} if members else {})

    def as_recorded(self, decision: dict[str, Any]) -> Aid:
        """The same aid with the content that the registry shows of its decision."""
        return replace(
            self,
            kind=decision["aidKind"],
            decided_on=date.fromisoformat(decision["decidedOn"]),
            start=date.fromisoformat(decision["startDate"]),
            end=date.fromisoformat(decision["endDate"]),
        )

    def gives_bim(self, on: date) -> bool:
        """Whether the increased intervention of the holder's family must hold on that day."""
        period = rules.bim(self.start, self.end) if self.kind in rules.OPENS_BIM else None
        return period is not None and period[0] <= on <= period[1]

    def gives_tariff(self, on: date) -> bool:
        """Whether the social tariff of the whole household must hold on that day."""
        if rules.BIM_OPENED_TARIFF[0] <= on <= rules.BIM_OPENED_TARIFF[1] and self.gives_bim(on):
            return True
        counts = self.kind in rules.OPENS_TARIFF
        period = rules.social_tariff(self.decided_on, self.start, self.end) if counts else None
        return period is not None and period[0] <= on <= period[1]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What is in the registry after loading; how many decisions were not there before."""

    aids: list[Aid]
    decisions: list[dict[str, Any]]
    recorded: int


def aids(on: date) -> list[Aid]:
    """A decision for each household, the same for the same day.

    Two in three were taken in the last two years, the others in the last week.
    """
    chance = random.Random(SEED)
    found = []
    for number, household in enumerate(households(), start=1):
        kind = chance.choices(list(KINDS), weights=list(KINDS.values()))[0]
        if chance.random() < 2 / 3:
            start = on - timedelta(days=chance.randint(30, 700))
            decided_on = start + timedelta(days=chance.randint(5, 29))
        else:
            start = on - timedelta(days=chance.randint(8, 25))
            decided_on = on - timedelta(days=chance.randint(0, 6))
        end = start + timedelta(days=chance.choice([60, 180, 364, 364, 364]))
        found.append(Aid(household, f"DEMO/{number:03}", kind, decided_on, start, end))
    return found


def load(registry: Registry, account: Account) -> Loaded:
    """Recipients say on whom they hold a file, one of them subscribes, CPAS record decisions."""
    planned = aids(registry.on)
    homes = [aid.household for aid in planned]
    account.progress(
        "Recipients say on whom they hold a file", _inscriber(registry, homes), [*FILES]
    )
    subscribe(registry)
    recorded = account.progress("CPAS record decisions", _recorder(registry), planned)
    decisions = [decision for decision, _ in recorded]
    # What was recorded on an earlier day, or changed since, counts as it stands.
    standing = [aid.as_recorded(decision) for aid, decision in zip(planned, decisions, strict=True)]
    return Loaded(standing, decisions, sum(new for _, new in recorded))


def inscribe(registry: Registry, name: str, persons: list[Person]) -> dict[str, Any]:
    """Let a recipient say that it holds a file on these persons; the task that took it."""
    items = [
        {"ssin": person.ssin, "qualityCode": QUALITY, "startDate": FILES_SINCE}
        for person in persons
    ]
    return registry.client(name).post("/inscriptions/batches", {"items": items, "atomic": True})


def subscribe(registry: Registry) -> None:
    """The STIB has no subscription in the configuration: it makes its own, to fetch its events."""
    stib = registry.client("stib")
    if not stib.get("/subscriptions")["items"]:
        stib.post("/subscriptions", {"legalContext": stib.legal_context, "rights": ["bim"]})


# Which recipient holds a file on whom.
FILES: Mapping[str, Callable[[Household, Person], bool]] = {
    "mutualities": lambda household, person: True,
    "energyAdministration": lambda household, person: True,
    "walloonFamilyFunds": lambda household, person: _has_children(household, "cpas-namur"),
    "flemishFamilyFunds": lambda household, person: _has_children(household, "cpas-antwerpen"),
    "ostbelgienFamilyFunds": lambda household, person: _has_children(household, "cpas-eupen"),
    "deLijn": lambda household, person: household.cpas == "cpas-antwerpen",
    "flemishCareFunds": lambda household, person: (
        household.cpas == "cpas-antwerpen" and person == household.holder
    ),
    "stib": lambda household, person: _one_in(7, person),
    "inasti": lambda household, person: _one_in(11, person),
    "immigrationOffice": lambda household, person: _one_in(13, person),
}


def _has_children(household: Household, cpas: str) -> bool:
    return household.cpas == cpas and household.category == "familyWithDependants"


def _one_in(number: int, person: Person) -> bool:
    return int(person.ssin) % number == 0


def _inscriber(registry: Registry, homes: list[Household]) -> Callable[[str], dict[str, Any]]:
    def work(name: str) -> dict[str, Any]:
        holds = FILES[name]
        known = [person for home in homes for person in home.persons if holds(home, person)]
        return inscribe(registry, name, known)

    return work


def _recorder(registry: Registry) -> Callable[[Aid], tuple[dict[str, Any], bool]]:
    """Records an aid's decision; the decision, and whether it was not there before."""

    def work(aid: Aid) -> tuple[dict[str, Any], bool]:
        cpas = registry.client(aid.household.cpas)
        known = cpas.decision_of(aid.reference)
        if known is not None:
            return known, False
        return cpas.post("/decisions", aid.as_json(), Idempotency_Key=aid.reference), True

    return work
