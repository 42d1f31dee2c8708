"""Which statement about a household stands: the register prevails over a CPAS. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from attestations.overlaying import overlay
from attestations.periods import Span, Timeline
from derived_rights.engine.facts import HouseholdSpan, PersonId

REGISTER = "nationalRegister"


@dataclass(frozen=True, slots=True)
class Statement:
    """The whole household of `subject` as a source states it; without members one lives alone."""

    subject: PersonId
    source: str
    span: Span
    members: tuple[tuple[PersonId, str], ...] = ()

    def naming(self, member: PersonId | None, relation: str) -> Statement:
        """The statement with one more member; None, or the subject itself, adds none."""
        if member is None or member == self.subject:
            return self
        return replace(self, members=tuple(sorted((*self.members, (member, relation)))))


def prevailing(
    statements: Iterable[Statement], named: Iterable[HouseholdSpan] = ()
) -> list[HouseholdSpan]:
    """Who lives with whom: from the sources' statements, oldest first, and CPAS' decisions.

    Of one source about one subject, the period that begins later prevails. What others than the
    register say holds only on the days on which the register says nothing about the subject, nor
    about the member.
    """
    by_source: defaultdict[tuple[PersonId, str], list[tuple[Span, Statement]]] = defaultdict(list)
    for statement in statements:
        by_source[statement.subject, statement.source].append((statement.span, statement))
    told = [found for stated in by_source.values() for found in overlay(stated)]
    register = [one for one in told if one[0].source == REGISTER]
    others = [one for one in told if one[0].source != REGISTER]
    spoken_of = _spoken_of(register)
    found = [span for statement, days in register for span in _spans(statement, days)]
    for span in [*named, *(span for one, days in others for span in _spans(one, days))]:
        left = Timeline([span.span])
        for person in (span.subject, span.member):
            left &= ~spoken_of.get(person, Timeline())
        found += [HouseholdSpan(span.subject, span.member, span.relation, one) for one in left]
    return found


def _spoken_of(register: Sequence[tuple[Statement, Timeline]]) -> dict[PersonId, Timeline]:
    """The days on which the register says with whom each person lives."""
    spans: defaultdict[PersonId, list[Span]] = defaultdict(list)
    for statement, days in register:
        for person in (statement.subject, *(member for member, _ in statement.members)):
            spans[person] += days
    return {person: Timeline(stated) for person, stated in spans.items()}


def _spans(statement: Statement, days: Timeline) -> Iterator[HouseholdSpan]:
    for member, relation in statement.members:
        for span in days:
            yield HouseholdSpan(statement.subject, member, relation, span)
