"""Answering a recipient's question about persons, within its authorisation and its files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q

from attestations.api import shapes
from attestations.api.inputs import span_json
from attestations.models import Attestation
from attestations.models.fields import to_range
from attestations.periods import Span
from attestations.recorded import believed
from attestations.services import identities, persons
from attestations.services.access import Reading
from attestations.ssin import Ssin
from derived_rights.engine.catalogue import rights as catalogue
from derived_rights.models import RightChange, RightPeriod
from derived_rights.services import deriving
from derived_rights.services.catalogue import active_rights
from partners.models import Authorisation, RecipientRight
from partners.services.access import visible_to

NOT_AVAILABLE = "notAvailable"


def rights(
    authorisation: Authorisation,
    ssins: Sequence[Ssin],
    codes: Sequence[str],
    *,
    during: Span,
    known_at: datetime | None,
    noted: Reading,
) -> list[dict[str, Any]]:
    """One item per person and right. Foreign and absent persons are answered alike."""
    organisation = authorisation.organisation_id
    numbers = persons.find_many(ssins)
    person_of = {number: persons.root_id(row) for number, row in numbers.items()}
    visible = visible_to(organisation, person_of.values(), during=during)
    noted.refused(*(set(person_of.values()) - visible))
    noted.served(*visible)
    if known_at is None:
        deriving.derive_pending_of(visible)
    on = rights_on(organisation, codes)
    periods = _periods(visible, on, known_at)
    versions = _versions(visible, on, known_at)
    items = []
    for ssin in ssins:
        person = person_of.get(ssin.number)
        for code in codes:
            item = {"ssin": ssin.number, "right": code}
            if person not in visible or code not in on:
                items.append(item | {"outcome": NOT_AVAILABLE})
            else:
                touching = [
                    row for row in periods.get((person, code), []) if row.period.overlaps(during)
                ]
                version = versions.get((person, code), 0)
                items.append(item | _outcome(code, touching, version, authorisation.fields))
    return items


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
    person_ids: set[int], codes: Sequence[str], known_at: datetime | None
) -> dict[tuple[int, str], list[RightPeriod]]:
    same = identities.known(person_ids)
    rows = RightPeriod.objects.filter(
        believed(known_at), person_id__in=same.ids(person_ids), right__in=codes
    ).order_by("period")
    found: dict[tuple[int, str], list[RightPeriod]] = {}
    for row in rows:
        found.setdefault((same.root(row.person_id), row.right), []).append(row)
    return found


def _versions(
    person_ids: set[int], codes: Sequence[str], known_at: datetime | None
) -> dict[tuple[int, str], int]:
    same = identities.known(person_ids)
    known = Q() if known_at is None else Q(recorded_at__lte=known_at)
    rows = RightChange.objects.filter(known, person_id__in=same.ids(person_ids), right__in=codes)
    return {
        (same.root(person), right): version
        for person, right, version in rows.order_by("version").values_list(
            "person_id", "right", "version"
        )
    }


def _outcome(
    code: str, touching: list[RightPeriod], version: int, fields: Sequence[str]
) -> dict[str, Any]:
    """The state of one right: `applies` if any day asked for does, with the whole periods."""
    sure = [row for row in touching if row.outcome == RightPeriod.Outcome.APPLIES]
    unsure = [row for row in touching if row.outcome == RightPeriod.Outcome.UNDETERMINED]
    body: dict[str, Any] = {"effect": catalogue()[code].effect.value}
    if sure:
        body["outcome"] = "applies"
        if "periods" in fields:
            body["periods"] = [span_json(row.period) for row in sure]
        else:
            body["filteredElements"] = ["periods"]
    elif unsure:
        body["outcome"] = "undetermined"
        body["missing"] = [fact for row in unsure for fact in row.missing_facts]
    else:
        body["outcome"] = "doesNotApply"
    return body | {"version": version}


# Which field of an authorisation opens which properties of an attestation.
GOVERNED = {
    "attestationNumber": ("attestationNumber", "previousAttestationNumber"),
    "aidKind": ("aidKind",),
    "periods": ("startDate", "endDate"),
    "cpas": ("enterpriseNumber",),
}


def attestations(
    authorisation: Authorisation,
    ssin: Ssin,
    *,
    during: Span,
    known_at: datetime | None,
    history: bool,
    noted: Reading,
) -> dict[str, Any]:
    """The current attestations that touch the span, or every one of their chains."""
    number = persons.find(ssin)
    person = persons.root_id(number) if number else None
    if person is None:
        return {"items": [], "filteredElements": []}
    if not visible_to(authorisation.organisation_id, [person], during=during):
        noted.refused(person)
        return {"items": [], "filteredElements": []}
    noted.served(person)
    rows = Attestation.objects.filter(
        person_id__in=identities.ids_of(person), period__overlap=to_range(during)
    )
    if authorisation.aid_kinds:
        rows = rows.filter(aid_kind__in=authorisation.aid_kinds)
    if history:
        rows = rows.filter(recorded_at__lte=known_at) if known_at else rows
    else:
        rows = rows.filter(believed(known_at)).exclude(nature=Attestation.Nature.CANCELLATION)
    items = [
        shapes.attestation(row, known_at=known_at)
        for row in rows.select_related("cpas", "previous").order_by("id")
    ]
    cut = sorted(
        field
        for field, names in GOVERNED.items()
        if field not in authorisation.fields
        and any(name in item for item in items for name in names)
    )
    hidden = {name for field in cut for name in GOVERNED[field]}
    return {
        "items": [
            {name: value for name, value in item.items() if name not in hidden} for item in items
        ],
        "filteredElements": cut,
    }
