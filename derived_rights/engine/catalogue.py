"""The rights that exist: every module of `derived_rights.rights`, in an order that can be derived.

A new right is a new file there; nothing else lists it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType, ModuleType

import derived_rights.rights
from derived_rights.engine.facts import FactKind
from derived_rights.engine.figures import InvalidRight
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


@cache
def rights() -> Mapping[str, Right]:
    """All rights by code, each after those that it reads. InvalidRight if they cannot work."""
    return ordered(discovered(derived_rights.rights))


def discovered(package: ModuleType) -> list[Right]:
    """The `right` of each module of the package, by name of module."""
    found = []
    for module in iter_modules(package.__path__, f"{package.__name__}."):
        right = getattr(import_module(module.name), "right", None)
        if not isinstance(right, Right):
            raise InvalidRight(f"{module.name} defines no right; write `right = Right(...)` in it")
        found.append(right)
    return found


def ordered(found: Iterable[Right]) -> Mapping[str, Right]:
    """The rights by code, each after those that it reads; a cycle is refused with its members."""
    by_code: dict[str, Right] = {}
    for right in found:
        if right.code in by_code:
            raise InvalidRight(f"two rights have the code {right.code}; rename one of them")
        by_code[right.code] = right
    reads = {code: _read_by(by_code[code]) for code in sorted(by_code)}
    for code, read in reads.items():
        for unknown in sorted(read - by_code.keys()):
            raise InvalidRight(
                f"right {code} reads the right {unknown}, which does not exist; the rights are"
                f" {', '.join(sorted(by_code))}"
            )
        _check_needs(by_code[code])
    try:
        order = tuple(TopologicalSorter(reads).static_order())
    except CycleError as error:
        path = " reads ".join(reversed(error.args[1]))
        raise InvalidRight(f"rights read each other in a circle: {path}; cut one link") from error
    return MappingProxyType({code: by_code[code] for code in order})


def reach(right: Right, known: Mapping[str, Right] | None = None) -> int:
    """How many households a fact about one person can travel before it changes this right.

    1: the right of a person may change when a fact about somebody they live with does; 2: also
    about somebody who lives with one of these; and so on. `known` are the rights it may read, by
    default all.
    """
    everything = rights() if known is None else known

    def steps(term: Term) -> int:
        inner = max((steps(operand) for operand in term.operands), default=0)
        match term:
            case HeldInHousehold():
                return 1 + inner
            case Derived(code):
                return reach(everything[code], everything)
            case _:
                return inner

    return max(steps(term) for term in _terms(right))


def kinds_read(right: Right, known: Mapping[str, Right]) -> frozenset[str]:
    """What the right depends on, through others too: kinds of aid, and kinds of open facts.

    The codes are those of AidKind and of FactKind, as `Facts.restricted` takes them; households are
    not among them.
    """
    kinds: set[str] = set()
    for term in _terms(right):
        for inner in subterms(term):
            match inner:
                case Attested(kind):
                    kinds.add(kind)
                case PaidAtLeast(kinds=paid) | PaidShare(of=paid):
                    kinds |= {*paid, FactKind.PAID_AMOUNT}
                case Derived(code):
                    kinds |= kinds_read(known[code], known)
                case HeldInHousehold():
                    pass
                case _:
                    kinds |= _facts_of(inner)
    return frozenset(kinds)


def _terms(right: Right) -> list[Term]:
    return [window.term for window in right.term_windows()]


def _read_by(right: Right) -> set[str]:
    return {
        inner.code for term in _terms(right) for inner in subterms(term) if type(inner) is Derived
    }


def _check_needs(right: Right) -> None:
    read = {kind for term in _terms(right) for inner in subterms(term) for kind in _facts_of(inner)}
    if read != set(right.needs):
        wanted = ", ".join(f"FactKind.{kind.name}" for kind in sorted(read))
        raise InvalidRight(f"right {right.code} must declare needs=({wanted},), as its terms do")


def _facts_of(term: Term) -> frozenset[FactKind]:
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
