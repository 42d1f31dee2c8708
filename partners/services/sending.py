"""Sending a round: several lanes at a time, each one event after the other.

When several lanes in a row fail and none gets through, the recipient itself is taken to be down,
and the rest is left unsent.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from partners.models import Subscription
from partners.payloads import encode_batch
from partners.retries import Outcome
from partners.services.rounds import FAILURES_TO_OPEN, Item, Round
from partners.signing import sign
from partners.transport import Answer, Session, post

LANES_AT_WORK = 16


async def send_round(session: Session, subscription: Subscription, round_: Round) -> int:
    """Fill in the answers; returns how many lanes have now failed in a row.

    From FAILURES_TO_OPEN on the recipient seems down, and the rest was left unsent.
    """
    health = _Health(subscription.failures, asyncio.Semaphore(LANES_AT_WORK))
    if subscription.batch_size > 1:
        await _send_batches(session, subscription, round_, health)
    else:
        await asyncio.gather(
            *(_send_lane(session, subscription, round_, lane, health) for lane in round_.lanes)
        )
    return health.failures


@dataclass
class _Health:
    """Failures in a row of different lanes; a success of any forgets them.

    `at_work` bounds how many lanes are sent at a time, so that one that waits its turn sees
    whether the others got through.
    """

    failures: int
    at_work: asyncio.Semaphore

    @property
    def down(self) -> bool:
        return self.failures >= FAILURES_TO_OPEN

    def note(self, item: Item) -> None:
        if item.delivered:
            self.failures = 0
        elif item.lane is None and item.resend is None:
            self.failures += 1  # a held lane that fails again says nothing new


async def _send_lane(
    session: Session, subscription: Subscription, round_: Round, lane: list[Item], health: _Health
) -> None:
    """One event after the other, up to the first that fails."""
    probing = health.down
    for item in lane:
        async with health.at_work:
            if (health.down and not probing) or round_.is_over:
                return
            item.answer = await _post(session, subscription, round_, [item])
            health.note(item)
        if not item.delivered:
            return


async def _send_batches(
    session: Session, subscription: Subscription, round_: Round, health: _Health
) -> None:
    """Batches one after the other; the events of one that fails are tried lane by lane."""
    for start in range(0, len(round_.items), subscription.batch_size):
        batch = round_.items[start : start + subscription.batch_size]
        answer = await _post(session, subscription, round_, batch)
        if answer.outcome is Outcome.DELIVERED or len(batch) == 1:
            for item in batch:
                item.answer = answer
                health.note(item)
        else:
            part = Round(batch, round_.read_to, round_.now, round_.keys, round_.started)
            for lane in part.lanes:
                await _send_lane(session, subscription, round_, lane, health)
        if health.down or round_.is_over:
            return


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
    headers = sign(message_id=message_id, timestamp=round_.instant(), body=body, keys=round_.keys)
    if subscription.batch_size > 1:
        headers["Content-Type"] = "application/json"
    return await post(session, subscription.endpoint, body, headers)
