"""Sending a round: several lanes at a time, each one event after the other.

When several lanes in a row fail and none gets through, the recipient itself is taken to be down,
and the rest is left unsent. The next round then begins with one lane alone, any of them: were it
always the first, five events that a recipient cannot read would stop it for good.
"""

from __future__ import annotations

import asyncio
import random
import uuid
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from partners.connections import Session
from partners.models import Subscription
from partners.payloads import encode_batch
from partners.retries import Outcome
from partners.services.rounds import FAILURES_TO_OPEN, Item, Round, lanes_of
from partners.transport import Answer, catch_up, post

LANES_AT_WORK = 16
BATCHES_AT_WORK = 4


async def send_round(session: Session, subscription: Subscription, round_: Round) -> int:
    """Fill in the answers; returns how many lanes have now failed in a row.

    From FAILURES_TO_OPEN on the recipient seems down, and the rest was left unsent.
    """
    await catch_up()
    health = _Health(subscription.failures)
    if health.down and round_.items:
        await _probe(session, subscription, round_, health)
        if health.down:
            return health.failures
    if subscription.batch_size > 1:
        await _send_batches(session, subscription, round_, health)
    else:
        await _send_lanes(session, subscription, round_, health)
    return health.failures


@dataclass
class _Health:
    """Failures in a row of different lanes; a success of any forgets them.

    From FAILURES_TO_OPEN on each try of the recipient counts once, however many lanes were at work
    when it went down: the waits between the tries grow with it.
    """

    failures: int

    @property
    def down(self) -> bool:
        return self.failures >= FAILURES_TO_OPEN

    def note(self, item: Item) -> None:
        if item.delivered:
            self.failures = 0
        elif item.lane is None and item.resend is None and not self.down:
            self.failures += 1  # a held lane that fails again says nothing new


async def _probe(
    session: Session, subscription: Subscription, round_: Round, health: _Health
) -> None:
    """Try the first event of one lane, before all others: a new one if there is any."""
    fresh = [lane for lane in round_.lanes if not (lane[0].lane or lane[0].resend)]
    first, *_ = random.choice(fresh or round_.lanes)
    if first.answer is None:
        first.answer = await _post(session, subscription, round_, [first])
    health.note(first)
    if not first.delivered:
        health.failures += 1


async def _send_lanes(
    session: Session, subscription: Subscription, round_: Round, health: _Health
) -> None:
    """So many lanes at a time, in turn, each up to the first event that fails.

    A lane that waits for its turn sees whether the others got through.
    """
    waiting = deque(iter(lane) for lane in round_.lanes)

    async def work() -> None:
        while waiting:
            lane = waiting.popleft()
            if (item := next(lane, None)) is None:
                continue
            if not await _send(session, subscription, round_, item, health):
                return
            if item.delivered:
                waiting.append(lane)

    await asyncio.gather(*(work() for _ in range(min(LANES_AT_WORK, len(waiting)))))


async def _send(
    session: Session, subscription: Subscription, round_: Round, item: Item, health: _Health
) -> bool:
    """Try one event; False if nothing more may be begun. One tried already counts."""
    if item.answer is None:
        if health.down or round_.is_over:
            return False
        item.answer = await _post(session, subscription, round_, [item])
    health.note(item)
    return True


async def _send_batches(
    session: Session, subscription: Subscription, round_: Round, health: _Health
) -> None:
    """Some batches at a time, no lane in two of them, until nothing is left to send."""
    while wave := _next_batches(round_, subscription.batch_size):
        await asyncio.gather(
            *(_send_batch(session, subscription, round_, batch, health) for batch in wave)
        )
        if health.down or round_.is_over:
            return


async def _send_batch(
    session: Session,
    subscription: Subscription,
    round_: Round,
    batch: Sequence[Item],
    health: _Health,
) -> None:
    """The events of a batch that fails are tried lane by lane."""
    answer = await _post(session, subscription, round_, batch)
    if answer.outcome is Outcome.DELIVERED or len(batch) == 1 or round_.is_over:
        # Without the time to try them apart, the answer to all is that to each.
        for item in batch:
            item.answer = answer
            health.note(item)
        return
    for lane in lanes_of(batch):
        for item in lane:
            if not await _send(session, subscription, round_, item, health):
                return
            if not item.delivered:
                break


def _next_batches(round_: Round, size: int) -> list[list[Item]]:
    """What is sent next, in feed order; a lane that is in one batch waits with its other events."""
    batches: list[list[Item]] = [[]]
    batch_of: dict[tuple[int, int], list[Item]] = {}
    for item in _sendable(round_):
        if len(batches[-1]) == size:
            if len(batches) == BATCHES_AT_WORK:
                break
            batches.append([])
        if batch_of.setdefault(item.lane_key, batches[-1]) is batches[-1]:
            batches[-1].append(item)
    return [batch for batch in batches if batch]


def _sendable(round_: Round) -> Iterator[Item]:
    """What may still go into a batch, in feed order: nothing twice, nothing behind a failure."""
    failed: set[tuple[int, int]] = set()
    for item in round_.items:
        if item.answer is not None:
            if not item.delivered:
                failed.add(item.lane_key)
        elif item.lane_key not in failed:
            yield item


async def _post(
    session: Session, subscription: Subscription, round_: Round, items: Sequence[Item]
) -> Answer:
    ids = [str(item.entry.event_id) for item in items]
    if subscription.batch_size > 1:
        # The same events in a batch have the same id, whenever it is sent.
        message_id = ids[0] if len(ids) == 1 else str(uuid.uuid5(uuid.NAMESPACE_OID, " ".join(ids)))
        body = encode_batch(item.body for item in items)
    else:
        (message_id,), body = ids, items[0].body
    headers = round_.signer.sign(message_id=message_id, timestamp=round_.instant(), body=body)
    if subscription.batch_size > 1:
        headers["Content-Type"] = "application/json"
    return await post(session, subscription.endpoint, body, headers)
