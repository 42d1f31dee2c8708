"""What all terms share: how they are combined, changed, walked through and refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

# Read when a method is called: the modules of the package import this one first.
import derived_rights.engine.terms as vocabulary


class InvalidTerm(ValueError):
    """A term that has no meaning; the message says what to write instead."""


class Term:
    """Base of all terms: combine them with `|`, `&` and `~`, and change them with the methods.

    Each method builds the term of its name, where its meaning is said.
    """

    __slots__ = ("_hash",)
    _hash: int

    def __init_subclass__(cls) -> None:
        """Have the hash of a term, which is that of all terms inside it, reckoned once."""
        super().__init_subclass__()
        if "__hash__" in cls.__dict__:
            cls.__hash__ = _reckoned_once(cls.__hash__)  # type: ignore[assignment, method-assign]

    @property
    def operands(self) -> tuple[Term, ...]:
        """The terms directly inside this one."""
        return ()

    def __or__(self, other: Term) -> vocabulary.AnyOf:
        return vocabulary.AnyOf((self, other))

    def __and__(self, other: Term) -> vocabulary.AllOf:
        return vocabulary.AllOf((self, other))

    def __invert__(self) -> vocabulary.Not:
        return vocabulary.Not(self)

    def __bool__(self) -> bool:
        raise InvalidTerm("a term is neither true nor false; write |, & and ~, not or, and, not")

    def complete_months(self, months: int, anchor: str = "completion") -> vocabulary.CompleteMonths:
        return vocabulary.CompleteMonths(self, months, anchor)

    def lasting_at_least(self, *, months: int = 0, days: int = 0) -> vocabulary.LastingAtLeast:
        return vocabulary.LastingAtLeast(self, months, days)

    def bridging(self, days: int) -> vocabulary.Bridged:
        return vocabulary.Bridged(self, days)

    def counted_days(self, at_least: int, within: int) -> vocabulary.CountedDays:
        return vocabulary.CountedDays(self, at_least, within)

    def ever_since(self) -> vocabulary.EverSince:
        return vocabulary.EverSince(self)

    def on_reference_date(
        self, month: int, day: int, years_before: int = 0
    ) -> vocabulary.OnReferenceDate:
        return vocabulary.OnReferenceDate(self, month, day, years_before)

    def carried_to_year_end(self, extra_years: int = 0) -> vocabulary.CarriedToYearEnd:
        return vocabulary.CarriedToYearEnd(self, extra_years)

    def from_quarter_of_decision(self) -> vocabulary.FromQuarterOfDecision:
        return vocabulary.FromQuarterOfDecision(self)

    def whole_months(self) -> vocabulary.WholeMonths:
        return vocabulary.WholeMonths(self)

    def whole_quarters(self) -> vocabulary.WholeQuarters:
        return vocabulary.WholeQuarters(self)

    def to_end_of(self, unit: str) -> vocabulary.ToEndOf:
        return vocabulary.ToEndOf(self, unit)

    def from_start_of(self, unit: str) -> vocabulary.FromStartOf:
        return vocabulary.FromStartOf(self, unit)


def _reckoned_once(reckon: Callable[[Any], int]) -> Callable[[Any], int]:
    def hash_of(term: Term) -> int:
        try:
            return term._hash
        except AttributeError:
            object.__setattr__(term, "_hash", reckon(term))
            return term._hash

    return hash_of


def subterms(term: Term) -> Iterator[Term]:
    """The term itself and all terms inside it, outermost first."""
    yield term
    for operand in term.operands:
        yield from subterms(operand)


def check_term(owner: Term, operand: object) -> None:
    """Refuses an operand that is no term."""
    if not isinstance(operand, Term):
        raise InvalidTerm(f"{type(owner).__name__} applies to a term, got {operand!r}")


def check_whole(
    owner: Term, name: str, value: object, *, least: int, most: int | None = None
) -> None:
    """Refuses what is no whole number from `least` to `most`, both inclusive."""
    if (
        not isinstance(value, int)
        or isinstance(value, bool)
        or value < least
        or (most is not None and value > most)
    ):
        upto = "" if most is None else f" to {most}"
        raise InvalidTerm(
            f"{type(owner).__name__}.{name} is a whole number from {least}{upto}, got {value!r}"
        )


def check_one_of(what: str, value: object, known: Iterable[str]) -> None:
    """Refuses what is not a member of a list."""
    if value not in tuple(known):
        raise InvalidTerm(f"{value!r} is not {what}; use one of {', '.join(known)}")


def as_set(owner: Term, name: str, example: str, values: object) -> tuple[str, ...]:
    """At least one text, sorted and each once: two terms that name the same are equal."""
    if not isinstance(values, tuple) or not values:
        raise InvalidTerm(
            f"{type(owner).__name__}.{name} is a tuple of at least one text, as in ({example!r},);"
            f" got {values!r}"
        )
    for value in values:
        if not isinstance(value, str) or not value:
            raise InvalidTerm(f"{type(owner).__name__}.{name} holds texts, got {value!r}")
    return tuple(sorted(set(values)))
