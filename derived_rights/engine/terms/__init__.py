"""The closed vocabulary in which rights are written.

A term stands for a set of days of one person. Terms are values: frozen, hashable, equal when they
are written alike, and without functions inside, so that several interpreters can read the same
ones and compute a part that many rights share only once. An ill-formed term cannot be built.
`docs/vocabulary.md` shows each of them.
"""

from derived_rights.engine.terms.base import InvalidTerm, Term, subterms
from derived_rights.engine.terms.combining import AllOf, AnyOf, Not
from derived_rights.engine.terms.lasting import (
    Anchor,
    Bridged,
    CompleteMonths,
    CountedDays,
    EverSince,
    LastingAtLeast,
    OnReferenceDate,
)
from derived_rights.engine.terms.paying import PaidAtLeast, PaidShare
from derived_rights.engine.terms.reading import (
    Aged,
    Attested,
    Derived,
    HeldInHousehold,
    Permitted,
    Reported,
    ResidesIn,
)
from derived_rights.engine.terms.snapping import (
    CarriedToYearEnd,
    FromQuarterOfDecision,
    FromStartOf,
    ToEndOf,
    Unit,
    WholeMonths,
    WholeQuarters,
)

__all__ = [
    "Aged",
    "AllOf",
    "Anchor",
    "AnyOf",
    "Attested",
    "Bridged",
    "CarriedToYearEnd",
    "CompleteMonths",
    "CountedDays",
    "Derived",
    "EverSince",
    "FromQuarterOfDecision",
    "FromStartOf",
    "HeldInHousehold",
    "InvalidTerm",
    "LastingAtLeast",
    "Not",
    "OnReferenceDate",
    "PaidAtLeast",
    "PaidShare",
    "Permitted",
    "Reported",
    "ResidesIn",
    "Term",
    "ToEndOf",
    "Unit",
    "WholeMonths",
    "WholeQuarters",
    "subterms",
]
