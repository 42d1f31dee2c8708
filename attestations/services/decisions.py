"""Revising, stopping and cancelling decisions; how one is recorded is in `recording`.

Each call is one transaction: the decision's version, its attestations, the household it names
and the changes that tell the stages below stand together or not at all.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from datetime import date, datetime

import msgspec
from django.db import transaction

from attestations import clock
from attestations.bell import facts_changed
from attestations.codes import AidKind, Category, HouseholdRelation
from attestations.errors import InvalidInput, InvalidPeriod, NotFound, StaleVersion
from attestations.models import (
    Cpas,
    Decision,
    DecisionVersion,
    PersonNumber,
)
from attestations.periods import Span
from attestations.services import households, identities, persons
from attestations.services.attesting import attest
from attestations.services.missing import settle_person
from attestations.services.settling import break_silence
from attestations.ssin import Ssin

# The law of 7 August 1974 created the minimex, the first aid of this kind.
EARLIEST_START = date(1974, 8, 7)


# Files bring these by the hundred thousand: a struct is made in a sixth of the time of a dataclass,
# and is none of the garbage collector's business, as nothing that it holds leads back to it.
class Member(msgspec.Struct, frozen=True, gc=False):
    """A member of the household as the CPAS names it: what the member is to the person."""

    ssin: Ssin
    relation: HouseholdRelation


class Content(msgspec.Struct, frozen=True, gc=False):
    """What a decision says. `span` is half-open; `household` None means: not stated."""

    aid_kind: AidKind
    decided_on: date
    span: Span
    category: Category | None = None
    reference: str = ""
    household: tuple[Member, ...] | None = None

    def named(self) -> list[Ssin]:
        """The members of the household, if any are stated."""
        return [member.ssin for member in self.household or ()]

    def check(self, *, on: date, ssin: Ssin) -> None:
        """Raise InvalidInput or InvalidPeriod if no CPAS can have decided this by day `on`."""
        if self.decided_on > on:
            raise InvalidInput(
                f"The decision is dated after today ({on}): record it once it is taken.",
                "decidedOn",
            )
        if self.span.start < EARLIEST_START:
            raise InvalidPeriod(f"The aid cannot start before {EARLIEST_START}.", "startDate")
        if not self.household:
            return
        numbers = [named.number for named in self.named()]
        if ssin.number in numbers:
            raise InvalidInput(
                "The household names the person of the decision itself.", "household"
            )
        if len(set(numbers)) != len(numbers):
            raise InvalidInput("The household names the same person twice.", "household")


@transaction.atomic
def revise(
    *,
    cpas: Cpas,
    decision_id: uuid.UUID,
    expected_versions: Collection[int] | None,
    content: Content,
    reason: str,
    ticket: uuid.UUID,
) -> Decision:
    """Replace a decision's whole content; its attestation is corrected."""
    numbers = persons.register_all(content.named())  # before the person's lock: see there
    decision, current = _open_for_change(cpas, decision_id, expected_versions)
    content.check(on=clock.today(), ssin=_ssin_of(current.number_as_sent))
    root = decision.person.merged_into_id or decision.person_id
    members = households.placed(content.household or (), numbers)
    households.refuse_own(root, members)
    households.refuse_crowded(root, members)
    return _change(
        decision,
        current,
        content,
        members=None if content.household is None else members,
        change=DecisionVersion.Change.REVISED,
        status=Decision.Status.ACTIVE,
        reason=reason,
        ticket=ticket,
    )


@transaction.atomic
def stop(
    *,
    cpas: Cpas,
    decision_id: uuid.UUID,
    expected_versions: Collection[int] | None,
    last_day: date,
    reason: str,
    ticket: uuid.UUID,
) -> Decision:
    """End the aid on `last_day` (inclusive), which must lie within it; a shortening correction."""
    decision, current = _open_for_change(cpas, decision_id, expected_versions)
    span = (
        Span.inclusive(current.period.start, last_day) if last_day >= current.period.start else None
    )
    if span is None:
        raise InvalidPeriod(
            f"The aid starts on {current.period.start}: it cannot end before. "
            "If it should never have existed, cancel the decision.",
            "endDate",
        )
    if span.end > current.period.end:
        raise InvalidPeriod(
            f"The aid already ends on {current.period.last_day}: "
            "a stop shortens. Record or revise a decision to lengthen it.",
            "endDate",
        )
    return _change(
        decision,
        current,
        msgspec.structs.replace(_content_of(current), span=span),
        members=None,
        change=DecisionVersion.Change.STOPPED,
        status=Decision.Status.STOPPED,
        reason=reason,
        ticket=ticket,
    )


