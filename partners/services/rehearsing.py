"""Rehearsing a proposed value: who would gain and lose what, and who would be told, beforehand.

The comparison that writes differences finds them here too, and the routing that fills the feeds
says who would be told; nothing is written but the rehearsal's own rows. A run goes on, chunk by
chunk, where the last one ended.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from attestations import clock
from attestations.errors import InvalidInput
from attestations.models import Attestation, FactChange, Person, PersonFact
from attestations.models.fields import timeline_to_json
from attestations.services import identities, known_facts
from derived_rights.bells import rehearsal_asked
from derived_rights.households import REGISTER
from derived_rights.models import (
    LawChange,
    ParameterProposal,
    Rehearsal,
    RehearsedChange,
    RightChange,
    RuleAct,
)
from derived_rights.services import auditing, proposing
from derived_rights.services.applied_law import AppliedLaw, current_law
from derived_rights.services.comparing import Difference, differences
from derived_rights.transitions import transition
from partners.models import RehearsedMessage
from partners.routing import Reason
from partners.services.recipients import load_recipients
from partners.services.routing import right_routable, verdicts

CHUNK = 500


@transaction.atomic
def begin(proposal: ParameterProposal, *, by: User) -> Rehearsal:
    """Ask for a rehearsal of what is proposed; the workers do it. The one before is forgotten."""
    proposing.require(by, proposing.PROPOSE, proposing.APPROVE)
    if proposal.state is not ParameterProposal.State.PROPOSED:
        raise InvalidInput(_("Only what is proposed, and not approved yet, is rehearsed."))
    RehearsedChange.objects.filter(
        rehearsal__proposal=proposal, rehearsal__finished_at__isnull=False
    ).delete()
    try:
        with transaction.atomic():
            row = Rehearsal.objects.create(
                proposal=proposal,
                law=proposing.last_law_change(),
                total=_standing().count(),
                ticket=proposal.ticket,
                started_at=clock.database_now(),
            )
    except IntegrityError:
        raise InvalidInput(_("It is being rehearsed already.")) from None
    auditing.note(
        RuleAct.Act.REHEARSED,
        proposal.right,
        by=by.get_username(),
        subject=proposing.told(proposal),
    )
    rehearsal_asked.ring_on_commit()
    return row


def work(*, seconds: float) -> bool:
    """Go on with the rehearsals for so long; whether something is left that can be done now.

    While everyone is still to be derived under the present law, there is nothing to compare with.
    """
    until = time.monotonic() + seconds
    while not LawChange.objects.filter(derived_at=None).exists():
        row = Rehearsal.objects.filter(finished_at=None).order_by("id").first()
        if row is None:
            return False
        _chunk(row.pk)
        if time.monotonic() > until:
            return True
    return False


@transaction.atomic
def _chunk(rehearsal_id: int) -> None:
    """The next persons in one transaction: their changes, the messages, and how far it is."""
    row = Rehearsal.objects.select_for_update().select_related("proposal").get(pk=rehearsal_id)
    if row.finished_at is not None:
        return
    persons = list(_standing().filter(pk__gt=row.after).values_list("pk", flat=True)[:CHUNK])
    if not persons or not row.proposal.is_open:
        row.total, row.finished_at = row.done, clock.database_now()
        row.save(update_fields=["total", "finished_at"])
        return
    _write(row, _differences(persons, proposal=row.proposal))
    row.after, row.done = persons[-1], row.done + len(persons)
    row.total = max(row.total, row.done)
    row.save(update_fields=["after", "done", "total"])


def _differences(persons: Sequence[int], *, proposal: ParameterProposal) -> list[Difference]:
    """What the value would change, apart from what pending facts change under the present law."""
    present = current_law()
    found = {_key(one): one for one in differences(persons, law=_proposed(present, proposal))}
    if not FactChange.objects.filter(derived_at=None).exists():
        return list(found.values())
    coming = {_key(one): one for one in differences(persons, law=present)}
    beyond = (_beyond(found.get(key), coming.get(key)) for key in dict.fromkeys([*found, *coming]))
    return [one for one in beyond if one is not None]


def _beyond(found: Difference | None, coming: Difference | None) -> Difference | None:
    """From what will be stored once pending facts are derived, to what the value would make."""
    if found is None or coming is None:
        one = found or _undone(coming)
    else:
        one = replace(found, before=coming.after, undetermined_before=coming.undetermined_after)
    if one is None:
        return None
    word = transition(one.before, one.after, one.undetermined_before, one.undetermined_after)
    return replace(one, transition=word) if word else None


def _undone(coming: Difference | None) -> Difference | None:
    """With the value all stays as it is stored, though pending facts are about to change it."""
    return coming and replace(
        coming,
        before=coming.after,
        after=coming.before,
        undetermined_before=coming.undetermined_after,
        undetermined_after=coming.undetermined_before,
    )


def _key(one: Difference) -> tuple[int, str]:
    return one.person, one.right


def _proposed(law: AppliedLaw, proposal: ParameterProposal) -> AppliedLaw:
    return law.with_figure(proposal.right, proposal.name, proposal.valid_from, proposal.value)


def _write(rehearsal: Rehearsal, found: Sequence[Difference]) -> None:
    municipalities = _municipalities({one.person for one in found}, on=clock.today())
    rows = RehearsedChange.objects.bulk_create(
        RehearsedChange(
            rehearsal=rehearsal,
            person_id=one.person,
            right=one.right,
            transition=one.transition,
            municipality_code=municipalities.get(one.person, ""),
        )
        for one in found
    )
    changes = {(row.person_id, row.right): row for row in rows}
    routables = [right_routable(_as_change(one)) for one in found]
    told = verdicts(routables, load_recipients(), on=clock.today())
    RehearsedMessage.objects.bulk_create(
        (
            RehearsedMessage(
                change=changes[routable.change.person_id, routable.matter.code],
                organisation_id=recipient.organisation,
                legal_context=permission.legal_context,
            )
            for routable, recipient, verdict in told
            if not isinstance(verdict, Reason)
            for permission in verdict
        ),
        batch_size=2_000,
    )


def _as_change(found: Difference) -> RightChange:
    """The change as it would be recorded; never saved."""
    return RightChange(
        person_id=found.person,
        right=found.right,
        transition=found.transition,
        periods=timeline_to_json(found.after),
        previous_periods=timeline_to_json(found.before),
        undetermined_periods=timeline_to_json(found.undetermined_after),
    )


def _municipalities(persons: Iterable[int], *, on: date) -> dict[int, str]:
    """Where each lives that day, as far as a source says; else where the CPAS is that attests."""
    found: dict[int, str] = {}
    same = identities.known(persons)
    attested = Attestation.objects.filter(
        person_id__in=same.ids(persons), superseded_at=None
    ).exclude(nature=Attestation.Nature.CANCELLATION)
    for person, code in attested.order_by("period", "id").values_list(
        "person_id", "cpas__municipality_code"
    ):
        found[same.root(person)] = code
    residences = known_facts.about(persons, kinds=[PersonFact.Kind.RESIDENCE])
    for person, stated in residences.items():
        for fact in sorted(stated, key=lambda one: one.source == REGISTER):
            if fact.span is not None and on in fact.span:
                found[person] = str(fact.value["municipalityCode"])
    return found


def _standing() -> QuerySet[Person, Person]:
    """Everybody who may be known for something, once, in the order of a run."""
    return Person.objects.filter(merged_into=None).order_by("pk")
