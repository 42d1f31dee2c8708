"""From feed entries to the very bytes that a recipient polls or is pushed.

An entry pins its change, the version of its authorisation and the number of its person; everything
else here is immutable history, so the bytes are the same at every reading, until an authorisation
ends or opens less: what may no longer be told is withheld at once. SSINs are opened only now.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import QuerySet

from attestations import clock
from attestations.models import Attestation, FactChange
from attestations.models.fields import timeline_from_json
from attestations.periods import Timeline
from attestations.services import persons
from derived_rights.engine.catalogue import rights as catalogue
from derived_rights.models import RightChange
from derived_rights.transitions import transition
from partners.changes import (
    AttestationChange,
    Change,
    MissingAttestationChange,
    MissingFact,
    RightsChange,
)
from partners.models import FeedEntry
from partners.payloads import Envelope, cloud_event, thin_event, withheld_event
from partners.services import epochs, keys
from partners.services.standing import Standing, standing_of


class Told(NamedTuple):
    """A version of a right of a person that a recipient was told; 0 is before the first."""

    person: int
    right: str
    version: int


class ToldDays(NamedTuple):
    """The days of a right that surely apply, and those of which it cannot be told."""

    sure: Timeline
    undetermined: Timeline


CHANGE_ROWS = (
    "authorisation",
    "number",
    "right_change",
    "fact_change__cpas",
    "fact_change__attestation__previous",
    "fact_change__missing",
)


def with_changes(entries: QuerySet[FeedEntry, FeedEntry]) -> QuerySet[FeedEntry, FeedEntry]:
    """The entries with everything that rendering them needs, in one query."""
    return entries.select_related(*CHANGE_ROWS)


def render(
    entries: Sequence[FeedEntry], *, thin: bool = False, standing: Standing | None = None
) -> list[dict[str, Any]]:
    """The CloudEvents of entries of one recipient that `with_changes` read, in the same order.

    In the place of one that may no longer be told stands an event that says only that.
    """
    if not entries:
        return []
    if standing is None:
        standing = standing_of(entries[0].organisation_id, on=clock.today())
    unpinned = persons.ssin_of(entry.person_id for entry in entries if entry.number is None)
    sources = _sources(entries)
    told = _told_before(entries)
    epoch = epochs.current()
    keyring = persons.keyring()
    name = Referrer() if thin else None
    events = []
    for entry in entries:
        envelope = Envelope(
            service=settings.SERVICE_NAME,
            source=f"{settings.BASE_URL}/registry/v1",
            position=entry.position,
            epoch=epoch,
        )
        if not standing.allows(entry):
            events.append(withheld_event(str(entry.event_id), entry.created_at, envelope))
            continue
        ssin = keyring.open(entry.number.sealed) if entry.number else unpinned[entry.person_id]
        change = _change(entry, ssin, sources, told)
        if name is not None:
            reference = name(entry.organisation_id, entry.person_id)
            events.append(thin_event(change, envelope, person_reference=reference))
        else:
            events.append(cloud_event(change, standing.fields_of(entry), envelope))
    return events


class Referrer:
    """Gives opaque names of persons, for one recipient each: two recipients cannot join on them.

    The same for good: they hang on a key of the registry's own, and on nothing that is rotated.
    """

    def __init__(self) -> None:
        self._key = keys.reference_key().encode()

    def __call__(self, organisation_id: int, person_id: int) -> str:
        message = f"person-reference {organisation_id} {person_id}".encode()
        return hmac.digest(self._key, message, "sha256").hex()[:32]


def _sources(entries: Sequence[FeedEntry]) -> dict[str, Attestation]:
    """The attestations that the changes of rights name, by number."""
    numbers = {
        number
        for entry in entries
        if entry.right_change is not None
        for number in entry.right_change.attestation_numbers
    }
    rows = Attestation.objects.filter(number__in=numbers).select_related("cpas")
    return {row.number: row for row in rows}


def _told_before(entries: Sequence[FeedEntry]) -> dict[Told, ToldDays]:
    """The days as recipients were told them last, of the entries that stand for several changes."""
    wanted = {
        Told(change.person_id, change.right, entry.told_version)
        for entry in entries
        if (change := entry.right_change) is not None and entry.told_version is not None
    }
    if not wanted:
        return {}
    rows = RightChange.objects.filter(
        person_id__in={one.person for one in wanted},
        right__in={one.right for one in wanted},
        version__in={one.version for one in wanted},
    )
    nothing = (one for one in wanted if one.version == 0)
    return dict.fromkeys(nothing, ToldDays(Timeline(), Timeline())) | {
        Told(row.person_id, row.right, row.version): ToldDays(
            timeline_from_json(row.periods), timeline_from_json(row.undetermined_periods)
        )
        for row in rows
    }


def _change(
    entry: FeedEntry, ssin: str, sources: dict[str, Attestation], told: dict[Told, ToldDays]
) -> Change:
    if entry.right_change is not None:
        return _rights_change(entry, entry.right_change, ssin, sources, told)
    fact = entry.fact_change
    if fact is None:
        raise ValueError(f"feed entry {entry.pk} pins no change")
    if fact.attestation is not None:
        return _attestation_change(entry, fact, fact.attestation, ssin)
    return _missing_change(entry, fact, ssin)


def _rights_change(
    entry: FeedEntry,
    change: RightChange,
    ssin: str,
    sources: dict[str, Attestation],
    told: dict[Told, ToldDays],
) -> RightsChange:
    periods = timeline_from_json(change.periods)
    undetermined = timeline_from_json(change.undetermined_periods)
    previous, word = timeline_from_json(change.previous_periods), change.transition
    last = Told(change.person_id, change.right, entry.told_version or 0)
    if entry.told_version is not None and last in told:
        previous, doubted = told[last]
        word = transition(previous, periods, doubted, undetermined) or word
    caused_by = [sources[number] for number in change.attestation_numbers if number in sources]
    return RightsChange(
        event_id=str(entry.event_id),
        person_ssin=ssin,
        right=change.right,
        effect=catalogue()[change.right].effect.value,
        transition=word,
        version=change.version,
        periods=periods,
        previous_periods=previous,
        undetermined=undetermined,
        ticket=str(change.ticket),
        occurred_at=change.recorded_at,
        attestation_numbers=tuple(change.attestation_numbers),
        aid_kinds=tuple(dict.fromkeys(row.aid_kind for row in caused_by)),
        cpas_numbers=tuple(dict.fromkeys(row.cpas.enterprise_number for row in caused_by)),
        missing=tuple(MissingFact(lack["fact"], lack["source"]) for lack in change.missing_facts),
    )


def _attestation_change(
    entry: FeedEntry, fact: FactChange, attestation: Attestation, ssin: str
) -> AttestationChange:
    previous = attestation.previous
    return AttestationChange(
        event_id=str(entry.event_id),
        person_ssin=ssin,
        attestation_number=attestation.number,
        previous_number=previous.number if previous else None,
        nature=attestation.nature,
        aid_kind=attestation.aid_kind,
        period=attestation.period,
        cpas_number=_cpas_number(fact),
        created_at=attestation.created_at,
        sent_at=attestation.sent_at,
        version=fact.version,
        ticket=str(fact.ticket),
        occurred_at=fact.recorded_at,
    )


def _missing_change(entry: FeedEntry, fact: FactChange, ssin: str) -> MissingAttestationChange:
    finding = fact.missing
    if finding is None:
        raise ValueError(f"change {fact.pk} names neither an attestation nor a finding")
    return MissingAttestationChange(
        event_id=str(entry.event_id),
        missing_attestation_id=str(finding.public_id),
        person_ssin=ssin,
        aid_kind=finding.aid_kind,
        period=finding.period,
        cpas_number=_cpas_number(fact),
        cause=finding.cause,
        status="resolved" if fact.resolved else "open",
        due_on=finding.due_on,
        found_at=finding.found_at,
        resolved_at=finding.resolved_at if fact.resolved else None,
        ticket=str(fact.ticket),
        occurred_at=fact.recorded_at,
    )


def _cpas_number(fact: FactChange) -> str:
    return fact.cpas.enterprise_number if fact.cpas else ""
