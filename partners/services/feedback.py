"""What a recipient answers to an event: kept, shown, and looked into where it means something.

"Unknown person" from an organisation that inscribed that very person speaks against the number: it
was replaced since, or it is wrong in somebody's files. Nobody can tell which from here, so it is
marked for the administrator, and no cause is invented. The control of missing attestations looks at
the person at once: an attestation that was sent under a replaced number is then a finding of its
CPAS, like any other.
"""

from __future__ import annotations

import uuid

from django.db import transaction

from attestations import clock
from attestations.errors import UnknownReference
from attestations.services.expectations import Persons
from attestations.services.settling import settle
from partners.models import EventFeedback, FeedEntry

Outcome, Signal = EventFeedback.Outcome, EventFeedback.Signal


@transaction.atomic
def give(
    *, organisation_id: int, event_id: uuid.UUID, outcome: str, reason: str, ticket: uuid.UUID
) -> EventFeedback:
    """Keep the answer to an event of the organisation's feed; UnknownReference for another's."""
    entry = (
        FeedEntry.objects.filter(organisation_id=organisation_id, event_id=event_id)
        .select_related("number")
        .first()
    )
    if entry is None:
        raise UnknownReference("There is no such event in your feed.", "eventId")
    answer = EventFeedback.objects.create(
        entry=entry,
        outcome=outcome,
        reason=reason,
        signal=_signal(entry, outcome),
        ticket=ticket,
        at=clock.database_now(),
    )
    if outcome != Outcome.APPLIED:
        settle(Persons.of(entry.person_id), on=clock.today(), ticket=ticket)
    return answer


def _signal(entry: FeedEntry, outcome: str) -> str:
    if outcome != Outcome.UNKNOWN_PERSON:
        return ""
    replaced = entry.number is not None and entry.number.replaced_by_id is not None
    return Signal.REPLACED_NUMBER if replaced else Signal.UNKNOWN_NUMBER


def last_of(entry_ids: list[int]) -> dict[int, str]:
    """The last answer to each of these entries, as far as the sender of the news may know it.

    Not "unknown person": that would tell what stands in the recipient's files.
    """
    rows = EventFeedback.objects.filter(entry__in=entry_ids).order_by("id")
    last = dict(rows.values_list("entry_id", "outcome"))
    return {entry: said for entry, said in last.items() if said != Outcome.UNKNOWN_PERSON}
