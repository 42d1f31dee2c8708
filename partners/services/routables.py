"""The rows of both ledgers as routing sees them: who is concerned, by what, on which days."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange

from attestations.models import FactChange
from attestations.models.fields import timeline_from_json, to_span
from attestations.periods import Span, Timeline
from attestations.prepared import prepared
from derived_rights.engine.catalogue import rights as catalogue
from derived_rights.models import RightChange
from partners import routing
from partners.routing import Matter


@dataclass(frozen=True, slots=True)
class Change:
    """What identifies a row of a ledger; `right` is empty in that of facts, `kind` in the other."""

    pk: int
    person_id: int
    ticket: uuid.UUID
    recorded_at: datetime
    right: str = ""
    kind: str = ""

    @property
    def is_right(self) -> bool:
        return bool(self.right)


@dataclass(frozen=True, slots=True)
class Routable:
    """A row of either ledger with what routing must know of it.

    `told_version` is given where the change stands for several that a recipient was not told.
    """

    change: Change
    matter: Matter
    addressee: str = ""  # the organisation whose right it is, told even without authorisation
    told_version: int | None = None


NOBODY_IS_TOLD = Matter("", "", Timeline())


def right_routable(change: RightChange) -> Routable:
    """A change of a right as routing sees it."""
    return _of_right(
        Change(change.pk, change.person_id, change.ticket, change.recorded_at, change.right),
        [change.periods, change.previous_periods, change.undetermined_periods],
    )


def fact_routable(change: FactChange) -> Routable:
    """A change of facts as routing sees it; what nobody is told of has no topic."""
    attested, missing = change.attestation, change.missing
    former = attested.previous if attested is not None else None
    matter = _matter(
        attested.aid_kind if attested is not None else None,
        [one.period for one in (attested, former) if one is not None],
        missing.aid_kind if missing is not None else None,
        [one.period for one in (missing,) if one is not None],
    )
    identified = Change(
        change.pk, change.person_id, change.ticket, change.recorded_at, kind=change.kind
    )
    return Routable(identified, matter)


# Read at every routing: the statements are written out, as making them anew costs more than they
# do.
_RIGHTS = """
SELECT id, person_id, ticket, recorded_at, "right", periods, previous_periods, undetermined_periods
  FROM derived_rights_rightchange AS change WHERE {condition}
"""
_FACTS = """
SELECT change.id, change.person_id, change.ticket, change.recorded_at, change.kind,
       attested.aid_kind, attested.period, former.period, missing.aid_kind, missing.period
  FROM attestations_factchange AS change
  LEFT JOIN LATERAL (
    SELECT aid_kind, period, previous_id FROM attestations_attestation
     WHERE id = change.attestation_id OFFSET 0) AS attested ON true
  LEFT JOIN LATERAL (
    SELECT period FROM attestations_attestation
     WHERE id = attested.previous_id OFFSET 0) AS former ON true
  LEFT JOIN LATERAL (
    SELECT aid_kind, period FROM attestations_missingattestation
     WHERE id = change.missing_id OFFSET 0) AS missing ON true
 WHERE {condition}
"""


def rights_where(condition: str, values: Mapping[str, Any]) -> list[Routable]:
    """Changes of rights; the condition is about `change`, a row of RightChange."""
    found = []
    for pk, person, ticket, recorded_at, right, *days in _rows(_RIGHTS, condition, values):
        change = Change(pk, person, ticket, recorded_at, right)
        found.append(_of_right(change, map(json.loads, days)))
    return found


def facts_where(condition: str, values: Mapping[str, Any]) -> list[Routable]:
    """Changes of facts; the condition is about `change`, a row of FactChange."""
    found = []
    for row in _rows(_FACTS, condition, values):
        pk, person, ticket, recorded_at, kind, aid_kind, attested, former, *finding = row
        missing_kind, missing = finding
        matter = _matter(aid_kind, _spans(attested, former), missing_kind, _spans(missing))
        found.append(Routable(Change(pk, person, ticket, recorded_at, kind=kind), matter))
    return found


def _of_right(change: Change, days: Iterable[list[list[str | None]]]) -> Routable:
    concerned = Timeline(span for part in days for span in timeline_from_json(part))
    known = catalogue().get(change.right)
    matter = Matter(routing.RIGHTS, change.right, concerned)
    return Routable(change, matter, known.recipient if known else "")


def _matter(
    aid_kind: str | None,
    attested: Iterable[Span],
    missing_kind: str | None,
    missing: Iterable[Span],
) -> Matter:
    """What a change of facts is about: an attestation, a finding, or nothing that is told."""
    if aid_kind is not None:
        return Matter(routing.ATTESTATIONS, aid_kind, Timeline(attested))
    if missing_kind is not None:
        return Matter(routing.MISSING, missing_kind, Timeline(missing))
    return NOBODY_IS_TOLD


def _spans(*ranges: DateRange | None) -> list[Span]:
    return [to_span(one) for one in ranges if one is not None]


def _rows(statement: str, condition: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with prepared() as cursor:
        cursor.execute(statement.format(condition=condition), values)
        return cursor.fetchall()
