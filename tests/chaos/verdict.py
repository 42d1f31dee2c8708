"""What a storm has done: lost, invented, out of order, repeated. From what each side holds."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

Decided = set[tuple[str, str]]  # SSIN and first day of each decision that was acknowledged


@dataclass
class Ledger:
    """What one recipient got, in the order it came; `take` is given each body."""

    first: dict[str, tuple[str, int]] = field(default_factory=dict)  # id -> person, position
    bodies: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    taken: Counter[str] = field(default_factory=Counter)
    attested: Decided = field(default_factory=set)
    out_of_order: list[str] = field(default_factory=list)
    _last: dict[str, int] = field(default_factory=dict)

    def take(self, body: bytes, *, taken: bool) -> None:
        """A call with one event or several; `taken` when the recipient has kept it."""
        content = json.loads(body)
        for event in content.get("items", [content]):
            self.bodies[event["id"]].add(json.dumps(event, sort_keys=True))
            if taken:
                self._keep(event)

    def _keep(self, event: dict) -> None:
        name, data = event["id"], event["data"]
        self.taken[name] += 1
        if name in self.first:
            return
        person, position = data["ssin"], event["position"]
        if position < self._last.get(person, 0):
            self.out_of_order.append(name)
        self._last[person] = max(position, self._last.get(person, 0))
        self.first[name] = person, position
        if "nature" in data:
            self.attested.add((person, data["startDate"]))


@dataclass(frozen=True)
class Verdict:
    """Per recipient; all but `repeated` and `allowed` must be zero."""

    lost: int
    invented: int
    out_of_order: int
    unequal: int
    repeated: int
    allowed: int

    @property
    def holds(self) -> bool:
        wrong = self.lost + self.invented + self.out_of_order + self.unequal
        return wrong == 0 and self.repeated <= self.allowed


def table(verdicts: dict[str, Verdict]) -> list[str]:
    """Lines of a table, a recipient in each."""
    columns = ("lost", "invented", "out_of_order", "unequal", "repeated", "allowed")
    head = "".join(f"{name.replace('_', ' '):>14}" for name in columns)
    return [f"{'':10}{head}"] + [
        f"{name:10}" + "".join(f"{getattr(verdict, one):>14}" for one in columns)
        for name, verdict in verdicts.items()
    ]


def judge(ledger: Ledger, decided: Decided, feed: Iterable[str], *, allowed: int) -> Verdict:
    """Compare what came with what was acknowledged to the CPAS, and with the feed.

    The feed alone could lack what it should hold, so attestations are held against the decisions
    that writers had acknowledged; nothing of the registry is believed there.
    """
    entries = set(feed)
    return Verdict(
        lost=len(decided - ledger.attested) + len(entries - ledger.first.keys()),
        invented=len(ledger.attested - decided) + len(ledger.first.keys() - entries),
        out_of_order=len(ledger.out_of_order),
        unequal=sum(len(bodies) > 1 for bodies in ledger.bodies.values()),
        repeated=sum(count - 1 for count in ledger.taken.values()),
        allowed=allowed,
    )
