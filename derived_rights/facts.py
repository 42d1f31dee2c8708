"""From rows to the facts that the engine reads, for a few persons and all who matter to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from attestations.locks import array_of
from attestations.models.fields import to_span
from attestations.periods import Span
from attestations.prepared import prepared
from attestations.recorded import believed_in_sql
from attestations.services import identities, known_facts
from attestations.services.identities import Identities
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

# Read at every derivation: the statements are written out, as making them anew costs more than
# they do.
_ATTESTED = """
SELECT person_id, aid_kind, period, decided_on, number
  FROM unnest(%(ids)s::bigint[]) AS asked (id) CROSS JOIN LATERAL (
    SELECT * FROM attestations_attestation
     WHERE person_id = asked.id AND nature <> 'cancellation' AND {believed} OFFSET 0) AS attested
 ORDER BY period, attested.id
"""

# What CPAS name in decisions about the persons asked for; and all that sources state about the
# households of all whose household names one of these. Of a household in which a person is a
# member, its subject's other statements matter too: a later one may end it. A person has the id
# under which it is known today, and is found under every one that it ever had. Each row is looked
# up by itself (OFFSET 0): a planner that does not know how few are asked for would read tables.
_HOUSEHOLDS = """
WITH named AS MATERIALIZED (
    SELECT DISTINCT one.* FROM unnest(%(ids)s::bigint[]) AS asked (id) CROSS JOIN LATERAL (
        SELECT id, subject_id, member_id, relation, period FROM attestations_householdstatement
         WHERE subject_id = asked.id AND fact_id IS NULL AND {believed}
        UNION ALL
        SELECT id, subject_id, member_id, relation, period FROM attestations_householdstatement
         WHERE member_id = asked.id AND fact_id IS NULL AND {believed}
           AND NOT %(closed)s::boolean) AS one
), met AS (
    SELECT unnest(%(ids)s::bigint[]) AS id
    UNION SELECT subject_id FROM named UNION SELECT member_id FROM named
), spoken_of AS MATERIALIZED ({all_of_met}
), subjects AS (
    SELECT id FROM spoken_of
    UNION SELECT of_others.subject_id FROM spoken_of CROSS JOIN LATERAL (
        SELECT subject_id FROM attestations_householdstatement
         WHERE member_id = spoken_of.id AND fact_id IS NOT NULL AND {believed}
        OFFSET 0) AS of_others
), whole AS ({all_of_subjects}
), stated AS MATERIALIZED (
    SELECT one.* FROM whole CROSS JOIN LATERAL (
        SELECT id, person_id, source, period FROM attestations_personfact
         WHERE kind = 'household' AND person_id = whole.id AND {believed} OFFSET 0) AS one
), told AS (
    SELECT NULL AS fact, NULL AS source, id, subject_id AS subject, member_id AS member, relation,
           period
      FROM named
    UNION ALL
    SELECT stated.id, stated.source, one.id, stated.person_id, one.member_id, one.relation,
           stated.period
      FROM stated LEFT JOIN LATERAL (
        SELECT id, member_id, relation FROM attestations_householdstatement
         WHERE fact_id = stated.id OFFSET 0) AS one ON true
)
SELECT told.fact, told.source, {subject}, {member}, told.relation, told.period
  FROM told
  JOIN LATERAL (
    SELECT id, merged_into_id FROM attestations_person WHERE id = told.subject OFFSET 0
  ) AS subject ON true
  LEFT JOIN LATERAL (
    SELECT id, merged_into_id FROM attestations_person WHERE id = told.member OFFSET 0
  ) AS member ON true
 ORDER BY told.fact, told.id
"""
# Whom a row names: by the id of today, or by that under which it was recorded.
_TODAY = {
    "subject": "coalesce(subject.merged_into_id, subject.id)",
    "member": "coalesce(member.merged_into_id, member.id)",
}
_RECORDED = {"subject": "told.subject", "member": "told.member"}
# All ids of the same persons.
_ALL_OF = """
    SELECT DISTINCT own.id FROM {them}
     CROSS JOIN LATERAL (
        SELECT coalesce(merged_into_id, id) AS root FROM attestations_person
         WHERE id = {them}.id OFFSET 0) AS asked
     CROSS JOIN LATERAL (
        SELECT asked.root AS id
        UNION ALL SELECT id FROM attestations_person WHERE merged_into_id = asked.root) AS own"""


def load(
    person_ids: Iterable[int],
    *,
    known_at: datetime | None = None,
    same: Identities | None = None,
    as_then: bool = False,
    closed: bool = False,
) -> Facts:
    """What is, or was at an instant, known about exactly these persons, whoever was merged.

    Three questions; a fourth for the identities of the persons, unless the caller gives `same`.
    These are those of today, unless `as_then` says that they are those of that instant: then the
    persons must be given under every id that they have today.
    """
    asked = set(person_ids)
    same = identities.known(asked) if same is None else same
    attested: defaultdict[int, list[AttestedSpan]] = defaultdict(list)
    for person, kind, period, decided_on, number in _rows(_ATTESTED, same.ids(asked), known_at):
        attested[same.root(person)].append(AttestedSpan(kind, to_span(period), decided_on, number))
    return Facts(
        attested,
        load_households(
            asked, known_at=known_at, same=same, as_then=as_then, closed=closed
        ).household,
        **_open_facts(asked, known_at, same),
    )


def load_households(
    person_ids: Iterable[int],
    *,
    known_at: datetime | None = None,
    same: Identities | None = None,
    as_then: bool = False,
    closed: bool = False,
) -> Facts:
    """With whom these persons live, or were believed to live at an instant, and nothing else."""
    asked = set(person_ids)
    same = identities.known(asked) if same is None else same
    named: list[HouseholdSpan] = []
    stated: dict[int, Statement] = {}
    names = _RECORDED if as_then else _TODAY
    rows = _rows(_HOUSEHOLDS, same.ids(asked), known_at, names, closed=closed)
    for fact, source, subject, member, relation, period in rows:
        if as_then:
            subject, member = same.root(subject), same.root(member)
        if fact is not None:
            before = stated.get(fact) or Statement(subject, source, to_span(period))
            stated[fact] = before.naming(member, relation)
        elif subject != member:  # a merge may make it so: that says nothing
            named.append(HouseholdSpan(subject, member, relation, to_span(period)))
    roots = same.roots(asked)
    households = prevailing(stated.values(), named)
    return Facts(
        household=[span for span in households if span.subject in roots or span.member in roots]
    )


def _rows(
    statement: str,
    ids: set[int],
    known_at: datetime | None,
    named: Mapping[str, str] = _TODAY,
    *,
    closed: bool = False,
) -> list[tuple[Any, ...]]:
    query = statement.format(
        believed=believed_in_sql(known_at),
        all_of_met=_ALL_OF.format(them="met"),
        all_of_subjects=_ALL_OF.format(them="subjects"),
        **named,
    )
    with prepared() as cursor:
        cursor.execute(query, {"ids": array_of(ids), "known_at": known_at, "closed": closed})
        return cursor.fetchall()


def _open_facts(
    person_ids: set[int], known_at: datetime | None, same: Identities
) -> dict[str, Any]:
    """What sources state of all but households, as the arguments of `Facts`."""
    found: defaultdict[str, defaultdict[int, list[Any]]] = defaultdict(lambda: defaultdict(list))
    kinds = [*REPORTED_FACTS, *_READERS]
    known = known_facts.about(person_ids, kinds=kinds, known_at=known_at, same=same)
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
    return ReportedSpan(fact.kind, _span(fact), fact.value.get("holds", True))


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
