"""Why a right applies to a person on one day, or does not: typed steps, without a word of text.

A step is a term, what it gives, and the steps of the terms inside it that made it so. `reasons`
turns steps into sentences.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from itertools import islice

from attestations.periods import Span
from derived_rights.engine.causes import cause, decisive_day
from derived_rights.engine.facts import MissingFact, PersonId
from derived_rights.engine.figures import Figure
from derived_rights.engine.one import Answer, Derivation
from derived_rights.engine.pieces import Belief, Pieces, joined
from derived_rights.engine.right import Window
from derived_rights.engine.terms import (
    AllOf,
    AnyOf,
    Bridged,
    CarriedToYearEnd,
    CompleteMonths,
    CountedDays,
    Derived,
    EverSince,
    FromQuarterOfDecision,
    FromStartOf,
    HeldInHousehold,
    LastingAtLeast,
    OnReferenceDate,
    Term,
    ToEndOf,
    WholeMonths,
    WholeQuarters,
)


@dataclass(frozen=True, slots=True)
class Step:
    """What `term` gives for `person` on `day`.

    `person` is not the one asked about below a step of the household: show it only to who may see
    that person. `day` differs from the one asked about below a term that moves days: it is then a
    day that caused the other. `span` is the unbroken period that holds the day, None if the term
    does not hold, and `attestation_numbers` are those that caused this period; `others` are the
    members of the household on whom it rests: its days tell about them.
    """

    person: PersonId
    term: Term
    day: date
    answer: Answer
    span: Span | None = None
    attestation_numbers: tuple[str, ...] = ()
    others: frozenset[PersonId] = frozenset()
    missing: tuple[MissingFact, ...] = ()
    steps: tuple[Step, ...] = ()

    @property
    def figure(self) -> Figure | None:
        """The first figure of the law that this step uses, with its parameter and first day."""
        names = fields(self.term)  # type: ignore[arg-type]  # every term is a dataclass
        values = (getattr(self.term, name.name) for name in names)
        return next((value for value in values if isinstance(value, Figure)), None)


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answer for one person, right and day, and all that led to it.

    `window` is the law in force that day with its figures; None before the right existed.
    """

    person: PersonId
    right: str
    day: date
    answer: Answer
    span: Span | None
    missing: tuple[MissingFact, ...]
    window: Window | None
    steps: tuple[Step, ...]


def explain(derivation: Derivation, person: PersonId, code: str, day: date) -> Explanation:
    """Why the right applies on `day`, does not, or cannot be told."""
    step = _step(derivation, person, Derived(code), day)
    window = derivation.legislation.window_on(code, day)
    return Explanation(person, code, day, step.answer, step.span, step.missing, window, step.steps)


def _step(derivation: Derivation, person: PersonId, term: Term, day: date) -> Step:
    belief = derivation.belief(person, term)
    answer, held = _on(belief, day)
    run = next((run for run in joined(held) if day in run.span), None)
    return Step(
        person=person,
        term=term,
        day=day,
        answer=answer,
        span=None if run is None else run.span,
        attestation_numbers=() if run is None else tuple(sorted(run.numbers)),
        others=frozenset() if run is None else run.others,
        missing=_sorted(piece.missing for piece in held if day in piece.span),
        steps=tuple(_causes(derivation, person, term, day, answer)),
    )


def _on(belief: Belief, day: date) -> tuple[Answer, Pieces]:
    """The answer on the day, and the pieces that give it."""
    if any(day in piece.span for piece in belief.sure):
        return Answer.APPLIES, belief.sure
    if any(day in piece.span for piece in belief.possible):
        return Answer.UNDETERMINED, belief.possible
    return Answer.DOES_NOT_APPLY, ()


def _causes(
    derivation: Derivation, person: PersonId, term: Term, day: date, answer: Answer
) -> Iterable[Step]:
    match term:
        case Derived(code):
            window = derivation.legislation.window_on(code, day)
            return () if window is None else (_step(derivation, person, window.term, day),)
        case HeldInHousehold(inner, relations):
            if answer is Answer.DOES_NOT_APPLY:
                return ()  # nobody is named of whom there is nothing to say
            others = dict.fromkeys(
                cohabitation.other
                for cohabitation in derivation.facts.cohabitations(person)
                if day in cohabitation.days
                and (relations is None or cohabitation.relation in relations)
            )
            found = (_step(derivation, other, inner, day) for other in others)
            return _first(step for step in found if step.answer is answer)
        case AnyOf(terms) | AllOf(terms):
            steps = [_step(derivation, person, inner, day) for inner in terms]
            alike = [step for step in steps if step.answer is answer]
            match term, answer:
                case AnyOf(), Answer.APPLIES:
                    return _first(alike)
                case AllOf(), Answer.DOES_NOT_APPLY:
                    return alike
                case _:
                    return steps
        case (
            CompleteMonths()
            | LastingAtLeast()
            | Bridged()
            | CountedDays()
            | EverSince()
            | CarriedToYearEnd()
            | FromQuarterOfDecision()
            | FromStartOf()
            | OnReferenceDate()
            | ToEndOf()
            | WholeMonths()
            | WholeQuarters()
        ):
            if answer is Answer.DOES_NOT_APPLY:
                before = decisive_day(term, day)
            else:
                belief = derivation.belief(person, term.term)
                before = cause(term, belief, day, sure=answer is Answer.APPLIES)
            return (_step(derivation, person, term.term, before),)
        case _:
            return [_step(derivation, person, inner, day) for inner in term.operands]


def _first(steps: Iterable[Step]) -> tuple[Step, ...]:
    """One sufficient reason is enough; the others would only repeat it."""
    return tuple(islice(steps, 1))


def _sorted(missing: Iterable[frozenset[MissingFact]]) -> tuple[MissingFact, ...]:
    every = {fact for facts in missing for fact in facts}
    return tuple(sorted(every, key=lambda fact: (fact.person, fact.fact)))
