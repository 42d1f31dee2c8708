"""What the chapters of the story share: who plays, what was recorded, where the feeds stood."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from config.demo.account import Account
from config.demo.api import Caller, Registry, wait_for
from config.demo.loading import Aid
from config.demo.people import Cast, Household, Person, cast
from config.demo.rules import Period

PAGE = 1_000
# What people call the recipients of the configuration that are told of events.
CALLED = {
    "mutualities": "the health insurance funds",
    "energyAdministration": "the energy administration",
    "walloonFamilyFunds": "the Walloon family allowance funds",
    "flemishFamilyFunds": "the Flemish family allowance funds",
    "ostbelgienFamilyFunds": "the family benefits of the German-speaking Community",
    "deLijn": "De Lijn",
    "flemishCareFunds": "the Flemish care funds",
    "stib": "the STIB",
    "immigrationOffice": "the Immigration Office",
    "federal": "the federal service",
}


@dataclass
class Scene:
    """One telling of the story; its persons are in no other."""

    registry: Registry
    account: Account
    telling: int
    cast: Cast
    # Where the feed of each recipient stood when the story began.
    began: dict[str, str] = field(default_factory=dict)
    # The decisions of the story as last answered, by what they are about.
    decisions: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def on(self) -> date:
        return self.registry.on

    def aid(self, household: Household, about: str, *, years: int = 1) -> Aid:
        """Integration income since about three weeks, decided two days ago, for some years.

        It starts on a day that every month has, so that months are counted without exceptions.
        """
        start = self.on - timedelta(days=20)
        start = start.replace(day=min(start.day, 28))
        end = start.replace(year=start.year + years) - timedelta(days=1)
        decided_on = self.on - timedelta(days=2)
        reference = f"STORY/{self.telling}/{about}"
        return Aid(household, reference, "integrationIncome", decided_on, start, end)

    def record(self, aid: Aid, about: str) -> dict[str, Any]:
        """Record the aid's decision as its CPAS, and remember it."""
        cpas = self.registry.client(aid.household.cpas)
        self.decisions[about] = cpas.post(
            "/decisions", aid.as_json(), Idempotency_Key=aid.reference
        )
        return self.decisions[about]

    def period_of(self, name: str, right: str, person: Person, on: date) -> dict[str, Any]:
        """Outcome and periods of a right as a recipient sees them on a day."""
        item = self.registry.client(name).rights(right, [person.ssin], on)[person.ssin]
        return {key: item[key] for key in ("outcome", "periods") if key in item}

    def told(self, name: str, ending: str, person: Person) -> dict[str, Any]:
        """The event of that kind on a person, once it is in a recipient's feed."""
        client = self.registry.client(name)

        def look() -> dict[str, Any] | None:
            events, _ = events_after(client, self.began[name])
            for event in events:
                if event["type"].endswith(ending) and event["data"]["ssin"] == person.ssin:
                    return event
            return None

        return wait_for(f"an event {ending} for {name}", look)


def begin(registry: Registry, account: Account) -> Scene:
    """A telling with persons of whom the registry knows nothing yet."""
    namur = registry.client("cpas-namur")
    telling = 0
    while namur.decision_of(f"STORY/{telling}/family"):
        telling += 1
    scene = Scene(registry, account, telling, cast(telling))
    for name in CALLED:
        _, scene.began[name] = events_after(registry.client(name), "")
    return scene


def events_after(client: Caller, cursor: str) -> tuple[list[dict[str, Any]], str]:
    """All events of a recipient after a cursor ("" for the beginning), and where they end."""
    events: list[dict[str, Any]] = []
    while True:
        after = f"&after={cursor}" if cursor else ""
        page = client.get(f"/events?pageSize={PAGE}{after}")
        events += page["items"]
        cursor = page["cursor"]
        if len(page["items"]) < PAGE:
            return events, cursor


def applies(period: Period) -> dict[str, Any]:
    """How the registry says that a right applies during one period."""
    start, end = period
    days = {"startDate": start.isoformat(), "endDate": end.isoformat()}
    return {"outcome": "applies", "periods": [days]}


DOES_NOT_APPLY = {"outcome": "doesNotApply"}


def spoken(day: date) -> str:
    """A day as people say it: 2 June 2026."""
    return f"{day.day} {day:%B %Y}"


def until(period: Period) -> str:
    return f"from {spoken(period[0])} to {spoken(period[1])}"
