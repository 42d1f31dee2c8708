"""One round of a drain: the events that are sent at once, and what was answered."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from partners.models import HeldLane, Resend, Subscription
from partners.retries import Outcome
from partners.services.feed_rows import Entry
from partners.signing import Signer
from partners.transport import Answer

# Set when the process is about to end: rounds then write down what they reached, and nothing more
# is begun, so that an orderly end repeats nothing.
ending = threading.Event()

# A round starts nothing after this long. What is sent and not yet written down would be sent again:
# so rounds are short, and end before their lease.
ROUND_SECONDS = 2.0
ROUND = 500
# Of large batches there are more in a round: what it costs besides is the same.
BATCHES_PER_ROUND = 20
LARGEST_ROUND = 2_000
# So many lanes failing in a row, with no success between them, are the recipient's own failure.
FAILURES_TO_OPEN = 5


@dataclass(eq=False)
class Item:
    """One event to send, and why: for the first time, from a held lane, or once again."""

    entry: Entry
    body: bytes = b""
    lane: HeldLane | None = None
    resend: Resend | None = None
    answer: Answer | None = None

    @property
    def lane_key(self) -> tuple[int, int]:
        """Equal for the events of one lane: those of a person; a resend is a lane of its own."""
        return self.entry.person_id, self.resend.pk if self.resend else 0

    @property
    def delivered(self) -> bool:
        return self.answer is not None and self.answer.outcome is Outcome.DELIVERED


@dataclass
class Round:
    """What a drain does at once.

    `read_to` is the feed's last position that was looked at; `goes_on`, whether there may be more
    behind it.
    """

    items: list[Item]
    read_to: int
    now: datetime
    signer: Signer
    goes_on: bool = False
    started: float = field(default_factory=time.monotonic)

    @property
    def is_over(self) -> bool:
        """Whether it is time to write down what was reached, and leave the rest to the next."""
        return ending.is_set() or time.monotonic() - self.started > ROUND_SECONDS

    def instant(self) -> datetime:
        """The database's clock, carried on by ours since the round was read."""
        return self.now + timedelta(seconds=time.monotonic() - self.started)

    @property
    def lanes(self) -> list[list[Item]]:
        """The items by lane, in feed order."""
        return lanes_of(self.items)


def round_size(subscription: Subscription) -> int:
    """How many entries of the feed a round looks at: the most that is sent before it is noted."""
    return min(max(ROUND, BATCHES_PER_ROUND * subscription.batch_size), LARGEST_ROUND)


def lanes_of(items: Iterable[Item]) -> list[list[Item]]:
    """Items by lane, each in the order given."""
    lanes: dict[tuple[int, int], list[Item]] = {}
    for item in items:
        lanes.setdefault(item.lane_key, []).append(item)
    return list(lanes.values())