@transaction.atomic
def cancel(
    *,
    cpas: Cpas,
    decision_id: uuid.UUID,
    expected_versions: Collection[int] | None,
    reason: str,
    ticket: uuid.UUID,
) -> Decision:
    """Say that the decision should never have existed; its attestation is cancelled."""
    decision, current = _open_for_change(cpas, decision_id, expected_versions)
    return _change(
        decision,
        current,
        _content_of(current),
        members=(),
        change=DecisionVersion.Change.CANCELLED,
        status=Decision.Status.CANCELLED,
        reason=reason,
        ticket=ticket,
    )


def find(*, cpas: Cpas, decision_id: uuid.UUID) -> Decision:
    """The CPAS's own decision; NotFound if there is none or it is another's."""
    decision = (
        Decision.objects.select_related("person").filter(public_id=decision_id, cpas=cpas).first()
    )
    if decision is None:
        raise NotFound("There is no such decision of your CPAS.")
    return decision


def _open_for_change(
    cpas: Cpas, decision_id: uuid.UUID, expected_versions: Collection[int] | None
) -> tuple[Decision, DecisionVersion]:
    """The decision and its current version, locked; StaleVersion if the caller expects another.

    With None the change is made to whichever is current.
    """
    decision = find(cpas=cpas, decision_id=decision_id)
    identities.lock([decision.person.merged_into_id or decision.person_id])
    decision = (
        Decision.objects.select_for_update(of=["self"]).select_related("person").get(pk=decision.pk)
    )
    if expected_versions is not None and decision.version not in expected_versions:
        raise _stale(decision, expected_versions)
    if decision.status == Decision.Status.CANCELLED:
        raise InvalidInput("The decision is cancelled: record a new one instead.", "decisionId")
    current = decision.versions.select_related("number_as_sent").get(superseded_at=None)
    return decision, current


def _stale(decision: Decision, expected: Collection[int]) -> StaleVersion:
    return StaleVersion(
        f"The decision is at version {decision.version}, you change version "
        f"{', '.join(map(str, sorted(expected)))}: read it again, then decide whether your change "
        "still applies."
    )


def _change(
    decision: Decision,
    current: DecisionVersion,
    content: Content,
    *,
    members: Iterable[households.Placed] | None,
    change: DecisionVersion.Change,
    status: Decision.Status,
    reason: str,
    ticket: uuid.UUID,
) -> Decision:
    """Add a version, attested under the number in use: the caller named none.

    The household becomes `members`; None leaves it as it is stated.
    """
    now = clock.database_now()
    current.superseded_at = now
    current.save(update_fields=["superseded_at"])
    decision.version += 1
    decision.status = status
    decision.reference = content.reference
    decision.save(update_fields=["version", "status", "reference"])
    person = decision.person.merged_into or decision.person
    version = _add_version(
        decision,
        content,
        number=persons.current_number(person.pk),
        change=change,
        reason=reason,
        ticket=ticket,
        now=now,
    )
    attest(version, now=now)
    households.restate(decision, members, span=content.span, ticket=ticket, now=now)
    settle_person(person, on=clock.today(), now=now, ticket=ticket)
    break_silence([decision.cpas_id], now=now)
    facts_changed.ring_on_commit()
    return decision


def _add_version(
    decision: Decision,
    content: Content,
    *,
    number: PersonNumber,
    change: DecisionVersion.Change,
    ticket: uuid.UUID,
    now: datetime,
    reason: str = "",
) -> DecisionVersion:
    return DecisionVersion.objects.create(
        decision=decision,
        version=decision.version,
        change=change,
        aid_kind=content.aid_kind,
        category=content.category or "",
        decided_on=content.decided_on,
        period=content.span,
        reference=content.reference,
        reason=reason,
        number_as_sent=number,
        ticket=ticket,
        recorded_at=now,
    )


def _content_of(version: DecisionVersion) -> Content:
    """The content of a version, but for the household."""
    return Content(
        aid_kind=AidKind(version.aid_kind),
        category=Category(version.category) if version.category else None,
        decided_on=version.decided_on,
        span=version.period,
        reference=version.reference,
    )


def _ssin_of(number: PersonNumber) -> Ssin:
    return Ssin.parse(persons.keyring().open(number.sealed), allow_test=True)
