"""What stage 1 knows about some persons, as the rows that the rules on gaps compare."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.utils import timezone

from attestations import gap_warnings, gaps
from attestations.gap_rows import Attested, Claimed, Decided, Finding
from attestations.models import Attestation, DecisionVersion, Person, SubsidyClaim


@dataclass(frozen=True)
class Persons:
    """Persons to look at: by their ids, or all from the first to the last id, both included.

    They are persons as known today. Rows of those merged into one of them count as its own.
    """

    ids: frozenset[int]
    bounds: tuple[int, int] | None
    merged: dict[int, int]  # the id of a merged person -> the one it is known as

    @classmethod
    def between(cls, first: int, last: int) -> Persons:
        touched = _between("pk", first, last) | _between("merged_into", first, last)
        return cls(frozenset(), (first, last), _merged(touched))

    @classmethod
    def of(cls, *ids: int) -> Persons:
        return cls(frozenset(ids), None, _merged(Q(merged_into__in=ids)))

    def where(self, field: str) -> Q:
        """Rows of these persons; also of some that are known as another: see `known_as`."""
        others = list(self.merged)
        if self.bounds is None:
            return Q(**{f"{field}__in": [*self.ids, *others]})
        within = _between(field, *self.bounds)
        return within | Q(**{f"{field}__in": others}) if others else within

    def known_as(self, person_id: int) -> int | None:
        """Who a row's person is today; None when that is none of these."""
        root = self.merged.get(person_id, person_id)
        if self.bounds is None:
            return root if root in self.ids else None
        return root if self.bounds[0] <= root <= self.bounds[1] else None


def _between(field: str, first: int, last: int) -> Q:
    return Q(**{f"{field}__gte": first, f"{field}__lte": last})


def _merged(touched: Q) -> dict[int, int]:
    rows = Person.objects.filter(touched, merged_into__isnull=False)
    return dict(rows.order_by().values_list("pk", "merged_into_id"))


def findings(persons: Persons, *, on: date) -> list[Finding]:
    """Everything that is missing for these persons on that day."""
    attested = list(_attested(persons))
    decisions = list(_decided(persons))
    claims = list(_claimed(persons))
    return [
        *gaps.claim_findings(claims, attested, decisions, on=on),
        *gaps.decision_findings(decisions, attested, on=on),
        *gap_warnings.ending_findings(decisions, attested, on=on),
    ]


def _claimed(persons: Persons) -> Iterator[Claimed]:
    rows = SubsidyClaim.objects.filter(persons.where("person_id")).order_by()
    for cpas, person_id, aid_kind, month in rows.values_list(
        "cpas_id", "person_id", "aid_kind", "month"
    ):
        person = persons.known_as(person_id)
        if person is not None:
            yield Claimed(cpas, person, aid_kind, month)


def _attested(persons: Persons) -> Iterator[Attested]:
    """Attestations as they now stand.

    `via_replaced`: the number had been replaced when it was sent under it. An attestation sent
    before that remains good: everybody resolves its number.
    """
    rows = (
        Attestation.objects.filter(persons.where("person_id"), superseded_at=None)
        .exclude(nature=Attestation.Nature.CANCELLATION)
        .order_by()
    )
    for cpas, person_id, aid_kind, span, number, replaced_on, created_at in rows.values_list(
        "cpas_id",
        "person_id",
        "aid_kind",
        "period",
        "number",
        "number_as_sent__replaced_on",
        "created_at",
    ):
        person = persons.known_as(person_id)
        if person is not None:
            replaced = replaced_on is not None and replaced_on <= timezone.localdate(created_at)
            yield Attested(cpas, person, aid_kind, span, number, replaced)


def _decided(persons: Persons) -> Iterator[Decided]:
    """All decisions as they now stand.

    A stop or a cancellation is sent without a day on which it was decided, and keeps that of the
    grant: the day it was recorded stands for it, so it cannot be late.
    """
    rows = DecisionVersion.objects.filter(
        persons.where("decision__person_id"), superseded_at=None
    ).order_by()
    change = DecisionVersion.Change
    for cpas, person_id, aid_kind, made, span, decided_on, recorded_at in rows.values_list(
        "decision__cpas_id",
        "decision__person_id",
        "aid_kind",
        "change",
        "period",
        "decided_on",
        "recorded_at",
    ):
        person = persons.known_as(person_id)
        if person is not None:
            recorded_on = timezone.localdate(recorded_at)
            ended = made in (change.STOPPED, change.CANCELLED)
            yield Decided(
                cpas=cpas,
                person=person,
                aid_kind=aid_kind,
                span=None if made == change.CANCELLED else span,
                decided_on=recorded_on if ended else decided_on,
                recorded_on=recorded_on,
                stopped=made == change.STOPPED,
            )
