"""The rights that exist: every module of `derived_rights.rights`, in an order that can be derived.

A new right is a new file there; nothing else lists it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from graphlib import TopologicalSorter
from types import MappingProxyType, ModuleType

import derived_rights.rights
from derived_rights.engine import faults
from derived_rights.engine.dependencies import facts_of, rights_read, terms_of
from derived_rights.engine.facts import FactKind
from derived_rights.engine.figures import InvalidRight
from derived_rights.engine.right import Right
from derived_rights.engine.terms import (
    Attested,
    Derived,
    HeldInHousehold,
    PaidAtLeast,
    PaidShare,
    Term,
    subterms,
)


@cache
def rights() -> Mapping[str, Right]:
    """All rights by code, each after those that it reads. InvalidRight if they cannot work."""
    return ordered(discovered(derived_rights.rights))


def discovered(package: ModuleType) -> list[Right]:
    """The `right` of each module of the package, by name of module; InvalidRight if one fails."""
    found, failed = faults.loaded(package)
    for fault in failed:
        raise InvalidRight(fault.message)
    return found


def ordered(found: Iterable[Right]) -> Mapping[str, Right]:
    """The rights by code, each after those that it reads; InvalidRight names the first fault."""
    all_rights = list(found)
    for fault in faults.between(all_rights):
        raise InvalidRight(fault.message)
    by_code = {right.code: right for right in all_rights}
    reads = {code: sorted(rights_read(by_code[code])) for code in sorted(by_code)}
    order = TopologicalSorter(reads).static_order()
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

    return max(steps(term) for term in terms_of(right))


def kinds_read(right: Right, known: Mapping[str, Right]) -> frozenset[str]:
    """What the right depends on, through others too: kinds of aid, and kinds of open facts.

    The codes are those of AidKind and of FactKind, as `Facts.restricted` takes them; households are
    not among them.
    """
    kinds: set[str] = set()
    for term in terms_of(right):
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
                    kinds |= facts_of(inner)
    return frozenset(kinds)
