"""From feed entries to the very bytes that a recipient polls or is pushed.

An entry pins its change, the version of its authorisation and the number of its person; everything
else here is immutable history, so the bytes are the same at every reading, until an authorisation
ends or opens less: what may no longer be told is withheld at once. SSINs are opened only now.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from msgspec import UNSET

from attestations import clock
from attestations.models import FactChange
from attestations.models.fields import timeline_from_json
from attestations.periods import Timeline
from attestations.services import persons
from derived_rights.engine.catalogue import rights as catalogue
from derived_rights.models import RightChange
from derived_rights.transitions import transition
from partners.changes import (
    AttestationChange,
    Change,
    Days,
    MissingAttestationChange,
    RightsChange,
    instant,
)
from partners.documents import Event
from partners.models import FeedEntry
from partners.payloads import Envelope, cloud_event, thin_event, withheld_event
from partners.services import epochs, feed_rows, keys
from partners.services.feed_rows import Attested, Entry, Right, Source
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


def render(
    entries: Sequence[Entry],
    *,
    thin: bool = False,
    standing: Standing | None = None,
    epoch: str = "",
) -> list[Event]:
    """The CloudEvents of entries of one recipient, in the same order.

    In the place of one that may no longer be told stands an event that says only that.
    """
    if not entries:
        return []
    if standing is None:
        standing = standing_of(entries[0].organisation_id, on=clock.today())
    service, source = settings.SERVICE_NAME, f"{settings.BASE_URL}/registry/v1"
    epoch = epoch or epochs.current()
    entered = _entered([entry.pk for entry in entries if not standing.allows(entry)])
    changes = _changes([entry for entry in entries if entry.pk not in entered])
    name = Referrer() if thin else None
    events = []
    for entry in entries:
        envelope = Envelope(service, source, entry.position, epoch)
        if entry.pk in entered:
            event = withheld_event(entry.event_id, entered[entry.pk], envelope)
        elif name is not None:
            reference = name(entry.organisation_id, entry.person_id)
            event = thin_event(changes[entry.pk], envelope, person_reference=reference)
        else:
            event = cloud_event(changes[entry.pk], standing.fields_of(entry), envelope)
        events.append(event)
    return events


def _entered(ids: Sequence[int]) -> dict[int, datetime]:
    """When entries entered the feed."""
    if not ids:
        return {}
    return dict(FeedEntry.objects.filter(pk__in=ids).values_list("pk", "created_at"))


class Referrer:
    """Gives opaque names of persons, for one recipient each: two recipients cannot join on them.

    The same for good: they hang on a key of the registry's own, and on nothing that is rotated.
    """

    def __init__(self) -> None:
        self._key = keys.reference_key().encode()

    def __call__(self, organisation_id: int, person_id: int) -> str:
        message = f"person-reference {organisation_id} {person_id}".encode()
        return hmac.digest(self._key, message, "sha256").hex()[:32]


def _changes(told: Sequence[Entry]) -> dict[int, Change]:
    """The change that each entry pins, by the id of the entry."""
    loose = [entry.person_id for entry in told if entry.sealed is None]
    unpinned = persons.ssin_of(loose) if loose else {}
    open_number = persons.keyring().open
    ssins = {
        entry.pk: unpinned[entry.person_id] if entry.sealed is None else open_number(entry.sealed)
        for entry in told
    }
    return _rights_changes(told, ssins) | _fact_changes(told, ssins)


def _rights_changes(told: Sequence[Entry], ssins: dict[int, str]) -> dict[int, Change]:
    ids = {entry.pk: entry.right_change_id for entry in told if entry.right_change_id is not None}
    rows = feed_rows.rights(ids.values())
    numbers = {number for row in rows.values() for number in row.attestation_numbers}
    sources = feed_rows.sources(numbers)
    before = _told_before(told, rows)
    found: dict[int, Change] = {}
    for entry in told:
        if entry.pk in ids:
            row = rows[ids[entry.pk]]
            found[entry.pk] = _rights_change(entry, row, ssins[entry.pk], sources, before)
    return found


def _told_before(told: Sequence[Entry], rows: dict[int, Right]) -> dict[Told, ToldDays]:
    """The days as recipients were told them last, of the entries that stand for several changes."""
    wanted = {
        Told(rows[entry.right_change_id].person_id, entry.code, entry.told_version)
        for entry in told
        if entry.right_change_id is not None and entry.told_version is not None
    }
    if not wanted:
        return {}
    former = RightChange.objects.filter(
        person_id__in={one.person for one in wanted},
        right__in={one.right for one in wanted},
        version__in={one.version for one in wanted},
    )
    nothing = (one for one in wanted if one.version == 0)
    return dict.fromkeys(nothing, ToldDays(Timeline(), Timeline())) | {
        Told(row.person_id, row.right, row.version): ToldDays(
            timeline_from_json(row.periods), timeline_from_json(row.undetermined_periods)
        )
        for row in former
    }


def _rights_change(
    entry: Entry,
    row: Right,
    ssin: str,
    sources: dict[str, Source],
    told: dict[Told, ToldDays],
) -> RightsChange:
    previous, word = feed_rows.days(row.previous), row.transition
    if entry.told_version is not None:
        last = told.get(Told(row.person_id, row.right, entry.told_version))
        if last is not None:
            now, unsure = feed_rows.timeline(row.periods), feed_rows.timeline(row.undetermined)
            word = transition(last.sure, now, last.undetermined, unsure) or word
            previous = Days.each(last.sure)
    caused_by = [sources[number] for number in row.attestation_numbers if number in sources]
    return RightsChange(
        event_id=entry.event_id,
        person_ssin=ssin,
        right=row.right,
        effect=catalogue()[row.right].effect.value,
        transition=word,
        version=row.version,
        periods=feed_rows.days(row.periods),
        previous_periods=previous,
        undetermined=feed_rows.days(row.undetermined),
        ticket=row.ticket,
        occurred_at=row.recorded_at,
        attestation_numbers=row.attestation_numbers,
        aid_kinds=_each_once([one.aid_kind for one in caused_by]),
        cpas_numbers=_each_once([one.cpas_number for one in caused_by]),
        missing=[] if row.missing == "[]" else feed_rows.missing_facts(row.missing),
    )


def _each_once(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values)) if len(values) > 1 else values


def _fact_changes(told: Sequence[Entry], ssins: dict[int, str]) -> dict[int, Change]:
    """By entry: under two legal contexts, two entries pin one change."""
    ids = {entry.pk: entry.fact_change_id for entry in told if entry.fact_change_id is not None}
    if not ids:
        return {}
    attested = feed_rows.attested(set(ids.values()))
    findings = _findings(set(ids.values()) - attested.keys())
    found: dict[int, Change] = {}
    for entry in told:
        pinned = ids.get(entry.pk)
        if pinned in attested:
            found[entry.pk] = _attestation_change(entry, attested[pinned], ssins[entry.pk])
        elif pinned is not None:
            found[entry.pk] = _missing_change(entry, findings[pinned], ssins[entry.pk])
    return found


def _findings(ids: set[int]) -> dict[int, FactChange]:
    """Changes of facts that pin a finding, by id."""
    if not ids:
        return {}
    return FactChange.objects.select_related("cpas", "missing").in_bulk(ids)


def _attestation_change(entry: Entry, row: Attested, ssin: str) -> AttestationChange:
    return AttestationChange(
        event_id=entry.event_id,
        person_ssin=ssin,
        attestation_number=row.number,
        previous_number=row.previous_number,
        nature=row.nature,
        aid_kind=row.aid_kind,
        period=Days(start_date=row.first_day, end_date=row.last_day or UNSET),
        cpas_number=row.cpas_number,
        created_at=row.created_at,
        sent_at=row.sent_at,
        version=row.version,
        ticket=row.ticket,
        occurred_at=row.recorded_at,
    )


def _missing_change(entry: Entry, fact: FactChange, ssin: str) -> MissingAttestationChange:
    finding = fact.missing
    if finding is None:
        raise ValueError(f"change {fact.pk} names neither an attestation nor a finding")
    resolved = finding.resolved_at if fact.resolved else None
    return MissingAttestationChange(
        event_id=entry.event_id,
        missing_attestation_id=str(finding.public_id),
        person_ssin=ssin,
        aid_kind=finding.aid_kind,
        period=Days.of(finding.period),
        cpas_number=fact.cpas.enterprise_number if fact.cpas else "",
        cause=finding.cause,
        status="resolved" if fact.resolved else "open",
        due_on=finding.due_on,
        found_at=instant(finding.found_at),
        resolved_at=instant(resolved) if resolved else None,
        ticket=str(fact.ticket),
        occurred_at=instant(fact.recorded_at),
    )
