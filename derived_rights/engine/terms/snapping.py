"""The terms that move the ends of another one to those of a month, a quarter or a year."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from derived_rights.engine.terms.base import (
    InvalidTerm,
    Term,
    check_one_of,
    check_term,
    check_whole,
    subterms,
)
from derived_rights.engine.terms.combining import AnyOf
from derived_rights.engine.terms.reading import Attested, HeldInHousehold


class Unit(StrEnum):
    """A part of the calendar."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class CarriedToYearEnd(Term):
    """Each span of `term`, kept until 31 December of the year of its last day + `extra_years`."""

    term: Term
    extra_years: int = 0

    def __post_init__(self) -> None:
        check_term(self, self.term)
        check_whole(self, "extra_years", self.extra_years, least=0)

    @property
    def operands(self) -> tuple[Term, ...]:
        return (self.term,)


@dataclass(frozen=True, slots=True)
class FromQuarterOfDecision(Term):
    """Attested days, counted from the quarter of the decision, attestation by attestation.

    Each begins on the first day of the quarter of the later of its decision and its own start, be
    that earlier or later than its start; one that is over by then gives nothing. Who lives with the
    holder has it from the same day, but not from before they lived together; a household that is
    stated from the very day the aid begins is taken to have existed before.

    `term` must speak of attestations one by one: `Attested`, joined by `|`, held in the household,
    or carried to the end of the year.
    """

    term: Term

    def __post_init__(self) -> None:
        check_term(self, self.term)
        for inner in subterms(self.term):
            if not isinstance(inner, Attested | AnyOf | HeldInHousehold | CarriedToYearEnd):
                raise InvalidTerm(
                    "from_quarter_of_decision needs the decision of each attestation, which"
                    f" {type(inner).__name__} does not keep; apply it before {type(inner).__name__}"
                )

    @property
    def operands(self) -> tuple[Term, ...]:
        return (self.term,)


@dataclass(frozen=True, slots=True)
class WholeMonths(Term):
    """All days of every calendar month of which at least one day is in `term`."""

    term: Term

    def __post_init__(self) -> None:
        check_term(self, self.term)

    @property
    def operands(self) -> tuple[Term, ...]:
        return (self.term,)


@dataclass(frozen=True, slots=True)
class WholeQuarters(Term):
    """All days of every calendar quarter of which at least one day is in `term`."""

    term: Term

    def __post_init__(self) -> None:
        check_term(self, self.term)

    @property
    def operands(self) -> tuple[Term, ...]:
        return (self.term,)


@dataclass(frozen=True, slots=True)
class ToEndOf(Term):
    """Each span of `term`, kept until the last day of the unit that holds its last day.

    `unit` is "month", "quarter" or "year". What is open stays open.
    """

    term: Term
    unit: str

    def __post_init__(self) -> None:
        check_term(self, self.term)
        check_one_of("a unit", self.unit, Unit)

    @property
    def operands(self) -> tuple[Term, ...]:
        return (self.term,)


@dataclass(frozen=True, slots=True)
class FromStartOf(Term):
    """Each span of `term`, from the first day of the unit that holds its first day.

    `unit` is "month", "quarter" or "year".
    """

    term: Term
    unit: str

    def __post_init__(self) -> None:
        check_term(self, self.term)
        check_one_of("a unit", self.unit, Unit)

    @property
    def operands(self) -> tuple[Term, ...]:
        return (self.term,)
