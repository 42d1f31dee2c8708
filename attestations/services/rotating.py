"""Moving everything that is sealed to the newest key, while the service runs.

What is sealed stands in binary columns whose name begins with `sealed`, in whatever table; a
column `blind_index` beside it is the keyed index of the same text. Every key of SSIN_KEYS opens
and finds, so a table half moved answers as before; a run that breaks off is simply run again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db import transaction
from django.db.models import BinaryField, Model

from attestations.sealing import Keyring, SealBroken

BATCH = 500
BLIND_INDEX = "blind_index"


@dataclass(frozen=True)
class SealedTable:
    """A table with sealed columns."""

    model: type[Model]
    columns: tuple[str, ...]
    has_index: bool

    @property
    def name(self) -> str:
        return str(self.model._meta.verbose_name_plural)


@dataclass(frozen=True)
class Step:
    """One batch that is committed: how many rows were looked at, and how many were moved."""

    looked_at: int
    moved: int


class BrokenRow(Exception):
    """A row that no key opens; nothing of its batch was moved."""


def sealed_tables() -> list[SealedTable]:
    """Every table of the registry that holds something sealed."""
    tables = []
    for model in apps.get_models():
        binary = [field.name for field in model._meta.fields if isinstance(field, BinaryField)]
        columns = tuple(name for name in binary if name.startswith("sealed"))
        if columns:
            tables.append(SealedTable(model, columns, BLIND_INDEX in binary))
    return tables


def rotate(table: SealedTable, ring: Keyring) -> Iterator[Step]:
    """Move the rows of a table to the newest key, a batch in each transaction.

    Raises BrokenRow, naming the row, for what no key opens.
    """
    after = 0
    while True:
        with transaction.atomic():
            # Locked, so that nobody writes the same columns meanwhile; readers do not wait.
            rows = list(
                table.model._default_manager.select_for_update()
                .filter(pk__gt=after)
                .order_by("pk")[:BATCH]
            )
            moved = [row for row in rows if _move(row, table, ring)]
            changed = [*table.columns, *([BLIND_INDEX] if table.has_index else [])]
            table.model._default_manager.bulk_update(moved, changed)
        if not rows:
            return
        after = rows[-1].pk
        yield Step(len(rows), len(moved))


def _move(row: Model, table: SealedTable, ring: Keyring) -> bool:
    """Seal the row's columns anew; False if all were under the newest key."""
    sealed = {name: value for name in table.columns if (value := getattr(row, name)) is not None}
    stale = [name for name, value in sealed.items() if not ring.is_under_newest(value)]
    for name in stale:
        try:
            text = ring.open(sealed[name])
        except SealBroken as error:
            raise BrokenRow(f"{table.model._meta.db_table} {row.pk}, {name}: {error}") from error
        setattr(row, name, ring.seal(text))
        if table.has_index:
            setattr(row, BLIND_INDEX, ring.blind(text))
    return bool(stale)
