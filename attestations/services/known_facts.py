"""What sources say about persons, now or as it was known at an instant: for those who read."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from attestations import municipalities
from attestations.locks import array_of
from attestations.models import PersonFact
from attestations.models.fields import to_span
from attestations.overlaying import overlay
from attestations.periods import Span
from attestations.prepared import prepared
from attestations.recorded import believed_in_sql
from attestations.services import identities
from attestations.services.identities import Identities

# A person has one of these at a time, so that of one source the later period prevails.
_ONE_AT_A_TIME = (
    PersonFact.Kind.RESIDENCE,
    PersonFact.Kind.RESIDENCE_PERMIT,
    PersonFact.Kind.FOREIGN_INSURANCE,
)
# One source states one of these for good or for a month; of a person who was merged, it may have
# stated two.
_ONCE = (PersonFact.Kind.BIRTH_DATE, PersonFact.Kind.DEATH, PersonFact.Kind.PAID_AMOUNT)


@dataclass(frozen=True)
class KnownFact:
    """A fact and its source; `span` is None for what has no period.

    A residence has the code that its municipality bears on the days of `span`.
    """

    kind: str
    source: str
    span: Span | None
    value: Mapping[str, Any]
    aid_kind: str = ""


# Read at every derivation: the statement is written out, as making it anew costs more than it.
_STATED = """
SELECT person_id, kind, source, aid_kind, period, value
  FROM unnest(%(ids)s::bigint[]) AS asked (id) CROSS JOIN LATERAL (
    SELECT * FROM attestations_personfact
     WHERE person_id = asked.id AND kind = ANY(%(kinds)s) AND kind <> 'household' AND {believed}
    OFFSET 0) AS stated
 ORDER BY stated.id
"""


def about(
    person_ids: Iterable[int],
    *,
    kinds: Iterable[str] = PersonFact.Kind.values,
    known_at: datetime | None = None,
    same: Identities | None = None,
) -> dict[int, list[KnownFact]]:
    """The facts about these persons, by the id under which each is known today, oldest first.

    Households are not among them: they are read with the statements of CPAS. `same` are the
    identities of these persons, if the caller has asked for them.
    """
    asked = list(person_ids)
    same = identities.known(asked) if same is None else same
    grouped: defaultdict[tuple[int, str, str], list[KnownFact]] = defaultdict(list)
    values: dict[str, Any] = {"ids": array_of(same.ids(asked)), "kinds": list(kinds)}
    with prepared() as cursor:
        cursor.execute(
            _STATED.format(believed=believed_in_sql(known_at)), values | {"known_at": known_at}
        )
        for person, kind, source, aid_kind, period, value in cursor.fetchall():
            span = None if period is None else to_span(period)
            stated = KnownFact(kind, source, span, json.loads(value), aid_kind)
            grouped[same.root(person), kind, source].append(stated)
    found: defaultdict[int, list[KnownFact]] = defaultdict(list)
    for (person, kind, _source), rows in grouped.items():
        found[person] += _spread(kind, rows)
    return dict(found)


def _spread(kind: str, rows: list[KnownFact]) -> Iterable[KnownFact]:
    """What one source says, from what it stated, oldest first."""
    if kind in _ONE_AT_A_TIME:
        return _one_at_a_time(rows)
    if kind in _ONCE:
        return {(row.aid_kind, row.span): row for row in rows}.values()
    return rows


def _one_at_a_time(rows: Iterable[KnownFact]) -> Iterator[KnownFact]:
    for row, days in overlay((row.span, row) for row in rows if row.span is not None):
        for span in days:
            for piece, value in _pieces(row, span):
                yield KnownFact(row.kind, row.source, piece, value)


def _pieces(row: KnownFact, span: Span) -> Iterator[tuple[Span, Mapping[str, Any]]]:
    code = row.value.get("municipalityCode")
    if code is None:
        yield span, row.value
        return
    for piece, standing in municipalities.pieces(code, span):
        yield piece, {"municipalityCode": standing}
