"""A CPAS's own decisions under two clocks: which days they cover, and what was known when."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from attestations.models import Cpas, Decision, DecisionVersion
from attestations.models.fields import to_range
from attestations.periods import Span
from attestations.recorded import believed
from attestations.services import identities, persons
from attestations.ssin import Ssin


def decisions_of(
    *,
    cpas: Cpas,
    ssin: Ssin | None = None,
    reference: str | None = None,
    during: Span | None = None,
    known_at: datetime | None = None,
) -> QuerySet[Decision, Decision]:
    """The CPAS's decisions on a person, under whatever number, or under a reference.

    With `during`, those whose aid, as known, covers a day of it: a cancelled decision covers none.
    With `known_at`, as they stood at that instant; before the first recording there are none, and
    before a replacement of a number was recorded, none that stood under the other number.
    """
    rows = Decision.objects.filter(cpas=cpas)
    if ssin is not None:
        number = persons.find(ssin)
        if number is None:
            return rows.none()
        rows = rows.filter(person_id__in=identities.ids_under(number, known_at))
    if reference is not None and known_at is None:
        rows = rows.filter(reference=reference)  # which an index serves
    if during is None and known_at is None:
        return rows
    versions = DecisionVersion.objects.filter(believed(known_at), decision=OuterRef("pk"))
    if reference is not None:
        versions = versions.filter(reference=reference)
    if during is not None:
        versions = versions.filter(period__overlap=to_range(during)).exclude(
            change=DecisionVersion.Change.CANCELLED
        )
    return rows.filter(Exists(versions))
