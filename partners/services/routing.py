"""From the ledgers to the feeds: each change, once, to whoever may and wants to know it.

One router works at a time, so that a person's changes enter every feed in the order in which they
were recorded. It is quick, set-wise, and whoever comes second leaves the work to the first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from attestations import clock
from attestations.locks import try_lock_name
from attestations.models import FactChange
from attestations.models.fields import timeline_from_json
from attestations.periods import Span, Timeline
from attestations.services import identities, persons
from derived_rights.engine.catalogue import rights as catalogue
from derived_rights.models import RightChange
from partners import routing
from partners.bells import feeds_grown
from partners.models import FeedEntry, FeedHead, Inscription, Refusal, Reroute
from partners.routing import Matter, Permission, Reason, Recipient
from partners.services import epochs
from partners.services.recipients import load_recipients

BATCH = 500


@dataclass(frozen=True)
class Routable:
    """A row of either ledger with what routing must know of it.

    `told_version` is given where the change stands for several that a recipient was not told.
    """

    change: RightChange | FactChange
    matter: Matter
    addressee: str = ""  # the organisation whose right it is, told even without authorisation
    told_version: int | None = None


def route_pending() -> int:
    """Route until nothing is left; returns how many changes were taken in.

    Looking again after the lock is given up closes the gap in which a change came in while its
    announcer found the lock taken.
    """
    total = 0
    while _anything_pending():
        routed = _route_batch()
        if routed is None:
            break
        total += routed
    return total


def _anything_pending() -> bool:
    return any(
        model.objects.filter(routed_at=None).exists()
        for model in (RightChange, FactChange, Reroute)
    )


@transaction.atomic
def _route_batch() -> int | None:
    """One batch in one transaction; None if another router is at work."""
    if not try_lock_name("router"):
        return None
    epochs.current()  # a restored database is recognised before it gives a position
    now = clock.database_now()
    facts = list(
        FactChange.objects.filter(routed_at=None)
        .select_related("attestation__previous", "missing")
        .order_by("id")[:BATCH]
    )
    changes = list(RightChange.objects.filter(routed_at=None).order_by("id")[:BATCH])
    routables = [*(fact_routable(row) for row in facts), *(right_routable(row) for row in changes)]
    _follow_identities(facts)
    late = _reroute(now=now)  # what is past comes before what is new
    append(routables, load_recipients(), on=clock.today(), now=now)
    FactChange.objects.filter(pk__in=[row.pk for row in facts]).update(routed_at=now)
    RightChange.objects.filter(pk__in=[row.pk for row in changes]).update(routed_at=now)
    return len(routables) + late


def _follow_identities(facts: Sequence[FactChange]) -> None:
    """After a merge, whoever holds a file under one number is offered what came under the other."""
    changed = {row.person_id for row in facts if row.kind == FactChange.Kind.IDENTITY}
    if not changed:
        return
    same = identities.known(changed)
    inscribed = Inscription.objects.filter(person_id__in=same.ids(changed), superseded_at=None)
    pairs = inscribed.values_list("organisation_id", "person_id")
    Reroute.objects.bulk_create(
        Reroute(organisation_id=organisation, person_id=person)
        for organisation, person in sorted({(one, same.root(person)) for one, person in pairs})
    )


def _reroute(*, now: datetime) -> int:
    """Offer a person's past changes to a recipient whose file on the person came late."""
    late = list(Reroute.objects.filter(routed_at=None).order_by("id")[:BATCH])
    recipients = {one.organisation: one for one in load_recipients()} if late else {}
    same = identities.known({row.person_id for row in late})
    for row in late:
        recipient = recipients.get(row.organisation_id)
        if recipient is None:
            continue
        ids = same.ids([row.person_id])
        known = FeedEntry.objects.filter(organisation=row.organisation_id, person_id__in=ids)
        facts = (
            FactChange.objects.filter(person_id__in=ids, routed_at__isnull=False)
            .exclude(kind__in=[FactChange.Kind.HOUSEHOLD, FactChange.Kind.IDENTITY])
            .exclude(pk__in=known.filter(fact_change__isnull=False).values("fact_change"))
            .select_related("attestation__previous", "missing")
        )
        changes = RightChange.objects.filter(
            person=same.root(row.person_id), routed_at__isnull=False
        ).exclude(pk__in=known.filter(right_change__isnull=False).values("right_change"))
        past = [*(fact_routable(one) for one in facts), *(right_routable(one) for one in changes)]
        past.sort(key=lambda one: (one.change.recorded_at, one.change.pk))
        append(past, [recipient], on=clock.today(), now=now, refuse=False)
    Reroute.objects.filter(pk__in=[row.pk for row in late]).update(routed_at=now)
    return len(late)


