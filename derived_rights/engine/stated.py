"""What follows from the facts that sources state about one person, and from their silence."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from attestations.periods import FOREVER, Span, Timeline, add_months
from derived_rights.engine.facts import FactKind, Facts, MissingFact, PersonId
from derived_rights.engine.pieces import Belief, Piece
from derived_rights.engine.terms import Aged, Permitted, Reported, ResidesIn


def reported(term: Reported, facts: Facts, person: PersonId) -> Belief:
    """What sources affirm or deny."""
    reports = [report for report in facts.reported.get(person, ()) if report.fact == term.fact]
    return _told(
        (report.span for report in reports if report.holds),
        (report.span for report in reports if not report.holds),
        MissingFact(person, FactKind(term.fact)),
    )


def residing(term: ResidesIn, facts: Facts, person: PersonId) -> Belief:
    """A residence in another place denies the one asked for."""
    stated = facts.residences.get(person, ())
    return _told(
        (one.span for one in stated if term.holds_in(one.municipality)),
        (one.span for one in stated if not term.holds_in(one.municipality)),
        MissingFact(person, FactKind.RESIDENCE),
    )


def permitted(term: Permitted, facts: Facts, person: PersonId) -> Belief:
    """A permit of another value denies the ones asked for."""
    stated = facts.permits.get(person, ())
    return _told(
        (one.span for one in stated if one.value in term.values),
        (one.span for one in stated if one.value not in term.values),
        MissingFact(person, FactKind.RESIDENCE_PERMIT),
    )


def aged(term: Aged, facts: Facts, person: PersonId) -> Belief:
    """Each date of birth that is stated affirms the days of that age, and denies all others."""
    affirmed = [
        Timeline([] if (span := _of_age(term, birth)) is None else [span])
        for birth in facts.births.get(person, ())
    ]
    return _told(
        (span for days in affirmed for span in days),
        (span for days in affirmed for span in ~days),
        MissingFact(person, FactKind.BIRTH_DATE),
    )


def _of_age(term: Aged, birth: date) -> Span | None:
    start = add_months(birth, 12 * (term.at_least or 0))
    end = FOREVER if term.below is None else add_months(birth, 12 * term.below)
    return Span(start, end) if start < end else None


def _told(affirmed: Iterable[Span], denied: Iterable[Span], missing: MissingFact) -> Belief:
    """Days that one source affirms and another denies are as uncertain as silence."""
    yes, no = Timeline(affirmed), Timeline(denied)
    sure = tuple(Piece(span) for span in yes - no)
    unknown = ~(yes | no) | (yes & no)
    if not unknown:
        return Belief(sure, sure)
    in_doubt = tuple(Piece(span, missing=frozenset({missing})) for span in unknown)
    return Belief(sure, sure + in_doubt)
