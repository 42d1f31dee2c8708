"""The one door by which a recipient reads a person: authorisation, purpose, a file of its own."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from attestations.errors import NotPermitted
from attestations.models.fields import to_range
from attestations.periods import Span
from attestations.services import identities
from partners.models import Authorisation, Inscription


def authorised(organisation_id: int, legal_context: object, *, on: date) -> Authorisation:
    """The organisation's authorisation under this code, valid on `on`.

    Raises NotPermitted, alike for one that is missing, ended, or another's: before any look-up
    of a person.
    """
    refused = NotPermitted(
        "Name one of your authorisations, valid today, as legalContext in the body."
    )
    if not isinstance(legal_context, str) or not legal_context or "\x00" in legal_context:
        raise refused
    found = Authorisation.objects.filter(
        organisation_id=organisation_id, legal_context=legal_context, superseded_at=None
    ).first()
    if found is None or on not in found.period:
        raise refused
    return found


def visible_to(organisation_id: int, person_ids: Iterable[int], *, during: Span) -> set[int]:
    """Those persons on whom the organisation holds a file on at least one day of the span.

    Persons are given and returned by their roots; a file under any of their numbers counts.
    """
    asked = set(person_ids)
    same = identities.known(asked)
    inscribed = Inscription.objects.filter(
        organisation_id=organisation_id,
        person_id__in=same.ids(asked),
        superseded_at=None,
        period__overlap=to_range(during),
    )
    return same.roots(inscribed.values_list("person_id", flat=True))
