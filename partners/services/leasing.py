"""The lease of a subscription: whoever holds it may send one round to its endpoint.

It is taken only while there is something to deliver, and given back where the round is written
down. To try to take it again is therefore also the look that closes the gap in which an event came
in while its announcer found the lease taken.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from attestations import clock
from attestations.prepared import prepared
from partners.models import Subscription
from partners.services.standing import MAY_BE_PUSHED

# A round starts nothing after 2 s, and one attempt lasts at most 10 s: so the lease outlives it. A
# killed drain is missed for that long.
LEASE_SECONDS = 18.0
# So many events beyond the cursor keep a processor busy for a while.
BACKLOG = 2_000

# Of a subscription `s`: whether there is something to deliver now, and no drain at work. One whose
# authorisation has ended has nothing to deliver until it is given anew.
_IS_DUE = f"""
    s.status = 'active' AND s.removed_at IS NULL AND s.endpoint <> ''
    AND (s.leased_until IS NULL OR s.leased_until < clock_timestamp())
    AND (s.retry_at IS NULL OR s.retry_at <= clock_timestamp())
    AND {MAY_BE_PUSHED}
    AND (s.replay_after IS NOT NULL
         OR EXISTS (SELECT FROM partners_feedhead h
                    WHERE h.organisation_id = s.organisation_id AND h.position > s.cursor)
         OR EXISTS (SELECT FROM partners_heldlane l WHERE l.subscription_id = s.id
                    AND l.parked_at IS NULL AND l.retry_at <= clock_timestamp())
         OR EXISTS (SELECT FROM partners_resend r WHERE r.subscription_id = s.id
                    AND r.retry_at <= clock_timestamp()))
"""


class Leased(NamedTuple):
    """A subscription as it was when its lease was taken, by the database's clock at `now`."""

    subscription: Subscription
    now: datetime


class Due(NamedTuple):
    """A subscription to deliver to; `is_backlog` when its feed holds many rounds for it."""

    subscription_id: int
    is_backlog: bool


def due_subscriptions() -> list[Due]:
    """Subscriptions with something to deliver now and no drain at work."""
    with prepared() as cursor:
        cursor.execute(
            f"""
            SELECT s.id, coalesce((SELECT h.position - s.cursor >= %(backlog)s
                                   FROM partners_feedhead h
                                   WHERE h.organisation_id = s.organisation_id), false)
            FROM partners_subscription s WHERE {_IS_DUE} ORDER BY s.id
            """,
            {"on": clock.today(), "backlog": BACKLOG},
        )
        return list(map(Due._make, cursor.fetchall()))


def take_lease(subscription_id: int) -> Leased | None:
    """The subscription under a new lease; None if nothing is due, or somebody else holds it.

    Of the other tables nothing is told here: had this to wait for the round of another to be
    written down, it would still see them as they were before.
    """
    fields = Subscription._meta.concrete_fields
    columns = ", ".join(f's."{field.column}"' for field in fields)
    with prepared() as cursor:
        cursor.execute(
            f"""
            UPDATE partners_subscription s
            SET lease = %(lease)s,
                leased_until = clock_timestamp() + make_interval(secs => %(seconds)s)
            WHERE s.id = %(subscription)s AND {_IS_DUE}
            RETURNING clock_timestamp(), {columns}
            """,
            {
                "lease": uuid.uuid4(),
                "seconds": LEASE_SECONDS,
                "subscription": subscription_id,
                "on": clock.today(),
            },
        )
        taken = cursor.fetchone()
    if taken is None:
        return None
    now, *values = taken
    names = [field.attname for field in fields]
    return Leased(Subscription.from_db(connection.alias, names, values), now)


def give_back(subscription: Subscription) -> None:
    """Let go of a lease under which nothing was written down; no harm if it is lost already."""
    Subscription.objects.filter(pk=subscription.pk, lease=subscription.lease).update(
        lease=None, leased_until=None
    )
