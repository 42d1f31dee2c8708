"""Whether a recipient is told of a right: paused and resumed, by somebody and for a reason.

While a right is paused for a recipient nothing of it enters its feed, and its questions are
answered as if the right were not there. Once it is resumed the recipient is told, in one message
for each person, how what it was told last became what holds now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from attestations import clock
from attestations.locks import lock_name, try_lock_name
from attestations.prepared import prepared
from attestations.services import identities
from attestations.tickets import current_ticket
from derived_rights.models import RightChange, RuleAct
from derived_rights.services import auditing
from partners.bells import inscribed
from partners.models import FeedEntry, Inscription, Organisation, RecipientRight, Resumption
from partners.services.feeding import append
from partners.services.recipients import load_recipients
from partners.services.routables import Routable, right_routable

BATCH = 500


@transaction.atomic
def pause(organisation: Organisation, right: str, *, by: str, reason: str) -> bool:
    """Tell the recipient nothing of the right from now on; False if it was paused already."""
    why = auditing.reason_of(reason)
    lock_name(f"recipient {organisation.pk} {right}")
    if not _is_told(organisation, right):
        return False
    RecipientRight.objects.update_or_create(
        organisation=organisation, right=right, defaults={"active": False}
    )
    auditing.note(RuleAct.Act.PAUSED, right, by=by, subject=organisation.code, reason=why)
    return True


@transaction.atomic
def resume(organisation: Organisation, right: str, *, by: str, reason: str) -> bool:
    """Tell the recipient of the right again, and soon what it missed; False if nothing was paused.

    The events that bring it level carry the ticket of this act.
    """
    why = auditing.reason_of(reason)
    lock_name(f"recipient {organisation.pk} {right}")
    if _is_told(organisation, right):
        return False
    RecipientRight.objects.filter(organisation=organisation, right=right).update(active=True)
    Resumption.objects.create(
        organisation=organisation,
        right=right,
        ticket=current_ticket(),
        resumed_at=clock.database_now(),
    )
    auditing.note(RuleAct.Act.RESUMED, right, by=by, subject=organisation.code, reason=why)
    inscribed.ring_on_commit()
    return True


@transaction.atomic
def pause_exactly(organisation: Organisation, paused: set[str], *, by: str, reason: str) -> bool:
    """Make exactly these rights the ones it is not told of; whether that changed anything."""
    off = organisation.recipient_rights.filter(active=False)
    present = set(off.values_list("right", flat=True))
    for right in sorted(paused - present):
        pause(organisation, right, by=by, reason=reason)
    for right in sorted(present - paused):
        resume(organisation, right, by=by, reason=reason)
    return paused != present


def bring_level() -> int:
    """Tell what recipients missed of the rights that were resumed; returns of how many persons."""
    total = 0
    while (told := _batch()) is not None:
        total += told
    return total


@transaction.atomic
def _batch() -> int | None:
    """One batch; None if nothing is left, or while another router is at work."""
    if not _anything_to_tell() or not try_lock_name("router"):
        return None
    waiting = Resumption.objects.filter(finished_at=None).order_by("id")
    row = waiting.select_related("organisation").first()
    if row is None:
        return None
    inscriptions = Inscription.objects.filter(
        organisation=row.organisation_id, superseded_at=None, person_id__gt=row.after
    )
    persons = list(
        inscriptions.order_by("person_id").values_list("person_id", flat=True).distinct()[:BATCH]
    )
    now = clock.database_now()
    if not persons or not _is_told(row.organisation, row.right):
        row.finished_at = now
        row.save(update_fields=["finished_at"])
        return 0
    recipients = [one for one in load_recipients() if one.organisation == row.organisation_id]
    missed = [
        Routable(one.change, one.matter, one.addressee, told_version=told)
        for change, told in _missed(row, persons)
        for one in (right_routable(change),)
    ]
    append(missed, recipients, on=clock.today(), now=now, refuse=False)
    row.after = persons[-1]
    row.told += len(missed)
    row.save(update_fields=["after", "told"])
    return len(missed)


def _anything_to_tell() -> bool:
    """Looked at after every routing."""
    with prepared() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM partners_resumption WHERE finished_at IS NULL)")
        (found,) = cursor.fetchone()
    return bool(found)


@dataclass(frozen=True)
class _Told:
    """What the recipient was told last about a person; before the first time it was nothing."""

    version: int = 0
    periods: Sequence[Any] = ()
    undetermined_periods: Sequence[Any] = ()
    missing_facts: Sequence[Any] = ()

    def says_the_same_as(self, change: RightChange) -> bool:
        return (
            list(self.periods) == change.periods
            and list(self.undetermined_periods) == change.undetermined_periods
            and list(self.missing_facts) == change.missing_facts
        )


def _missed(row: Resumption, persons: list[int]) -> list[tuple[RightChange, int]]:
    """The last change of each person that is news to the recipient, and the version it knows."""
    same = identities.known(persons)
    known: dict[int, _Told] = {}
    entries = FeedEntry.objects.filter(
        organisation=row.organisation_id,
        person_id__in=same.ids(persons),
        right_change__right=row.right,
    ).order_by("position")
    for entry in entries.select_related("right_change"):
        change = entry.right_change
        assert change is not None
        known[same.root(entry.person_id)] = _Told(
            change.version, change.periods, change.undetermined_periods, change.missing_facts
        )
    latest = (
        RightChange.objects.filter(
            person_id__in=same.roots(persons), right=row.right, routed_at__isnull=False
        )
        .order_by("person_id", "-version")
        .distinct("person_id")
    )
    nothing = _Told()
    return [
        (change, told.version)
        for change in latest
        if (told := known.get(change.person_id, nothing)).version < change.version
        and not told.says_the_same_as(change)
    ]


def _is_told(organisation: Organisation, right: str) -> bool:
    return not organisation.recipient_rights.filter(right=right, active=False).exists()
