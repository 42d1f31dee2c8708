"""The terms that read facts: of the person, of the household, and of other rights."""

from __future__ import annotations

from dataclasses import dataclass

from attestations import municipalities
from attestations.codes import AidKind, HouseholdRelation
from attestations.municipalities import Area, UnknownMunicipality
from derived_rights.engine.facts import REPORTED_FACTS
from derived_rights.engine.terms.base import (
    InvalidTerm,
    Term,
    as_set,
    check_one_of,
    check_term,
    check_whole,
)


@dataclass(frozen=True, slots=True)
class Attested(Term):
    """The days for which the person holds a current attestation of this kind of aid."""

    kind: str

    def __post_init__(self) -> None:
        check_one_of("a kind of aid", self.kind, AidKind)


@dataclass(frozen=True, slots=True)
class Reported(Term):
    """The days on which a source says that this fact holds; unknown where no source spoke."""

    fact: str

    def __post_init__(self) -> None:
        check_one_of("a reported fact", self.fact, REPORTED_FACTS)


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
        check_term(self, self.term)
        if self.relations is None:
            return
        if isinstance(self.relations, str) or not self.relations:
            raise InvalidTerm(
                "relations is a tuple of at least one relation, as in ('partner',); leave it out"
                f" for everybody in the household; got {self.relations!r}"
            )
        for relation in self.relations:
            check_one_of("a relation", relation, HouseholdRelation)
        object.__setattr__(self, "relations", tuple(sorted(set(self.relations))))

    @property
    def operands(self) -> tuple[Term, ...]:
        return (self.term,)


@dataclass(frozen=True, slots=True)
class Aged(Term):
    """The days on which the person is at least, and is below, so many years old.

    From the birthday on which `at_least` is reached, inclusive, until the birthday on which `below`
    is reached, exclusive; without `at_least` from the day of birth, without `below` for ever. At
    least one of both is given. Who was born on 29 February has the birthday on 1 March of the years
    that lack it (`add_months`). No birth date known: unknown on all days; sources that state
    different dates: unknown on the days on which these give different answers.
    """

    at_least: int | None = None
    below: int | None = None

    def __post_init__(self) -> None:
        if self.at_least is None and self.below is None:
            raise InvalidTerm("Aged needs at_least or below, in years, as in Aged(at_least=65)")
        if self.at_least is not None:
            check_whole(self, "at_least", self.at_least, least=0)
        if self.below is not None:
            check_whole(self, "below", self.below, least=(self.at_least or 0) + 1)


@dataclass(frozen=True, slots=True)
class ResidesIn(Term):
    """The days on which a source states that the person lives in a region, or in a municipality.

    One of both is given: `region` is "flanders", "wallonia", "brussels" or "germanCommunity" (its
    nine municipalities, which lie in Wallonia too); `municipalities` are NIS codes, taken as they
    are: after a merger a person lives under the new code, so name that one as well. Days on which a
    source states another place: no; about which nobody spoke, or two sources differ: unknown.
    """

    region: str | None = None
    municipalities: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if (self.region is None) == (not self.municipalities):
            raise InvalidTerm(
                "ResidesIn takes a region or municipalities, one of both, as in"
                " ResidesIn('flanders') or ResidesIn(municipalities=('21004',))"
            )
        if self.region is not None:
            check_one_of("a region", self.region, Area)
            return
        codes = as_set(self, "municipalities", "21004", self.municipalities)
        for code in codes:
            try:
                municipalities.get(code)
            except UnknownMunicipality as error:
                raise InvalidTerm(f"ResidesIn: {error}") from None
        object.__setattr__(self, "municipalities", codes)

    def holds_in(self, municipality: str) -> bool:
        """Whether who lives in this municipality (a NIS code) lives where the term says."""
        if self.region is None:
            return municipality in self.municipalities
        return municipalities.lies_in(municipality, Area(self.region))


@dataclass(frozen=True, slots=True)
class Permitted(Term):
    """The days on which a source states a residence permit whose value is one of `values`.

    Days on which another value is stated: no; nothing stated, or sources that differ: unknown.
    """

    values: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", as_set(self, "values", "A", self.values))
