"""What a recipient may still be told, on a day, of what entered its feed before.

An entry stays in the feed for good; whether its content may be shown is decided anew each time it
is read or sent, by the authorisations that are valid that day.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from django.db import connection

from attestations.models.fields import to_span
from attestations.periods import Timeline
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
    """An entry of a feed as a standing looks at it; `fields` (as JSON) were opened then."""

    @property
    def legal_context(self) -> str: ...
    @property
    def topic(self) -> str: ...
    @property
    def code(self) -> str: ...
    @property
    def fields(self) -> str: ...


@dataclass(frozen=True)
class Standing:
    """The authorisations of one organisation that are valid on a day, by legal context."""

    permissions: dict[str, Permission]
    fields: dict[str, frozenset[str]]
    _allowed: dict[tuple[str, str, str], bool] = field(default_factory=dict, compare=False)
    _opened: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict, compare=False)

    def has(self, legal_context: str) -> bool:
        """Whether anything at all may be told under this legal context."""
        return legal_context in self.permissions

    def allows(self, entry: Told) -> bool:
        """Whether the content of this entry may still be told."""
        asked = entry.legal_context, entry.topic, entry.code
        found = self._allowed.get(asked)
        if found is None:
            permission = self.permissions.get(entry.legal_context)
            matter = Matter(entry.topic, entry.code, Timeline())
            found = permission is not None and permission.covers(matter)
            self._allowed[asked] = found
        return found

    def fields_of(self, entry: Told) -> frozenset[str]:
        """The fields opened when the entry was made, less those that were taken away since."""
        asked = entry.legal_context, entry.fields
        found = self._opened.get(asked)
        if found is None:
            found = self.fields[entry.legal_context].intersection(json.loads(entry.fields))
            self._opened[asked] = found
        return found

    @property
    def name(self) -> str:
        """Another one as soon as anything else may be told."""
        keys = sorted(one.key for one in self.permissions.values())
        return hashlib.sha256(",".join(map(str, keys)).encode()).hexdigest()


def standing_of(organisation_id: int, *, on: date) -> Standing:
    """What the organisation may be told on `on`."""
    standing = Standing({}, {})
    with connection.cursor() as cursor:
        cursor.execute(_VALID, {"organisation": organisation_id, "on": on})
        for key, context, period, fields, *told in cursor.fetchall():
            topics, rights, kinds = map(frozenset, told)
            standing.permissions[context] = Permission(
                key, context, topics, rights, kinds, to_span(period)
            )
            standing.fields[context] = frozenset(fields)
    return standing


_VALID = """
SELECT id, legal_context, period, fields, events, rights, aid_kinds
FROM partners_authorisation
WHERE organisation_id = %(organisation)s AND superseded_at IS NULL AND period @> %(on)s::date
"""
