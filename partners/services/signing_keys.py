"""The keys that the messages of a subscription are signed with."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import connection

from attestations.services import persons
from partners.models import Subscription

# Of a subscription `s`, in SQL: its sealed keys in force at `now`, the newest first.
LIVE_KEYS = """
    ARRAY(SELECT k.sealed FROM partners_subscriptionsecret k
          WHERE k.subscription_id = s.id AND (k.valid_until IS NULL OR k.valid_until > %(now)s)
          ORDER BY k.id DESC)
"""


def signing_keys(subscription: Subscription, now: datetime) -> list[str]:
    """The keys in force, newest first: during a rotation two."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {LIVE_KEYS} FROM partners_subscription s WHERE s.id = %(subscription)s",
            {"subscription": subscription.pk, "now": now},
        )
        (sealed,) = cursor.fetchone()
    return opened(sealed)


def opened(sealed: Iterable[bytes]) -> list[str]:
    """Keys of `LIVE_KEYS`, to sign with."""
    return [persons.keyring().open(key) for key in sealed]
