"""What a recipient may still be told, on a day, of what entered its feed before.

An entry stays in the feed for good; whether its content may be shown is decided anew each time it
is read or sent, by the authorisations that are valid that day.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from attestations.models.fields import to_span
from attestations.periods import Timeline
from attestations.prepared import prepared
from partners.models import Authorisation
from partners.routing import Matter, Permission

# Of a subscription `s`, in SQL: whether anything may be pushed to it on the day `on`.
MAY_BE_PUSHED = """
    s.proved_at IS NOT NULL
    AND EXISTS (SELECT FROM partners_authorisation a
                WHERE a.organisation_id = s.organisation_id
                AND a.legal_context = s.legal_context
                AND a.superseded_at IS NULL AND a.period @> %(on)s::date)
"""


class Told(Protocol):
    """An entry of a feed as a standing looks at it; the version of its authorisation opened it."""

    @property
    def authorisation_id(self) -> int: ...
    @property
    def legal_context(self) -> str: ...
    @property
    def topic(self) -> str: ...
    @property
    def code(self) -> str: ...


@dataclass(frozen=True)
class Standing:
    """The authorisations of one organisation that are valid on a day, by legal context.

    `fields` are those of each version of an authorisation that was asked for.
    """

    permissions: dict[str, Permission]
    fields: dict[int, frozenset[str]]
    _opened: dict[tuple[int, str, str], frozenset[str] | None] = field(
        default_factory=dict, compare=False
    )

    def has(self, legal_context: str) -> bool:
        """Whether anything at all may be told under this legal context."""
        return legal_context in self.permissions

    def allows(self, entry: Told) -> bool:
        """Whether the content of this entry may still be told."""
        return self.opened(entry) is not None

    def opened(self, entry: Told) -> frozenset[str] | None:
        """The fields opened when the entry was made, less those that were taken away since.

        None: nothing of it may be told any more.
        """
        asked = entry.authorisation_id, entry.topic, entry.code
        try:
            return self._opened[asked]
        except KeyError:
            found = self._opened[asked] = self._open(entry)
            return found

    def _open(self, entry: Told) -> frozenset[str] | None:
        permission = self.permissions.get(entry.legal_context)
        if permission is None or not permission.covers(Matter(entry.topic, entry.code, Timeline())):
            return None
        pinned = entry.authorisation_id
        if pinned not in self.fields:  # one that was replaced, or has replaced what was valid
            found = Authorisation.objects.values_list("fields", flat=True).get(pk=pinned)
            self.fields[pinned] = frozenset(found)
        return self.fields[permission.key] & self.fields[pinned]

    @property
    def name(self) -> str:
        """Another one as soon as anything else may be told."""
        keys = sorted(one.key for one in self.permissions.values())
        return hashlib.sha256(",".join(map(str, keys)).encode()).hexdigest()


def standing_of(organisation_id: int, *, on: date) -> Standing:
    """What the organisation may be told on `on`."""
    standing = Standing({}, {})
    with prepared() as cursor:
        cursor.execute(_VALID, {"organisation": organisation_id, "on": on})
        for key, context, period, fields, *told in cursor.fetchall():
            topics, rights, kinds = map(frozenset, told)
            standing.permissions[context] = Permission(
                key, context, topics, rights, kinds, to_span(period)
            )
            standing.fields[key] = frozenset(fields)
    return standing


_VALID = """
SELECT id, legal_context, period, fields, events, rights, aid_kinds
FROM partners_authorisation
WHERE organisation_id = %(organisation)s AND superseded_at IS NULL AND period @> %(on)s::date
"""
