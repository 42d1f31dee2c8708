"""What sources say about persons, now or as it was known at an instant: for those who read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from attestations import municipalities
from attestations.models import PersonFact
from attestations.overlaying import overlay
from attestations.periods import Span
from attestations.recorded import believed
from attestations.services import identities

# A person has one of these at a time, so that of one source the later period prevails.
_ONE_AT_A_TIME = (PersonFact.Kind.RESIDENCE, PersonFact.Kind.RESIDENCE_PERMIT)
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


def about(
    person_ids: Iterable[int],
    *,
    kinds: Iterable[str] = PersonFact.Kind.values,
    known_at: datetime | None = None,
) -> dict[int, list[KnownFact]]:
    """The facts about these persons, by the id under which each is known today, oldest first.

    Households are not among them: they are read with the statements of CPAS.
    """
    asked = list(person_ids)
    same = identities.known(asked)
    rows = (
        PersonFact.objects.filter(
            believed(known_at), person_id__in=same.ids(asked), kind__in=list(kinds)
        )
        .exclude(kind=PersonFact.Kind.HOUSEHOLD)
        .order_by("id")
    )
    grouped: defaultdict[tuple[int, str, str], list[PersonFact]] = defaultdict(list)
    for row in rows:
        grouped[same.root(row.person_id), row.kind, row.source].append(row)
    found: defaultdict[int, list[KnownFact]] = defaultdict(list)
    for (person, kind, _source), stated in grouped.items():
        found[person] += _spread(kind, stated)
    return dict(found)


def _spread(kind: str, rows: list[PersonFact]) -> Iterator[KnownFact]:
    """What one source says, from what it stated, oldest first."""
    if kind in _ONE_AT_A_TIME:
        return _one_at_a_time(rows)
    if kind in _ONCE:
        rows = list({(row.aid_kind, row.period): row for row in rows}.values())
    return _side_by_side(rows)


def _side_by_side(rows: list[PersonFact]) -> Iterator[KnownFact]:
    for row in rows:
        yield KnownFact(row.kind, row.source, row.period, row.value, row.aid_kind)


def _one_at_a_time(rows: list[PersonFact]) -> Iterator[KnownFact]:
    for row, days in overlay((row.period, row) for row in rows):
        for span in days:
            for piece, value in _pieces(row, span):
                yield KnownFact(row.kind, row.source, piece, value)


def _pieces(row: PersonFact, span: Span) -> Iterator[tuple[Span, Mapping[str, Any]]]:
    code = row.value.get("municipalityCode")
    if code is None:
        yield span, row.value
        return
    for piece, standing in municipalities.pieces(code, span):
        yield piece, {"municipalityCode": standing}
