"""The law that a derivation applies: the one in force here, or one that somebody proposes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, lru_cache
from typing import Any, TypeAlias

from django.db import transaction

from attestations.locks import lock_name, share_lock_name
from attestations.prepared import prepared
from derived_rights.engine.catalogue import rights
from derived_rights.engine.legislation import Legislation
from derived_rights.engine.right import Right
from derived_rights.services.catalogue import Overrides, grouped


@dataclass(frozen=True)
class AppliedLaw:
    """Which rights are derived, by code, and the figures that replace those of their modules.

    `active` is in the order in which the rights depend on each other. A right that is not active
    can still be read by others.
    """

    active: tuple[str, ...]
    overrides: Overrides

    @cached_property
    def legislation(self) -> Legislation:
        """All rights under these figures, as the interpreter for one person reads them."""
        return Legislation(rights(), self.overrides)

    def with_figure(self, right: str, name: str, valid_from: date, value: Any) -> AppliedLaw:
        """The same law with one more figure; it replaces the one that begins the same day."""
        figures: dict[str, Mapping[str, Mapping[date, Any]]] = dict(self.overrides)
        of_right = dict(figures.get(right, {}))
        of_right[name] = {**of_right.get(name, {}), valid_from: value}
        return replace(self, overrides=figures | {right: of_right})

    def with_switch(self, right: str, *, active: bool) -> AppliedLaw:
        """The same law with one right switched on or off."""
        wanted = set(self.active) - {right} | ({right} if active else set())
        return replace(self, active=tuple(code for code in rights() if code in wanted))


_LOCK = "law"


def hold_current_law() -> None:
    """Let `await_older_derivations` wait for this transaction; before the first lock of a person.

    Whoever derives and writes holds it, and reads the law thereafter.
    """
    share_lock_name(_LOCK)


def await_older_derivations() -> None:
    """Wait until all have committed who may still derive by a law older than the one stored now."""
    with transaction.atomic():
        lock_name(_LOCK)


def current_law() -> AppliedLaw:
    """The switches and figures that are stored now.

    What is stored is read each time, by one small question; what follows from it is kept by this
    process as long as it is the same.
    """
    with prepared() as cursor:
        cursor.execute(_STORED)
        stored = tuple(cursor.fetchall())
    return _law(stored, tuple(rights().values()))


_STORED = """
SELECT "right", NULL, NULL, to_jsonb(active) FROM derived_rights_rightsetting
UNION ALL
SELECT "right", name, valid_from, value FROM derived_rights_parametervalue
 WHERE superseded_at IS NULL
"""
_Stored: TypeAlias = tuple[tuple[str, str | None, date | None, str], ...]


@lru_cache(maxsize=4)
def _law(stored: _Stored, known: tuple[Right, ...]) -> AppliedLaw:
    switches = {}
    figures = []
    for right, name, valid_from, value in stored:
        if name is None or valid_from is None:
            switches[right] = bool(json.loads(value))
        else:
            figures.append((right, name, valid_from, json.loads(value)))
    active = (right.code for right in known if switches.get(right.code, right.active_by_default))
    return AppliedLaw(tuple(active), grouped(figures))
