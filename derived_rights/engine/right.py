"""A right: who receives it, its effect, its source, and the terms in force on each day.

A right is written as one module with one `right = Right(...)` and a function per version of the
law, which takes the figures of a day and builds a term. It computes nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import TypeAlias

from attestations.codes import LANGUAGES
from attestations.periods import FOREVER, Span
from derived_rights.engine.facts import FactKind
from derived_rights.engine.figures import Figure, Figures, InvalidRight, Parameter, Value
from derived_rights.engine.terms import Term

# What an authorisation may open to a recipient; a right proposes some of these.
AUTHORISED_FIELDS = frozenset(
    {"periods", "aidKind", "cpas", "attestationNumber", "household", "amounts"}
)

Build: TypeAlias = Callable[[Figures], Term]
# Parameter name to the values that take the place of the module's own, by their first day.
Overrides: TypeAlias = Mapping[str, Mapping[date, object]]
# Code of a right to the overrides of its parameters.
AllOverrides: TypeAlias = Mapping[str, Overrides]


class Effect(StrEnum):
    """What a right does for, or to, the person; the values are the codes of the API."""

    GRANT = "grant"  # opens a benefit
    REDUCE_DUE = "reduceDue"  # lowers something the person owes
    PRESUME = "presume"  # is evidence in a decision that the recipient takes on request
    OFFSET = "offset"  # another benefit must first be paid to the CPAS
    CHECK_ADVERSE = "checkAdverse"  # can end or block a right of the person
    INFORM = "inform"  # no right follows; data is reused

    @property
    def is_favourable(self) -> bool:
        """Whether the person may be told that a right was granted."""
        return self in (Effect.GRANT, Effect.REDUCE_DUE, Effect.PRESUME)

    @property
    def context(self) -> str:
        """Favours may stand under one legal context; each other effect has its own."""
        return "favour" if self.is_favourable else self.value


class Trust(StrEnum):
    """Whether an official text confirms the rule, or it only signals facts to the recipient."""

    SOURCED = "sourced"
    SIGNAL = "signal"


@dataclass(frozen=True, slots=True)
class Window:
    """Days on which one law with one set of figures is in force, and the term it makes."""

    span: Span
    version: date
    figures: tuple[Figure, ...]
    term: Term


@dataclass(kw_only=True, eq=False, slots=True)
class Right:
    """One derived right; a value, but for the versions that `since` adds while its module loads.

    `label` and `description` have a text for each of the four languages. `needs` are the facts
    that its own terms read, checked against them by the catalogue. `fields` are those that an
    authorisation for this right should open by default.
    """

    code: str
    label: Mapping[str, str]
    description: Mapping[str, str]
    recipient: str
    effect: Effect
    reference: str
    trust: Trust
    needs: tuple[FactKind, ...]
    fields: tuple[str, ...]
    parameters: tuple[Parameter, ...] = ()
    active_by_default: bool = True
    _versions: dict[date, Build] = field(default_factory=dict, init=False, repr=False)

    def __new__(cls, **attributes: object) -> Right:
        known = [attribute.name for attribute in fields(cls) if attribute.init]
        unknown = sorted(attributes.keys() - set(known))
        if unknown:
            raise InvalidRight(
                f"Right has no attribute {', '.join(unknown)}; it takes {', '.join(known)}"
            )
        return object.__new__(cls)

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][A-Za-z0-9]*", self.code):
            raise InvalidRight(f"the code {self.code!r} must be lowerCamelCase, as in 'bim'")
        for name, text in (("label", self.label), ("description", self.description)):
            self._in_every_language(name, text)
        for name in ("recipient", "reference"):
            if not getattr(self, name).strip():
                raise self._invalid(f"has an empty {name}; write it")
        foreign = sorted(set(self.fields) - AUTHORISED_FIELDS)
        if foreign:
            raise self._invalid(
                f"opens the fields {', '.join(foreign)}; use {', '.join(sorted(AUTHORISED_FIELDS))}"
            )
        names = [parameter.name for parameter in self.parameters]
        if len(names) != len(set(names)):
            raise self._invalid("declares a parameter twice; put all its values in one")

    def since(self, start: date | int) -> Callable[[Build], Build]:
        """Registers the function as the law from a day, or from 1 January of a year, on.

        It stays in force until the next version. A law that returns is registered again, by a
        second decorator on the same function.
        """
        day = date(start, 1, 1) if isinstance(start, int) else start

        def register(build: Build) -> Build:
            if day in self._versions:
                raise self._invalid(f"has two versions since {day}; give each its own day")
            self._versions[day] = build
            return build

        return register

    def term_windows(self, overrides: Overrides | None = None) -> tuple[Window, ...]:
        """The windows between changes of law or of a figure, in order, from the first version on.

        Each term is built with the figures of the window's first day. Overrides of parameters that
        the right does not have are an InvalidRight.
        """
        parameters = {parameter.name: parameter for parameter in self.parameters}
        read = []
        for name, values in sorted((overrides or {}).items()):
            if name not in parameters:
                known = ", ".join(parameters) or "none"
                raise self._invalid(f"has no parameter {name}; it has: {known}")
            value_of = parameters[name].read
            read.append((name, tuple((day, value_of(values[day])) for day in sorted(values))))
        return _windows(self, tuple(sorted(self._versions.items())), tuple(read))

    def window_on(self, day: date, overrides: Overrides | None = None) -> Window | None:
        """The window that holds `day`, or None before the first version."""
        windows = self.term_windows(overrides)
        place = bisect_right(windows, day, key=lambda window: window.span.start)
        return windows[place - 1] if place else None

    def _in_every_language(self, name: str, text: Mapping[str, str]) -> None:
        missing = [language for language in LANGUAGES if not text.get(language, "").strip()]
        if missing or len(text) != len(LANGUAGES):
            raise self._invalid(
                f"needs its {name} in {', '.join(LANGUAGES)} and no other language"
                f" (missing: {', '.join(missing) or 'none'})"
            )

    def _invalid(self, problem: str) -> InvalidRight:
        return InvalidRight(f"right {self.code} {problem}")


def fields_named_by_all(rights: Iterable[Right]) -> list[str]:
    """The fields that each of the rights names, sorted: what one authorisation for all proposes.

    A field that only some name would be opened for the others too; so it is for the deliberation
    to say. Without rights, none.
    """
    named = [set(right.fields) for right in rights]
    return sorted(set.intersection(*named)) if named else []


# Building terms is slow next to reading them; the overrides in force change a few times a year.
@lru_cache(maxsize=256)
def _windows(
    right: Right,
    versions: tuple[tuple[date, Build], ...],
    overrides: tuple[tuple[str, tuple[tuple[date, Value], ...]], ...],
) -> tuple[Window, ...]:
    if not versions:
        raise InvalidRight(
            f"right {right.code} has no version; decorate a function with @right.since(date)"
        )
    parameters = {parameter.name: parameter for parameter in right.parameters}
    for name, values in overrides:
        parameters[name] = parameters[name].overridden(dict(values))
    first = versions[0][0]
    starts = {start for start, _ in versions}
    starts |= {day for p in parameters.values() for day in p.values if day > first}
    bounds = [*sorted(starts), FOREVER]
    builds = dict(versions)
    windows = []
    for start, end in zip(bounds, bounds[1:], strict=False):
        version = max(day for day in builds if day <= start)
        figures = Figures(right.code, parameters.values(), start)
        term = builds[version](figures)
        if not isinstance(term, Term):
            raise InvalidRight(f"right {right.code}: the version since {version} returns no term")
        windows.append(Window(Span(start, end), version, figures.used(), term))
    return tuple(windows)
