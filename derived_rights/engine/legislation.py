"""All rights under certain figures: what follows from these alone, computed once for everybody."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from attestations.periods import Timeline
from derived_rights.engine.figures import InvalidRight
from derived_rights.engine.receipts import Law, law_of
from derived_rights.engine.right import AllOverrides, Right, Window
from derived_rights.engine.terms import Term


class Legislation:
    """The terms of each right on the days on which they are in force, and its law for receipts.

    `rights` holds every right that these read; `overrides` the figures that replace those of the
    modules, by code of right. Neither may change afterwards.
    """

    def __init__(self, rights: Mapping[str, Right], overrides: AllOverrides | None = None) -> None:
        self.rights = rights
        self.overrides = overrides or {}
        self._terms: dict[str, tuple[tuple[Timeline, Term], ...]] = {}
        self._laws: dict[str, Law] = {}

    def terms(self, code: str) -> tuple[tuple[Timeline, Term], ...]:
        """The days of each window between changes of the law, with its term, in order."""
        known = self._terms.get(code)
        if known is None:
            if code not in self.rights:
                raise InvalidRight(f"the right {code} is read but not given; give all, then choose")
            windows = self.rights[code].term_windows(self.overrides.get(code))
            known = self._terms[code] = tuple(
                (Timeline([window.span]), window.term) for window in windows
            )
        return known

    def window_on(self, code: str, day: date) -> Window | None:
        """The window of the right that holds `day`, or None before its first version."""
        return self.rights[code].window_on(day, self.overrides.get(code))

    def law(self, code: str) -> Law:
        """Everything but the facts that the right depends on."""
        if code not in self._laws:
            self._laws[code] = law_of(code, self.rights, self.overrides)
        return self._laws[code]
