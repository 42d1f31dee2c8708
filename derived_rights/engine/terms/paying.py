"""The terms that sum what was paid to a person over a month or a year.

Per kind of aid and month an amount is known where exactly one is stated; it is known to be 0 where
none is stated and no attestation of that kind touches the month; and otherwise it is unknown: any
number of euro cents from 0. Amounts of several kinds and months are added up to those of the unit.
"""

from __future__ import annotations

from dataclasses import dataclass

from attestations.codes import AidKind
from derived_rights.engine.terms.base import (
    InvalidTerm,
    Term,
    as_set,
    check_one_of,
    check_whole,
)

# Amounts are of months, so that only these can be made of them without a doubt.
PAID_UNITS = ("month", "year")


@dataclass(frozen=True, slots=True)
class PaidAtLeast(Term):
    """All days of each calendar month or year in which `amount` was paid of these kinds of aid.

    `amount` is in euro cents, above 0, and reached by the sum of all `kinds`; `unit` is "month" or
    "year". It holds for sure where the known amounts suffice, and may where one is unknown.
    """

    kinds: tuple[str, ...]
    amount: int
    unit: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "kinds", _kinds(self, "kinds", self.kinds))
        check_whole(self, "amount", self.amount, least=1)
        check_one_of("a unit of amounts", self.unit, PAID_UNITS)


@dataclass(frozen=True, slots=True)
class PaidShare(Term):
    """All days of each month or year in which `kinds` made up `percent` of what was paid of `of`.

    That is paid(kinds) * 100 >= `percent` * paid(of) and paid(of) > 0. `kinds` are some of `of`;
    `percent` is from 1 to 100; `unit` is "month" or "year". Whatever the unknown amounts are, it
    holds for sure or it does not hold; where that depends on them, it may.
    """

    kinds: tuple[str, ...]
    of: tuple[str, ...]
    percent: int
    unit: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "kinds", _kinds(self, "kinds", self.kinds))
        object.__setattr__(self, "of", _kinds(self, "of", self.of))
        foreign = sorted(set(self.kinds) - set(self.of))
        if foreign:
            raise InvalidTerm(
                f"PaidShare is a share of `of`, which lacks {', '.join(foreign)}; add it there"
            )
        check_whole(self, "percent", self.percent, least=1, most=100)
        check_one_of("a unit of amounts", self.unit, PAID_UNITS)


def _kinds(owner: Term, name: str, kinds: object) -> tuple[str, ...]:
    found = as_set(owner, name, str(AidKind.INTEGRATION_INCOME), kinds)
    for kind in found:
        check_one_of("a kind of aid", kind, AidKind)
    return found
