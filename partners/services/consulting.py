"""Answering a recipient's question about persons, within its authorisation and its files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_

from django.db.models import Q

from attestations.models import Attestation
from attestations.models.fields import to_range
from attestations.periods import Span
from attestations.recorded import believed
from attestations.services import identities, persons
from attestations.services.access import Reading
from attestations.services.identities import Identities
from attestations.ssin import Ssin
from derived_rights.models import RightChange, RightPeriod
from derived_rights.services import deriving
from derived_rights.services.catalogue import active_rights
from partners.models import Authorisation, RecipientRight
from partners.services.access import days_of_file, visible_to

NOBODY = 0  # no person has this id


@dataclass(frozen=True)
class RightAnswer:
    """A person's right: the stored periods that touch the days asked for, and its version.

    `periods` is None where the caller may not know: the right is off, or the person foreign or
    absent, which is not told apart.
    """

    ssin: Ssin
    right: str
    periods: Sequence[RightPeriod] | None = None
    version: int = 0


def rights(
    authorisation: Authorisation,
    ssins: Sequence[Ssin],
    codes: Sequence[str],
    *,
    during: Span,
    known_at: datetime | None,
    noted: Reading,
) -> list[RightAnswer]:
    """One answer per person and right. Foreign and absent persons are answered alike."""
    organisation = authorisation.organisation_id
    numbers = persons.find_many(ssins)
    person_of = {number: persons.root_id(row) for number, row in numbers.items()}
    visible = visible_to(organisation, person_of.values(), during=during)
    noted.refused(*(set(person_of.values()) - visible))
    noted.served(*visible)
    if known_at is None:
        deriving.derive_pending_of(visible)
    on = rights_on(organisation, codes)
    seen = {number: row for number, row in numbers.items() if person_of[number] in visible}
    # Whose file it is, is a question of today; who was who, one of the instant.
    same = identities.known_at({row.person_id for row in seen.values()}, known_at)
    then = {
        number: same.root(row.person_id)
        for number, row in seen.items()
        if identities.leads(row, known_at)
    }
    periods = _periods(same, then.values(), on, known_at)
    versions = _versions(same, then.values(), on, known_at)
    answers = []
    for ssin in ssins:
        for code in codes:
            if ssin.number not in seen or code not in on:
                answers.append(RightAnswer(ssin, code))
                continue
            key = then.get(ssin.number, NOBODY), code
            touching = [one for one in periods.get(key, []) if one.period.overlaps(during)]
            answers.append(RightAnswer(ssin, code, touching, versions.get(key, 0)))
    return answers


def rights_on(organisation_id: int, codes: Sequence[str]) -> list[str]:
    """Those of the rights that are derived, and not switched off for this recipient."""
    derived = active_rights()
    switched_off = set(
        RecipientRight.objects.filter(organisation=organisation_id, active=False).values_list(
            "right", flat=True
        )
    )
    return [code for code in codes if code in derived and code not in switched_off]


def _periods(
    same: Identities, person_ids: Iterable[int], codes: Sequence[str], known_at: datetime | None
) -> dict[tuple[int, str], list[RightPeriod]]:
    rows = RightPeriod.objects.filter(
        believed(known_at), person_id__in=same.ids(person_ids), right__in=codes
    ).order_by("period")
    found: dict[tuple[int, str], list[RightPeriod]] = {}
    for row in rows:
        found.setdefault((same.root(row.person_id), row.right), []).append(row)
    return found


def _versions(
    same: Identities, person_ids: Iterable[int], codes: Sequence[str], known_at: datetime | None
) -> dict[tuple[int, str], int]:
    known = Q() if known_at is None else Q(recorded_at__lte=known_at)
    rows = RightChange.objects.filter(known, person_id__in=same.ids(person_ids), right__in=codes)
    return {
        (same.root(person), right): version
        for person, right, version in rows.order_by("version").values_list(
            "person_id", "right", "version"
        )
    }


def attestations(
    authorisation: Authorisation,
    ssin: Ssin,
    *,
    during: Span,
    known_at: datetime | None,
    history: bool,
    noted: Reading,
) -> list[Attestation]:
    """The current attestations that touch the span, or the whole chains of all that do.

    Oldest first. Days on which the organisation holds no file are as if not asked about: so there
    are none of a foreign person, as of one who does not exist.
    """
    number = persons.find(ssin)
    if number is None:
        return []
    person = persons.root_id(number)
    days = days_of_file(authorisation.organisation_id, person, during=during)
    if not days:
        noted.refused(person)
        return []
    noted.served(person)
    rows = Attestation.objects.filter(person_id__in=identities.ids_under(number, known_at))
    if authorisation.aid_kinds:
        rows = rows.filter(aid_kind__in=authorisation.aid_kinds)
    touching = reduce(or_, (Q(period__overlap=to_range(span)) for span in days))
    if history:
        rows = rows.filter(recorded_at__lte=known_at) if known_at else rows
        chains = rows.filter(touching).values("decision_version__decision")
        rows = rows.filter(decision_version__decision__in=chains)
    else:
        rows = rows.filter(touching, believed(known_at))
        rows = rows.exclude(nature=Attestation.Nature.CANCELLATION)
    return list(rows.select_related("cpas", "previous").order_by("id"))
