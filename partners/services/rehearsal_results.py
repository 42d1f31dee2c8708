"""What a rehearsal found, counted: who would gain and lose, where, and who would be told how much.

Counts of rows and nothing else: no person is read for them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Count, Q

from derived_rights.engine.catalogue import rights
from derived_rights.models import Rehearsal
from derived_rights.transitions import WORDS
from partners.models import Organisation, RehearsedMessage, Subscription

MEANING = {
    "gained": ("granted", "extended"),
    "lost": ("reduced", "ended"),
    "moved": ("corrected",),
    "undetermined": ("undetermined",),
}


@dataclass
class Balance:
    """How many by what it means: days only added, only taken away, both, or no longer certain.

    Somebody for whom several rights change may count in several of them, and once in `total`.
    """

    gained: int = 0
    lost: int = 0
    moved: int = 0
    undetermined: int = 0
    total: int = 0

    def add(self, transition: str, count: int) -> None:
        name = next((name for name, words in MEANING.items() if transition in words), "moved")
        setattr(self, name, getattr(self, name) + count)
        self.total += count


@dataclass
class Load:
    """What one recipient would be sent: events in its feed, and requests to its endpoints."""

    organisation: Organisation
    balance: Balance = field(default_factory=Balance)
    requests: int = 0


@dataclass(frozen=True)
class Results:
    """Persons by right and by municipality, messages by recipient.

    `words` counts the messages by right and by the word that they would bear.
    """

    persons: int
    by_right: dict[str, Balance]
    by_municipality: dict[str, Balance]
    loads: list[Load]
    words: dict[tuple[str, str], int]

    @property
    def messages(self) -> int:
        return sum(load.balance.total for load in self.loads)

    @property
    def requests(self) -> int:
        return sum(load.requests for load in self.loads)


def results(rehearsal: Rehearsal) -> Results:
    """The counts so far; of a rehearsal that still runs they grow."""
    messages = (
        RehearsedMessage.objects.filter(change__rehearsal=rehearsal)
        .values_list("organisation", "legal_context", "change__right", "change__transition")
        .annotate(count=Count("pk"))
        .order_by("organisation")
    )
    words: defaultdict[tuple[str, str], int] = defaultdict(int)
    for _organisation, _context, right, transition, count in messages:
        words[right, WORDS[rights()[right].effect][transition]] += count
    return Results(
        persons=rehearsal.changes.values("person").distinct().count(),
        by_right=_persons(rehearsal, "right"),
        by_municipality=_persons(rehearsal, "municipality_code"),
        loads=_loads(messages),
        words=dict(words),
    )


def _persons(rehearsal: Rehearsal, column: str) -> dict[str, Balance]:
    """How many persons, by the values of a column."""
    counted = {
        name: Count("person", distinct=True, filter=Q(transition__in=words))
        for name, words in MEANING.items()
    }
    rows = rehearsal.changes.values(column).annotate(
        **counted, total=Count("person", distinct=True)
    )
    return {row.pop(column): Balance(**row) for row in rows.order_by(column)}


def _loads(messages: Iterable[tuple[int, str, str, str, int]]) -> list[Load]:
    organisations = Organisation.objects.in_bulk({row[0] for row in messages})
    loads = {pk: Load(organisations[pk]) for pk in organisations}
    counts: defaultdict[tuple[int, str, str], int] = defaultdict(int)
    for organisation, context, right, transition, count in messages:
        loads[organisation].balance.add(transition, count)
        counts[organisation, context, right] += count
    pushed = Subscription.objects.filter(organisation__in=loads, removed_at=None)
    for row in pushed.exclude(endpoint=""):
        events = sum(
            count
            for (organisation, context, right), count in counts.items()
            if organisation == row.organisation_id
            and context == row.legal_context
            and (not row.rights or right in row.rights)
        )
        loads[row.organisation_id].requests += -(-events // max(row.batch_size, 1))
    return sorted(loads.values(), key=lambda load: load.balance.total, reverse=True)
