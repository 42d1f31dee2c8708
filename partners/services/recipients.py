"""Organisations as routing sees them, read whole: there are tens of them, not millions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from attestations.models.fields import to_span
from attestations.prepared import prepared
from partners.models import Subscription
from partners.routing import Permission, Recipient, Wish

# One question for the four tables: each row with its organisation, what it is about, its code or
# legal context, its number, and what it grants or asks for.
_STORED = """
SELECT id AS organisation, 'organisation' AS what, code, NULL::bigint AS number,
       NULL::varchar[] AS events, NULL::varchar[] AS rights, NULL::varchar[] AS aid_kinds,
       NULL::daterange AS period
  FROM partners_organisation
UNION ALL
SELECT organisation_id, 'permission', legal_context, id, events, rights, aid_kinds, period
  FROM partners_authorisation WHERE superseded_at IS NULL
UNION ALL
SELECT organisation_id, 'wish', legal_context, id, events, rights, NULL, NULL
  FROM partners_subscription WHERE removed_at IS NULL
UNION ALL
SELECT organisation_id, 'paused', "right", NULL, NULL, NULL, NULL, NULL
  FROM partners_recipientright WHERE NOT active
 ORDER BY organisation, what, code
"""


def load_recipients() -> list[Recipient]:
    """Every organisation with what it is authorised to know, wishes to, and is not told of."""
    with prepared() as cursor:
        cursor.execute(_STORED)
        rows = cursor.fetchall()
    return [_recipient(key, list(own)) for key, own in groupby(rows, key=itemgetter(0))]


def _recipient(organisation: int, rows: Sequence[tuple[Any, ...]]) -> Recipient:
    of: defaultdict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for _, what, *row in rows:
        of[what].append(tuple(row))
    return Recipient(
        organisation=organisation,
        code=of["organisation"][0][0],
        permissions=tuple(
            Permission(
                number,
                context,
                frozenset(events),
                frozenset(rights),
                frozenset(kinds),
                to_span(days),
            )
            for context, number, events, rights, kinds, days in of["permission"]
        ),
        wishes=tuple(
            Wish(context, frozenset(events), frozenset(rights))
            for context, _, events, rights, *_ in of["wish"]
        ),
        inactive_rights=frozenset(right for right, *_ in of["paused"]),
    )


def wish(subscription: Subscription) -> Wish:
    """What a subscription asks for."""
    return Wish(
        legal_context=subscription.legal_context,
        topics=frozenset(subscription.events),
        rights=frozenset(subscription.rights),
    )
