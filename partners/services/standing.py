"""What a recipient may still be told, on a day, of what entered its feed before.

An entry stays in the feed for good; whether its content may be shown is decided anew each time it
is read or sent, by the authorisations that are valid that day.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from attestations.periods import Timeline
from partners.models import Authorisation, FeedEntry
from partners.routing import Matter, Permission
from partners.services.recipients import permission

# Of a subscription `s`, in SQL: whether anything may be pushed to it on the day `on`.
MAY_BE_PUSHED = """
    s.proved_at IS NOT NULL
    AND EXISTS (SELECT FROM partners_authorisation a
                WHERE a.organisation_id = s.organisation_id
                AND a.legal_context = s.legal_context
                AND a.superseded_at IS NULL AND a.period @> %(on)s::date)
"""


@dataclass(frozen=True)
class Standing:
    """The authorisations of one organisation that are valid on a day, by legal context."""

    permissions: dict[str, Permission]
    fields: dict[str, frozenset[str]]

    def has(self, legal_context: str) -> bool:
        """Whether anything at all may be told under this legal context."""
        return legal_context in self.permissions

    def allows(self, entry: FeedEntry) -> bool:
        """Whether the content of this entry may still be told."""
        found = self.permissions.get(entry.legal_context)
        return found is not None and found.covers(Matter(entry.topic, entry.code, Timeline()))

    def fields_of(self, entry: FeedEntry) -> frozenset[str]:
        """The fields opened when the entry was made, less those that were taken away since."""
        return self.fields[entry.legal_context].intersection(entry.authorisation.fields)

    @property
    def name(self) -> str:
        """Another one as soon as anything else may be told."""
        keys = sorted(one.key for one in self.permissions.values())
        return hashlib.sha256(",".join(map(str, keys)).encode()).hexdigest()


def standing_of(organisation_id: int, *, on: date) -> Standing:
    """What the organisation may be told on `on`."""
    rows: Iterable[Authorisation] = Authorisation.objects.filter(
        organisation_id=organisation_id, superseded_at=None
    )
    valid = [row for row in rows if on in row.period]
    return Standing(
        {row.legal_context: permission(row) for row in valid},
        {row.legal_context: frozenset(row.fields) for row in valid},
    )
