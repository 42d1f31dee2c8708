"""The terms that combine others, day by day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from derived_rights.engine.terms.base import InvalidTerm, Term, check_term


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
        check_term(self, self.term)

    @property
    def operands(self) -> tuple[Term, ...]:
        return (self.term,)


def _flatten(owner: AnyOf | AllOf, terms: Iterable[Term]) -> None:
    """`(a | b) | a` is `a | b`: the interpreters have fewer terms to read."""
    flat: dict[Term, None] = {}
    for term in terms:
        check_term(owner, term)
        flat |= dict.fromkeys(term.operands if type(term) is type(owner) else (term,))
    if not flat:
        raise InvalidTerm(f"{type(owner).__name__} needs at least one term")
    object.__setattr__(owner, "terms", tuple(flat))