def append(
    routables: Sequence[Routable],
    recipients: Sequence[Recipient],
    *,
    on: date,
    now: datetime,
    refuse: bool = True,
) -> None:
    """Append the changes to the feeds they belong in, and keep the reasons of the others.

    Each entry keeps the number that is in use now, so that its bytes outlive a replacement.
    """
    entries: dict[int, list[FeedEntry]] = defaultdict(list)
    refusals = []
    for routable, recipient, verdict in verdicts(routables, recipients, on=on):
        if isinstance(verdict, Reason):
            refusals.append(_refusal(routable, recipient, verdict, now=now))
        else:
            entries[recipient.organisation] += [
                _entry(routable, recipient, permission, now=now) for permission in verdict
            ]
    people = {entry.person_id for grown in entries.values() for entry in grown}
    same = identities.known(people)
    numbers = persons.current_numbers(people)
    for organisation, grown in sorted(entries.items()):
        head, _ = FeedHead.objects.select_for_update().get_or_create(organisation_id=organisation)
        for step, entry in enumerate(grown, start=1):
            entry.position = head.position + step
            entry.number = numbers.get(entry.person_id)
            entry.person_id = same.root(entry.person_id)
        FeedEntry.objects.bulk_create(grown, batch_size=1_000)
        FeedHead.objects.filter(pk=organisation).update(position=head.position + len(grown))
    if refuse:
        Refusal.objects.bulk_create(refusals, batch_size=1_000)
    if entries:
        feeds_grown.ring_on_commit()


def verdicts(
    routables: Sequence[Routable], recipients: Sequence[Recipient], *, on: date
) -> Iterable[tuple[Routable, Recipient, list[Permission] | Reason]]:
    """Each change with each organisation that might receive it, and what is decided."""
    files = _files({one.change.person_id for one in routables})
    for routable in routables:
        if not routable.matter.topic:
            continue
        for recipient in recipients:
            if recipient.is_addressee(routable.matter, routable.addressee):
                held = files[recipient.organisation, routable.change.person_id]
                yield routable, recipient, routing.decide(recipient, routable.matter, held, on=on)


def _files(person_ids: set[int]) -> defaultdict[tuple[int, int], list[Span]]:
    """The periods of the files on each person, by organisation: under whatever number."""
    same = identities.known(person_ids)
    asked: defaultdict[int, list[int]] = defaultdict(list)
    for person in person_ids:
        asked[same.root(person)].append(person)
    files: defaultdict[tuple[int, int], list[Span]] = defaultdict(list)
    rows = Inscription.objects.filter(person_id__in=same.ids(person_ids), superseded_at=None)
    for organisation, holder, span in rows.values_list("organisation_id", "person_id", "period"):
        for person in asked[same.root(holder)]:
            files[organisation, person].append(span)
    return files


def right_routable(change: RightChange) -> Routable:
    """A change of a right as routing sees it."""
    days = timeline_from_json(change.periods) | timeline_from_json(change.previous_periods)
    days |= timeline_from_json(change.undetermined_periods)
    known = catalogue().get(change.right)
    return Routable(
        change, Matter(routing.RIGHTS, change.right, days), known.recipient if known else ""
    )


def fact_routable(change: FactChange) -> Routable:
    """A change of facts as routing sees it; what nobody is told of has no topic."""
    if change.attestation is not None:
        days = Timeline([change.attestation.period])
        if change.attestation.previous is not None:
            days |= Timeline([change.attestation.previous.period])
        return Routable(change, Matter(routing.ATTESTATIONS, change.attestation.aid_kind, days))
    if change.missing is not None:
        days = Timeline([change.missing.period])
        return Routable(change, Matter(routing.MISSING, change.missing.aid_kind, days))
    return Routable(change, Matter("", "", Timeline()))


def _entry(
    routable: Routable, recipient: Recipient, permission: Permission, *, now: datetime
) -> FeedEntry:
    change = routable.change
    is_right = isinstance(change, RightChange)
    return FeedEntry(
        organisation_id=recipient.organisation,
        authorisation_id=permission.key,
        legal_context=permission.legal_context,
        person_id=change.person_id,
        right_change_id=change.pk if is_right else None,
        fact_change_id=None if is_right else change.pk,
        told_version=routable.told_version,
        topic=routable.matter.topic,
        code=routable.matter.code,
        ticket=change.ticket,
        created_at=now,
    )


def _refusal(routable: Routable, recipient: Recipient, reason: Reason, *, now: datetime) -> Refusal:
    change = routable.change
    is_right = isinstance(change, RightChange)
    return Refusal(
        organisation_id=recipient.organisation,
        right_change_id=change.pk if is_right else None,
        fact_change_id=None if is_right else change.pk,
        reason=reason,
        ticket=change.ticket,
        created_at=now,
    )
