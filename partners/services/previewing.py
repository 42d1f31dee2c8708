"""What a decision would bring about, without recording it; and whom a recorded one was told to."""

from __future__ import annotations

import uuid
from contextlib import suppress
from dataclasses import dataclass

from attestations import clock
from attestations.models import Attestation, Cpas, Decision, FactChange
from attestations.services import identities, persons, recording
from attestations.services.decisions import Content
from attestations.ssin import Ssin
from derived_rights.models import RightChange
from derived_rights.services import deriving
from derived_rights.services.applied_law import hold_current_law
from derived_rights.services.outcomes import steps_of_a_fact
from derived_rights.surroundings import hold, restarting
from partners.models import FeedEntry, Organisation, Refusal, Subscription
from partners.routing import Reason
from partners.services import feedback
from partners.services.feeding import verdicts
from partners.services.recipients import load_recipients
from partners.services.routables import fact_routable, right_routable


@dataclass(frozen=True)
class Addressee:
    """An organisation that may be told of a change, and whether it is."""

    organisation: Organisation
    ticket: uuid.UUID
    attestation_number: str = ""
    right: str = ""
    reason: str = ""  # empty: forwarded
    answer: str = ""  # what the organisation said of it since


@dataclass(frozen=True)
class Preview:
    """The consequence of a decision that was not recorded."""

    attestations: list[Attestation]
    changes: list[RightChange]
    addressees: list[Addressee]


class _Undo(Exception):
    """Takes back everything that was written to see what it would bring about."""


def preview(*, cpas: Cpas, ssin: Ssin, content: Content, ticket: uuid.UUID) -> Preview:
    """Record, derive and route as always, look, and take it all back.

    Recording and deriving lock persons one after the other, and are never one transaction but
    here: so all the persons are locked at the start, in the order that everyone else takes.
    """
    found: list[Preview] = []

    def look() -> None:
        numbers = persons.register_all([ssin, *content.named()]).values()
        concerned = {persons.resolve(number).pk for number in numbers}
        hold_current_law()
        # All who matter to the person: whoever the decision names will be one household nearer.
        hold(concerned, steps_of_a_fact())
        decision = recording.record(cpas=cpas, ssin=ssin, content=content, ticket=ticket).decision
        deriving.derive_under_locks({decision.person_id: ticket})
        found.append(_consequence(decision, ticket))
        raise _Undo

    with suppress(_Undo):
        restarting(look)
    return found[-1]


def _consequence(decision: Decision, ticket: uuid.UUID) -> Preview:
    facts = list(
        FactChange.objects.filter(ticket=ticket, attestation__isnull=False)
        .select_related("attestation__previous", "attestation__cpas")
        .order_by("id")
    )
    changes = list(
        RightChange.objects.filter(ticket=ticket, person=decision.person_id).order_by("id")
    )
    routables = [*(fact_routable(row) for row in facts), *(right_routable(row) for row in changes)]
    organisations = Organisation.objects.in_bulk()
    addressees = [
        Addressee(
            organisations[recipient.organisation],
            ticket,
            right=routable.change.right,
            reason=verdict.value if isinstance(verdict, Reason) else "",
        )
        for routable, recipient, verdict in verdicts(routables, load_recipients(), on=clock.today())
    ]
    attestations = [row.attestation for row in facts if row.attestation is not None]
    return Preview(attestations, changes, addressees)


def addressees(decision: Decision) -> list[Addressee]:
    """Per possible addressee of what the decision brought about: forwarded, or why not.

    Of the decision's own person only, and nothing of what the recipients' files hold.
    """
    same_person = identities.ids_of(decision.person_id)
    tickets = list(decision.versions.values_list("ticket", flat=True))
    told = (
        FeedEntry.objects.filter(ticket__in=tickets, person_id__in=same_person)
        .select_related("organisation", "right_change", "fact_change__attestation")
        .order_by("id")
    )
    suspended = set(
        Subscription.objects.filter(
            status=Subscription.Status.SUSPENDED, removed_at=None
        ).values_list("organisation_id", "legal_context")
    )
    active = set(
        Subscription.objects.exclude(status=Subscription.Status.SUSPENDED)
        .filter(removed_at=None)
        .values_list("organisation_id", "legal_context")
    )
    said = feedback.last_of([entry.pk for entry in told])
    found = []
    for entry in told:
        key = (entry.organisation_id, entry.legal_context)
        reason = "suspended" if key in suspended and key not in active else ""
        answer = said.get(entry.pk, "")
        found.append(
            Addressee(
                entry.organisation, entry.ticket, *_subject(entry), reason=reason, answer=answer
            )
        )
    late = {(row.organisation_id, row.right_change_id, row.fact_change_id) for row in told}
    refused = (
        Refusal.objects.filter(ticket__in=tickets)
        .select_related("organisation", "right_change", "fact_change__attestation")
        .order_by("id")
    )
    found += [
        Addressee(row.organisation, row.ticket, *_subject(row), reason=row.reason)
        for row in refused
        if _person(row) in same_person
        # What was refused at first is forwarded once an inscription comes.
        and (row.organisation_id, row.right_change_id, row.fact_change_id) not in late
    ]
    return found


def _person(row: Refusal) -> int | None:
    change = row.right_change or row.fact_change
    return change.person_id if change else None


def _subject(row: FeedEntry | Refusal) -> tuple[str, str]:
    """The attestation number, or the right, that the row is about."""
    if row.right_change is not None:
        return "", row.right_change.right
    attestation = row.fact_change.attestation if row.fact_change else None
    return (attestation.number if attestation else ""), ""
