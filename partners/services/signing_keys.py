"""The keys that the messages of a subscription are signed with."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from attestations.services import persons
from partners.models import Subscription


def signing_keys(subscription: Subscription, now: datetime) -> list[str]:
    """The keys in force, newest first: during a rotation two."""
    live = Q(valid_until=None) | Q(valid_until__gt=now)
    return [
        persons.keyring().open(row.sealed)
        for row in subscription.secrets.filter(live).order_by("-id")
    ]
