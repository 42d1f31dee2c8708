"""The facts of many persons as columns: what the bulk interpreter reads. Pure.

A table is a class of columns: NumPy arrays of one length. Persons are dense indices into
`Columns.ids`; days are proleptic ordinals (`date.toordinal`), half-open; BEGINNING and FOREVER are
the ordinals of `attestations.periods`. The rows of a table may come in any order; sorted by person
and then by start is the one that costs nothing. As in `Facts`, attestations and households are
complete knowledge, while of what the other tables do not mention nothing is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from attestations.codes import AidKind, HouseholdRelation
from attestations.periods import BEGINNING as FIRST_DAY
from attestations.periods import FOREVER as LAST_DAY

BEGINNING = FIRST_DAY.toordinal()
FOREVER = LAST_DAY.toordinal()

Persons: TypeAlias = NDArray[np.int32]  # indices into `Columns.ids`
Codes: TypeAlias = NDArray[np.int16]  # indices into the tuple of names of that column
Days: TypeAlias = NDArray[np.int32]  # proleptic ordinals
Flags: TypeAlias = NDArray[np.bool_]
Cents: TypeAlias = NDArray[np.int64]

_COLUMN_TYPES: dict[str, type[np.generic]] = {
    "Persons": np.int32,
    "Codes": np.int16,
    "Days": np.int32,
    "Flags": np.bool_,
    "Cents": np.int64,
}


def _none(type_: type[np.generic]) -> Any:
    return field(default_factory=lambda: np.empty(0, dtype=type_))


@dataclass(frozen=True, eq=False)
class Table:
    """Columns of one length, converted to the type that the class states; ValueError otherwise."""

    def __post_init__(self) -> None:
        lengths = set()
        for name, kind in self.columns().items():
            values = np.asarray(getattr(self, name), dtype=_COLUMN_TYPES[kind])
            object.__setattr__(self, name, values)
            lengths.add(len(values))
        if len(lengths) > 1:
            raise ValueError(
                f"the columns of {type(self).__name__} have {sorted(lengths)} rows; give each the"
                " same number"
            )

    def __len__(self) -> int:
        first: NDArray[Any] = getattr(self, next(iter(self.columns())))
        return len(first)

    @classmethod
    @cache  # there are some hundred chunks a second
    def columns(cls) -> dict[str, str]:
        """The names of the columns in order, each with the alias of its type, as "Days"."""
        return {column.name: str(column.type) for column in fields(cls)}

    @classmethod
    def concatenated(cls, tables: Sequence[Self]) -> Self:
        """The rows of all tables of this class, one table after another."""
        names = cls.columns()
        return cls(*(np.concatenate([getattr(one, name) for one in tables]) for name in names))

    def take(self, rows: Any) -> Self:
        """The table of these rows: indices, a mask or a slice."""
        return type(self)(*(getattr(self, name)[rows] for name in self.columns()))


@dataclass(frozen=True, eq=False)
class AttestedRows(Table):
    """What current attestations say; `decided` as `AttestedSpan.decided_on`."""

    person: Persons = _none(np.int32)
    kind: Codes = _none(np.int16)  # Columns.kinds
    start: Days = _none(np.int32)
    end: Days = _none(np.int32)
    decided: Days = _none(np.int32)


@dataclass(frozen=True, eq=False)
class HouseholdRows(Table):
    """`member` lives with `subject` as its relation, after `derived_rights.households.prevailing`.

    Neither is stated twice: the other direction and what two members of one subject are to each
    other follow from these rows, as in `Facts.cohabitations`.
    """

    subject: Persons = _none(np.int32)
    member: Persons = _none(np.int32)
    relation: Codes = _none(np.int16)  # Columns.relations
    start: Days = _none(np.int32)
    end: Days = _none(np.int32)


@dataclass(frozen=True, eq=False)
class ReportedRows(Table):
    """Whether a source says that a fact holds."""

    person: Persons = _none(np.int32)
    fact: Codes = _none(np.int16)  # Columns.facts
    start: Days = _none(np.int32)
    end: Days = _none(np.int32)
    holds: Flags = _none(np.bool_)


@dataclass(frozen=True, eq=False)
class BirthRows(Table):
    """The day of birth that a source states; several for one person where sources differ."""

    person: Persons = _none(np.int32)
    day: Days = _none(np.int32)


@dataclass(frozen=True, eq=False)
class ResidenceRows(Table):
    """The municipality in which a source says that the person lives."""

    person: Persons = _none(np.int32)
    municipality: Codes = _none(np.int16)  # Columns.municipalities
    start: Days = _none(np.int32)
    end: Days = _none(np.int32)


@dataclass(frozen=True, eq=False)
class PermitRows(Table):
    """The residence permit that a source states."""

    person: Persons = _none(np.int32)
    value: Codes = _none(np.int16)  # Columns.permit_values
    start: Days = _none(np.int32)
    end: Days = _none(np.int32)


@dataclass(frozen=True, eq=False)
class PaidRows(Table):
    """Euro cents of a kind of aid paid for a month, which is year * 12 + month - 1."""

    person: Persons = _none(np.int32)
    kind: Codes = _none(np.int16)  # Columns.kinds
    month: Days = _none(np.int32)
    cents: Cents = _none(np.int64)


@dataclass(frozen=True, kw_only=True, eq=False)
class Columns:
    """The facts of the persons `ids` (int64, ascending) and of nobody else.

    A household is complete: whoever a row of `household` names is among `ids`.
    """

    ids: NDArray[np.int64]
    attested: AttestedRows = field(default_factory=AttestedRows)
    household: HouseholdRows = field(default_factory=HouseholdRows)
    reported: ReportedRows = field(default_factory=ReportedRows)
    births: BirthRows = field(default_factory=BirthRows)
    residence: ResidenceRows = field(default_factory=ResidenceRows)
    permits: PermitRows = field(default_factory=PermitRows)
    paid: PaidRows = field(default_factory=PaidRows)
    # What the codes of the columns stand for: the code `n` is the name at place `n`.
    kinds: tuple[str, ...] = tuple(AidKind)
    relations: tuple[str, ...] = tuple(HouseholdRelation)
    facts: tuple[str, ...] = ()
    municipalities: tuple[str, ...] = ()
    permit_values: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        ids = np.asarray(self.ids, dtype=np.int64)
        object.__setattr__(self, "ids", ids)
        if (ids[1:] <= ids[:-1]).any():
            raise ValueError("the ids of Columns must ascend, each given once; sort them")

    def __len__(self) -> int:
        """How many persons."""
        return len(self.ids)
