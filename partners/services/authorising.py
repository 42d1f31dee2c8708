"""Authorisations, version by version: what was sent under one stays as it was under it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from attestations.errors import InvalidInput
from attestations.locks import lock_name
from attestations.periods import Span
from derived_rights.engine.catalogue import rights as catalogue
from derived_rights.engine.right import Effect
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


def mixed_effects(effect: str, codes: Iterable[str]) -> str:
    """What is wrong with an authorisation of this effect for these rights; empty if nothing is.

    What is checked against a person, or set off, is known under a legal context of its own: never
    under the one that lets favours be told. Without an effect the rights say it, all alike.
    """
    contexts = {code: catalogue()[code].effect.context for code in codes}
    wanted = Effect(effect).context if effect else next(iter(contexts.values()), "")
    other = sorted(code for code, context in contexts.items() if context != wanted)
    if not other:
        return ""
    stated = effect or wanted
    return _(
        "An authorisation with the effect %(effect)s opens no right with another: %(rights)s needs"
        " a legal context of its own."
    ) % {"effect": stated, "rights": ", ".join(other)}


@transaction.atomic
def authorise(
    *, organisation_id: int, legal_context: str, terms: Terms, now: datetime
) -> Authorisation | None:
    """The first or next version of the authorisation; None when these terms already hold.

    The version before is closed at `now`, never changed. InvalidInput where the terms mix effects.
    """
    if mixed := mixed_effects(terms.effect, terms.rights):
        raise InvalidInput(mixed, "rights")
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
