"""What a right reads, seen from its terms: facts and other rights."""

from __future__ import annotations

from derived_rights.engine.facts import FactKind
from derived_rights.engine.right import Right
from derived_rights.engine.terms import (
    Aged,
    Attested,
    Derived,
    HeldInHousehold,
    PaidAtLeast,
    PaidShare,
    Permitted,
    Reported,
    ResidesIn,
    Term,
    subterms,
)


def terms_of(right: Right) -> list[Term]:
    """The term of each window of the law, with the figures of the module."""
    return [window.term for window in right.term_windows()]


def rights_read(right: Right) -> frozenset[str]:
    """The codes of the other rights that the terms name."""
    return frozenset(
        inner.code for term in terms_of(right) for inner in subterms(term) if type(inner) is Derived
    )


def facts_read(right: Right) -> frozenset[FactKind]:
    """The kinds of facts that the right's own terms read."""
    return frozenset(
        kind for term in terms_of(right) for inner in subterms(term) for kind in facts_of(inner)
    )


def facts_of(term: Term) -> frozenset[FactKind]:
    """The kinds of facts that the term itself reads, without those of its operands."""
    match term:
        case Attested():
            return frozenset({FactKind.ATTESTATIONS})
        case HeldInHousehold():
            return frozenset({FactKind.HOUSEHOLD})
        case Reported(fact):
            return frozenset({FactKind(fact)})
        case Aged():
            return frozenset({FactKind.BIRTH_DATE})
        case ResidesIn():
            return frozenset({FactKind.RESIDENCE})
        case Permitted():
            return frozenset({FactKind.RESIDENCE_PERMIT})
        case PaidAtLeast() | PaidShare():
            # That nothing was paid is known from there being no attestation.
            return frozenset({FactKind.ATTESTATIONS, FactKind.PAID_AMOUNT})
        case _:
            return frozenset()
