"""From rows to columns: what is known of a whole range of persons, for the bulk interpreter.

The same knowledge as `facts.load` gives of a few, and no other: of today, merged persons as one,
and of what one source states the later over the earlier.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

import numpy as np

from attestations.codes import AidKind, HouseholdRelation
from attestations.models import PersonFact
from derived_rights.columns import packed, sources
from derived_rights.columns.households import Members, Statements, prevailing
from derived_rights.columns.packed import both, code, halves, ordinal
from derived_rights.columns.ranges import Among, Range
from derived_rights.engine.columns import (
    AttestedRows,
    BirthRows,
    Columns,
    HouseholdRows,
    PaidRows,
    PermitRows,
    ResidenceRows,
)
from derived_rights.engine.fact_kinds import REPORTED_FACTS, FactKind
from derived_rights.households import REGISTER

__all__ = ["Among", "Range", "load"]


def load(persons: Range, *, kinds: Collection[str] | None = None) -> Columns:
    """What is known about these persons, who must be all that any household binds together.

    `kinds` limits it to these codes of AidKind and FactKind, by default all; households are always
    among it.
    """
    wanted = {*AidKind, *FactKind} if kinds is None else set(kinds)
    household, residences, births, attested, reported, permits, paid = packed.side_by_side(
        partial(_households, persons),
        partial(sources.residence, persons) if FactKind.RESIDENCE in wanted else _no_residence,
        partial(sources.births, persons) if FactKind.BIRTH_DATE in wanted else BirthRows,
        partial(_attested, persons, wanted),
        partial(sources.reported, persons, wanted),
        partial(sources.permits, persons) if FactKind.RESIDENCE_PERMIT in wanted else _no_permit,
        partial(sources.paid, persons) if FactKind.PAID_AMOUNT in wanted else PaidRows,
    )
    municipalities, residence = residences
    permit_values, permits = permits
    return Columns(
        ids=persons.ids,
        attested=attested,
        household=household,
        reported=reported,
        births=births,
        residence=residence,
        permits=permits,
        paid=paid,
        facts=tuple(REPORTED_FACTS),
        municipalities=municipalities,
        permit_values=permit_values,
    )


def _no_residence() -> tuple[tuple[str, ...], ResidenceRows]:
    return (), ResidenceRows()


def _no_permit() -> tuple[tuple[str, ...], PermitRows]:
    return (), PermitRows()


def _attested(persons: Range, wanted: Collection[str]) -> AttestedRows:
    rows = packed.read(
        [
            both("person_id", packed.start("period")),
            both(
                both(code("aid_kind", list(AidKind)), ordinal("decided_on")), packed.end("period")
            ),
        ],
        f"""attestations_attestation WHERE superseded_at IS NULL AND nature <> 'cancellation'
        AND aid_kind = ANY(%(kinds)s) AND {persons.condition("person_id")}""",
        persons.values | {"kinds": sorted(set(AidKind) & set(wanted))},
    )
    person, start = halves(rows[:, 0])
    coded, end = halves(rows[:, 1])
    place, coded, start, end = persons.placed(person, coded, start, end)
    kind, decided = halves(coded)
    order = np.lexsort((start, place))
    return AttestedRows(place[order], kind[order], start[order], end[order], decided[order])


def _households(persons: Range) -> HouseholdRows:
    is_register = f"(source = '{REGISTER}')::int::bigint"
    of_sources = sources.stated(persons, PersonFact.Kind.HOUSEHOLD, is_register)
    of_sources = of_sources.take(np.argsort(of_sources.order))
    rows = packed.read(
        [
            both("subject_id", packed.start("period")),
            both("member_id", packed.end("period")),
            both("coalesce(fact_id, 0)", code("relation", list(HouseholdRelation))),
        ],
        f"""attestations_householdstatement WHERE superseded_at IS NULL
        AND {persons.condition("subject_id")}""",
        persons.values,
    )
    subject, start = halves(rows[:, 0])
    member, end = halves(rows[:, 1])
    fact, relation = halves(rows[:, 2])
    subject, member, start, end, fact, relation = persons.placed(
        subject, persons.places(member), start, end, fact, relation
    )
    by_cpas = fact == 0
    statement = np.searchsorted(of_sources.order, fact[~by_cpas])
    named = HouseholdRows(*(column[by_cpas] for column in (subject, member, relation, start, end)))
    return prevailing(
        Statements(
            of_sources.person,
            of_sources.source,
            of_sources.value,
            of_sources.start,
            of_sources.end,
            of_sources.order,
        ),
        Members(statement, member[~by_cpas], relation[~by_cpas]),
        named,
    )
