"""Authorisations, version by version: what was sent under one stays as it was under it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from attestations.locks import lock_name
from attestations.periods import Span
from partners.models import Authorisation


@dataclass(frozen=True)
class Terms:
    """What a deliberation lets an organisation know, for what purpose, and when."""

    purpose: Mapping[str, str]
    effect: str
    rights: Sequence[str]
    aid_kinds: Sequence[str]
    events: Sequence[str]
    fields: Sequence[str]
    period: Span

    def say_the_same_as(self, row: Authorisation) -> bool:
        """Whether the row needs no new version; the order of a list means nothing."""
        return (
            dict(self.purpose) == row.purpose
            and self.effect == row.effect
            and self.period == row.period
            and all(
                set(getattr(self, name)) == set(getattr(row, name))
                for name in ("rights", "aid_kinds", "events", "fields")
            )
        )


@transaction.atomic
def authorise(
    *, organisation_id: int, legal_context: str, terms: Terms, now: datetime
) -> Authorisation | None:
    """The first or next version of the authorisation; None when these terms already hold.

    The version before is closed at `now`, never changed.
    """
    lock_name(f"authorisation {organisation_id} {legal_context}")
    current = Authorisation.objects.filter(
        organisation_id=organisation_id, legal_context=legal_context, superseded_at=None
    ).first()
    if current is not None:
        if terms.say_the_same_as(current):
            return None
        Authorisation.objects.filter(pk=current.pk).update(superseded_at=now)
    return Authorisation.objects.create(
        organisation_id=organisation_id,
        legal_context=legal_context,
        version=current.version + 1 if current else 1,
        purpose=dict(terms.purpose),
        effect=terms.effect,
        rights=list(terms.rights),
        aid_kinds=list(terms.aid_kinds),
        events=list(terms.events),
        fields=list(terms.fields),
        period=terms.period,
    )
