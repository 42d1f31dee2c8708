"""From feed entries to the very bytes that a recipient polls or is pushed.

An entry pins its change, the version of its authorisation and the number of its person; everything
else here is immutable history, so the bytes are the same at every reading, until an authorisation
ends or opens less: what may no longer be told is withheld at once. SSINs are opened only now.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Sequence
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
from partners.services.feed_rows import Attested, Entry, RightEntry, Source
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
    opened = [standing.opened(entry) for entry in entries]
    entered = _entered(
        [entry.pk for entry, fields in zip(entries, opened, strict=True) if fields is None]
    )
    changes = _changes([entry for entry in entries if entry.pk not in entered])
    name = Referrer() if thin else None
    events = []
    for entry, fields in zip(entries, opened, strict=True):
        envelope = Envelope(service, source, entry.position, epoch)
        if fields is None:
            event = withheld_event(entry.event_id, entered[entry.pk], envelope)
        elif name is not None:
            reference = name(entry.organisation_id, entry.person_id)
            event = thin_event(next(changes), envelope, person_reference=reference)
        else:
            event = cloud_event(next(changes), fields, envelope)
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


def _changes(told: Sequence[Entry]) -> Iterator[Change]:
    """The change that each entry pins, one by one, in the same order."""
    right_entries = [entry for entry in told if isinstance(entry, RightEntry)]
    sources = feed_rows.sources({n for entry in right_entries for n in entry.attestation_numbers})
    before = _told_before(right_entries)
    facts = {entry.pk: entry.fact_change_id for entry in told if entry.fact_change_id is not None}
    attested = feed_rows.attested(set(facts.values()))
    findings = _findings(set(facts.values()) - attested.keys())
    effects = {code: right.effect.value for code, right in catalogue().items()}
    for entry, ssin in zip(told, _ssins(told), strict=True):
        if isinstance(entry, RightEntry):
            yield _rights_change(entry, ssin, effects[entry.right], sources, before)
        elif (pinned := facts[entry.pk]) in attested:
            yield _attestation_change(entry, attested[pinned], ssin)
        else:
            yield _missing_change(entry, findings[pinned], ssin)


def _ssins(told: Sequence[Entry]) -> list[str]:
    """The number of the person of each entry, opened."""
    loose = [entry.person_id for entry in told if entry.sealed is None]
    unpinned = persons.ssin_of(loose) if loose else {}
    open_number = persons.keyring().open
    return [
        unpinned[entry.person_id] if entry.sealed is None else open_number(entry.sealed)
        for entry in told
    ]


def _told_before(told: Sequence[RightEntry]) -> dict[Told, ToldDays]:
    """The days as recipients were told them last, of the entries that stand for several changes."""
    wanted = {
        Told(entry.changed_person_id, entry.right, entry.told_version)
        for entry in told
        if entry.told_version is not None
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
    entry: RightEntry,
    ssin: str,
    effect: str,
    sources: dict[str, Source],
    told: dict[Told, ToldDays],
) -> RightsChange:
    previous, word = feed_rows.days(entry.previous), entry.transition
    if entry.told_version is not None:
        last = told.get(Told(entry.changed_person_id, entry.right, entry.told_version))
        if last is not None:
            now, unsure = feed_rows.timeline(entry.periods), feed_rows.timeline(entry.undetermined)
            word = transition(last.sure, now, last.undetermined, unsure) or word
            previous = Days.each(last.sure)
    aid_kinds, cpas_numbers = _causes(entry.attestation_numbers, sources)
    return RightsChange(
        event_id=entry.event_id,
        person_ssin=ssin,
        right=entry.right,
        effect=effect,
        transition=word,
        version=entry.version,
        periods=feed_rows.days(entry.periods),
        previous_periods=previous,
        undetermined=feed_rows.days(entry.undetermined),
        ticket=entry.ticket,
        occurred_at=entry.recorded_at,
        attestation_numbers=entry.attestation_numbers,
        aid_kinds=aid_kinds,
        cpas_numbers=cpas_numbers,
        missing=[] if entry.missing == "[]" else feed_rows.missing_facts(entry.missing),
    )


def _causes(numbers: list[str], sources: dict[str, Source]) -> tuple[list[str], list[str]]:
    """The kinds of aid and the CPAS of these attestations, each once, in their order."""
    if len(numbers) == 1 and (only := sources.get(numbers[0])) is not None:
        return [only.aid_kind], [only.cpas_number]
    found = [sources[number] for number in numbers if number in sources]
    kinds = dict.fromkeys(one.aid_kind for one in found)
    return list(kinds), list(dict.fromkeys(one.cpas_number for one in found))


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
