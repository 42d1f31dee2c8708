"""From rows to the facts that the engine reads, for a few persons and all who matter to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet

from attestations.models import Attestation, HouseholdStatement, PersonFact
from attestations.periods import Span
from attestations.recorded import believed
from attestations.services import identities, known_facts
from attestations.services.known_facts import KnownFact
from derived_rights.engine.facts import (
    REPORTED_FACTS,
    AttestedSpan,
    FactKind,
    Facts,
    HouseholdSpan,
    PaidMonth,
    PermitSpan,
    ReportedSpan,
    ResidenceSpan,
)
from derived_rights.households import Statement, prevailing
from derived_rights.surroundings import around as around


def load(person_ids: Iterable[int], *, known_at: datetime | None = None) -> Facts:
    """What is, or was at an instant, known about exactly these persons, whoever was merged."""
    asked = set(person_ids)
    same = identities.known(asked)
    attested: defaultdict[int, list[AttestedSpan]] = defaultdict(list)
    rows = (
        Attestation.objects.filter(believed(known_at), person_id__in=same.ids(asked))
        .exclude(nature=Attestation.Nature.CANCELLATION)
        .order_by("period", "id")
        .values_list("person_id", "aid_kind", "period", "decided_on", "number")
    )
    for person, kind, span, decided_on, number in rows:
        attested[same.root(person)].append(AttestedSpan(kind, span, decided_on, number))
    return Facts(
        attested,
        load_households(asked, known_at=known_at).household,
        **_open_facts(asked, known_at),
    )


def load_households(person_ids: Iterable[int], *, known_at: datetime | None = None) -> Facts:
    """With whom these persons live, or were believed to live at an instant, and nothing else."""
    asked = set(person_ids)
    ids = identities.known(asked).ids(asked)
    named = list(
        _statements(ids, known_at)
        .filter(fact=None)
        .order_by("id")
        .values_list("subject_id", "member_id", "relation", "period")
    )
    sources = _stated_by_sources(ids | {person for row in named for person in row[:2]}, known_at)
    same = identities.known(
        {person for row in named for person in row[:2]}
        | ids
        | {row.person_id for row in sources}
        | {member.member_id for row in sources for member in row.members.all()}
    )
    roots = same.roots(asked)
    households = prevailing(
        [_statement(row, same) for row in sources],
        [
            HouseholdSpan(same.root(subject), same.root(member), relation, span)
            for subject, member, relation, span in named
            # A merge may make a member of its own household of somebody: that says nothing.
            if same.root(subject) != same.root(member)
        ],
    )
    return Facts(
        household=[span for span in households if span.subject in roots or span.member in roots]
    )


def _stated_by_sources(person_ids: set[int], known_at: datetime | None) -> list[PersonFact]:
    """All that sources state about the households of all whose household names one of these.

    Of a household in which a person is a member, its subject's other statements matter too: a
    later one may end it.
    """
    ids = identities.known(person_ids).ids(person_ids)
    stated = PersonFact.objects.filter(believed(known_at), kind=PersonFact.Kind.HOUSEHOLD)
    as_member = HouseholdStatement.objects.filter(
        believed(known_at), member_id__in=ids, fact__isnull=False
    )
    subjects = ids | set(as_member.values_list("subject_id", flat=True))
    subjects = identities.known(subjects).ids(subjects)
    return list(stated.filter(person_id__in=subjects).order_by("id").prefetch_related("members"))


def _statement(row: PersonFact, same: identities.Identities) -> Statement:
    subject = same.root(row.person_id)
    members = ((same.root(one.member_id), one.relation) for one in row.members.all())
    return Statement(
        subject,
        row.source,
        row.period,
        tuple(sorted((member, relation) for member, relation in members if member != subject)),
    )


def _open_facts(person_ids: set[int], known_at: datetime | None) -> dict[str, Any]:
    """What sources state of all but households, as the arguments of `Facts`."""
    found: defaultdict[str, defaultdict[int, list[Any]]] = defaultdict(lambda: defaultdict(list))
    kinds = [*REPORTED_FACTS, *_READERS]
    known = known_facts.about(person_ids, kinds=kinds, known_at=known_at)
    for person, facts in known.items():
        for fact in facts:
            name, read = _READERS.get(fact.kind, ("reported", _reported))
            stated = read(fact)
            if stated not in found[name][person]:  # several sources may say the same
                found[name][person].append(stated)
    return {name: dict(by_person) for name, by_person in found.items()}


def _span(fact: KnownFact) -> Span:
    if fact.span is None:
        raise ValueError(f"a fact of the kind {fact.kind} has no period")
    return fact.span


def _reported(fact: KnownFact) -> ReportedSpan:
    return ReportedSpan(fact.kind, _span(fact), True)


def _birth(fact: KnownFact) -> date:
    return date.fromisoformat(fact.value["date"])


def _residence(fact: KnownFact) -> ResidenceSpan:
    return ResidenceSpan(fact.value["municipalityCode"], _span(fact))


def _permit(fact: KnownFact) -> PermitSpan:
    return PermitSpan(fact.value["permit"], _span(fact))


def _paid(fact: KnownFact) -> PaidMonth:
    return PaidMonth(fact.aid_kind, _span(fact).start, fact.value["amountEuroCent"])


_READERS: dict[str, tuple[str, Callable[[KnownFact], Any]]] = {
    FactKind.BIRTH_DATE: ("births", _birth),
    FactKind.RESIDENCE: ("residences", _residence),
    FactKind.RESIDENCE_PERMIT: ("permits", _permit),
    FactKind.PAID_AMOUNT: ("paid", _paid),
}


def _statements(
    person_ids: Iterable[int], known_at: datetime | None
) -> QuerySet[HouseholdStatement, HouseholdStatement]:
    wanted = list(person_ids)
    return HouseholdStatement.objects.filter(
        believed(known_at), Q(subject_id__in=wanted) | Q(member_id__in=wanted)
    )
