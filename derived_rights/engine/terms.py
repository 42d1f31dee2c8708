"""The closed vocabulary in which rights are written.

A term stands for a set of days of one person. Terms are values: frozen, hashable, equal when they
are written alike, and without functions inside, so that several interpreters can read the same
ones and compute a part that many rights share only once. An ill-formed term cannot be built.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from attestations.codes import AidKind, HouseholdRelation
from derived_rights.engine.facts import REPORTED_FACTS


class InvalidTerm(ValueError):
    """A term that has no meaning; the message says what to write instead."""


class Anchor(StrEnum):
    """On which day something begins that needs a number of complete months."""

    COMPLETION = "completion"  # the day on which the months are complete
    SPAN_START = "spanStart"  # the first day of the months, once they are complete
    MONTH_START = "monthStart"  # the first day of the month of completion
    QUARTER_START = "quarterStart"  # the first day of the quarter of completion


class Term:
    """Base of all terms: combine them with `|`, `&` and `~`, and change them with the methods."""

    __slots__ = ()

    @property
    def operands(self) -> tuple[Term, ...]:
        """The terms directly inside this one."""
        return ()

    def __or__(self, other: Term) -> AnyOf:
        return AnyOf((self, other))

    def __and__(self, other: Term) -> AllOf:
        return AllOf((self, other))

    def __invert__(self) -> Not:
        return Not(self)

    def __bool__(self) -> bool:
        raise InvalidTerm("a term is neither true nor false; write |, & and ~, not or, and, not")

    def complete_months(self, months: int, anchor: str = Anchor.COMPLETION) -> CompleteMonths:
        return CompleteMonths(self, months, anchor)

    def carried_to_year_end(self, extra_years: int = 0) -> CarriedToYearEnd:
        return CarriedToYearEnd(self, extra_years)

    def from_quarter_of_decision(self) -> FromQuarterOfDecision:
        return FromQuarterOfDecision(self)

    def whole_months(self) -> WholeMonths:
        return WholeMonths(self)


@dataclass(frozen=True, slots=True)
class Attested(Term):
    """The days for which the person holds a current attestation of this kind of aid."""

    kind: str

    def __post_init__(self) -> None:
        _one_of("a kind of aid", self.kind, AidKind)


@dataclass(frozen=True, slots=True)
class Reported(Term):
    """The days on which a source says that this fact holds; unknown where no source spoke."""

    fact: str

    def __post_init__(self) -> None:
        _one_of("a reported fact", self.fact, REPORTED_FACTS)


@dataclass(frozen=True, slots=True)
class Derived(Term):
    """The days on which the person has another right, in the law of each of these days."""

    code: str

    def __post_init__(self) -> None:
        if not isinstance(self.code, str) or not self.code:
            raise InvalidTerm(f"Derived takes the code of a right, got {self.code!r}")


@dataclass(frozen=True, slots=True)
class HeldInHousehold(Term):
    """The days on which the person lives with somebody else for whom `term` holds that day.

    `relations`, if given, are what the person must be to that other: ("partner", "child") holds
    for the partner and the children of the one for whom `term` holds.
    """

    term: Term
    relations: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        _term(self, self.term)
        if self.relations is None:
            return
        if isinstance(self.relations, str) or not self.relations:
            raise InvalidTerm(
                "relations is a tuple of at least one relation, as in ('partner',); leave it out"
                f" for everybody in the household; got {self.relations!r}"
            )
        for relation in self.relations:
            _one_of("a relation", relation, HouseholdRelation)
        object.__setattr__(self, "relations", tuple(sorted(set(self.relations))))

    @property
    def operands(self) -> tuple[Term, ...]:
        return (self.term,)


@dataclass(frozen=True, slots=True)
class AnyOf(Term):
    """The days on which at least one of the terms holds. Written `a | b`."""

    terms: tuple[Term, ...]

    def __post_init__(self) -> None:
        _flatten(self, self.terms)

    @property
    def operands(self) -> tuple[Term, ...]:
        return self.terms


@dataclass(frozen=True, slots=True)
class AllOf(Term):
    """The days on which all terms hold. Written `a & b`."""

    terms: tuple[Term, ...]

    def __post_init__(self) -> None:
        _flatten(self, self.terms)

    @property
    def operands(self) -> tuple[Term, ...]:
        return self.terms


@dataclass(frozen=True, slots=True)
class Not(Term):
    """The days on which the term does not hold. Written `~a`."""

    term: Term

    def __post_init__(self) -> None:
        _term(self, self.term)

    @property
    def operands(self) -> tuple[Term, ...]:
        return (self.term,)


@dataclass(frozen=True, slots=True)
class CompleteMonths(Term):
    """The days of every unbroken run of `term` from the day its first months are complete.

    A run is what remains when adjacent and overlapping days are joined: three monthly attestations
    equal one of three months, a change of CPAS or of kind does not break it, one missing day does.
    Months go from date to date: from 2 March, three are complete on 2 June. The condition is met on
    that day even where the run stops on the eve, so that exactly three months are enough:
    a run [s, e) gives [c, max(e, c + 1 day)) with c = s + `months`, if c <= e, and nothing
    otherwise. Another `anchor` than "completion" moves the beginning back to the day it names.
    """

    term: Term
    months: int
    anchor: str = Anchor.COMPLETION

    def __post_init__(self) -> None:
        _term(self, self.term)
        _whole(self, "months", self.months, least=1)
        _one_of("an anchor", self.anchor, Anchor)

    @property
    def operands(self) -> tuple[Term, ...]:
        return (self.term,)


@dataclass(frozen=True, slots=True)
class CarriedToYearEnd(Term):
    """Each span of `term`, kept until 31 December of the year of its last day + `extra_years`."""

    term: Term
    extra_years: int = 0

    def __post_init__(self) -> None:
        _term(self, self.term)
        _whole(self, "extra_years", self.extra_years, least=0)

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
        _term(self, self.term)
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
        _term(self, self.term)

    @property
    def operands(self) -> tuple[Term, ...]:
        return (self.term,)


def subterms(term: Term) -> Iterator[Term]:
    """The term itself and all terms inside it, outermost first."""
    yield term
    for operand in term.operands:
        yield from subterms(operand)


def _term(owner: Term, operand: object) -> None:
    if not isinstance(operand, Term):
        raise InvalidTerm(f"{type(owner).__name__} applies to a term, got {operand!r}")


def _flatten(owner: AnyOf | AllOf, terms: Iterable[Term]) -> None:
    """`(a | b) | a` is `a | b`: the interpreters have fewer terms to read."""
    flat: dict[Term, None] = {}
    for term in terms:
        _term(owner, term)
        flat |= dict.fromkeys(term.operands if type(term) is type(owner) else (term,))
    if not flat:
        raise InvalidTerm(f"{type(owner).__name__} needs at least one term")
    object.__setattr__(owner, "terms", tuple(flat))


def _whole(owner: Term, name: str, value: object, *, least: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise InvalidTerm(
            f"{type(owner).__name__}.{name} is a whole number from {least}, got {value!r}"
        )


def _one_of(what: str, value: object, known: Iterable[str]) -> None:
    if value not in tuple(known):
        raise InvalidTerm(f"{value!r} is not {what}; use one of {', '.join(known)}")
