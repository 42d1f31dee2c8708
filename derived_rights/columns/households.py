"""Which statements about households stand, for many persons at once: `households.prevailing`. Pure.

A household may be stated by many, hold many and change often; nowhere is there a loop over one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from derived_rights.columns.remainders import Numbers, Rows, expand, last_words, subtract
from derived_rights.engine.columns import HouseholdRows


@dataclass(frozen=True, slots=True, eq=False)
class Statements:
    """What sources state, a row for each; `order` is that in which they were stated.

    `source` is any number that tells the sources apart, and `register` says which are the
    National Register's.
    """

    subject: Numbers
    source: Numbers
    register: Rows
    start: Numbers
    end: Numbers
    order: Numbers


@dataclass(frozen=True, slots=True, eq=False)
class Members:
    """Whom each statement, given by its row, names as what."""

    statement: Rows
    member: Numbers
    relation: Numbers


def prevailing(stated: Statements, members: Members, named: HouseholdRows) -> HouseholdRows:
    """Who lives with whom, by the statements of sources and by what CPAS named in decisions."""
    others = np.flatnonzero(members.member != stated.subject[members.statement])
    members = _taken(members, others[np.argsort(members.statement[others], kind="stable")])
    told = last_words(stated.subject, stated.source, stated.start, stated.end, stated.order)
    # Each piece of a statement, with each of its members.
    first = np.searchsorted(members.statement, told.row, side="left")
    piece, member = expand(first, np.searchsorted(members.statement, told.row, side="right"))
    spans = HouseholdRows(
        stated.subject[told.row[piece]],
        members.member[member],
        members.relation[member],
        told.start[piece],
        told.end[piece],
    )
    by_register = stated.register[told.row] != 0
    registered = by_register[piece]
    of_register: HouseholdRows = spans.take(registered)
    # The days on which the register says with whom each person lives.
    spoken = (
        np.concatenate([stated.subject[told.row[by_register]], of_register.member]),
        np.concatenate([told.start[by_register], of_register.start]),
        np.concatenate([told.end[by_register], of_register.end]),
    )
    of_others = _joined(_without_self(named), spans.take(~registered))
    return _joined(of_register, _unspoken(of_others, *spoken))


def _unspoken(rows: HouseholdRows, person: Numbers, start: Numbers, end: Numbers) -> HouseholdRows:
    """What is left of the rows on the days about which neither of the two is spoken of."""
    if not len(rows):
        return rows
    by_person = np.argsort(person, kind="stable")
    person, start, end = person[by_person], start[by_person], end[by_person]
    both = np.concatenate([rows.subject, rows.member])
    first = np.searchsorted(person, both, side="left")
    place, spoken = expand(first, np.searchsorted(person, both, side="right"))
    left = subtract(
        rows.start,
        rows.end,
        owner=place % len(rows),
        taken_from=start[spoken],
        taken_to=end[spoken],
    )
    kept = rows.take(left.row)
    return HouseholdRows(kept.subject, kept.member, kept.relation, left.start, left.end)


def _without_self(rows: HouseholdRows) -> HouseholdRows:
    """A merge may make a member of its own household of somebody: that says nothing."""
    kept: HouseholdRows = rows.take(rows.subject != rows.member)
    return kept


def _joined(one: HouseholdRows, other: HouseholdRows) -> HouseholdRows:
    return HouseholdRows(
        np.concatenate([one.subject, other.subject]),
        np.concatenate([one.member, other.member]),
        np.concatenate([one.relation, other.relation]),
        np.concatenate([one.start, other.start]),
        np.concatenate([one.end, other.end]),
    )


def _taken(members: Members, rows: Rows) -> Members:
    return Members(members.statement[rows], members.member[rows], members.relation[rows])
