"""Dated figures: the numbers and choices of a law, each with its source and the day it began.

A figure is an ordinary `int`, `str` or `Decimal` that also knows which parameter it comes from, so
that a rule reads like plain code and its explanation can still name the source of every number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, TypeAlias

Value: TypeAlias = int | str | Decimal


class InvalidRight(ValueError):
    """A right, or a figure of one, that cannot work; the message says what to write instead."""


class Figure:
    """What the value in force on some day adds to a plain value."""

    parameter: Parameter
    valid_from: date


class WholeFigure(int, Figure):
    pass


class TextFigure(str, Figure):
    pass


class AmountFigure(Decimal, Figure):
    pass


@dataclass(frozen=True, eq=False)
class Parameter:
    """A figure of a law: `values` maps the first day of each value to it, in any order.

    All values have one type: `int`, `str` (one of `choices`) or `Decimal`. `reference` names the
    official text; where none confirms the figure, `note` says so.
    """

    name: str
    unit: str
    reference: str
    values: Mapping[date, Value]
    note: str | None = None
    choices: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.name.isidentifier():
            raise InvalidRight(f"parameter {self.name!r}: the name must be a Python identifier")
        if not self.unit.strip():
            raise self._invalid("has no unit; write what it counts, as in 'months'")
        if not self.reference.strip():
            raise self._invalid("has no reference; name the official text it comes from")
        if not self.values:
            raise self._invalid("has no value; give one with the first day it is valid")
        kind = type(next(iter(self.values.values())))
        for value in self.values.values():
            if type(value) is not kind or kind not in (int, str, Decimal):
                raise self._invalid(f"has the value {value!r}; use int, str or Decimal throughout")
            if kind is str and value not in self.choices:
                raise self._invalid(
                    f"has the value {value!r}; its choices are {', '.join(self.choices) or 'none'}"
                )
        object.__setattr__(self, "values", MappingProxyType(dict(sorted(self.values.items()))))

    def overridden(self, values: Mapping[date, Value]) -> Parameter:
        """The same parameter with these values too; they replace those that begin the same day."""
        return replace(self, values={**self.values, **values})

    def on(self, day: date) -> Any:
        """The figure in force: an `int`, `str` or `Decimal` that is also a `Figure`."""
        begun = [valid_from for valid_from in self.values if valid_from <= day]
        if not begun:
            raise self._invalid(f"has no value on {day}; give one that is valid from then")
        value = self.values[begun[-1]]
        figure: WholeFigure | TextFigure | AmountFigure
        if isinstance(value, int):
            figure = WholeFigure(value)
        elif isinstance(value, str):
            figure = TextFigure(value)
        else:
            figure = AmountFigure(value)
        figure.parameter, figure.valid_from = self, begun[-1]
        return figure

    def read(self, value: object) -> Value:
        """A value as it comes from JSON, where an amount may be a string; InvalidRight if unfit."""
        kind = type(next(iter(self.values.values())))
        if kind is Decimal and isinstance(value, int | str) and not isinstance(value, bool):
            try:
                return Decimal(value)
            except InvalidOperation:
                raise self._invalid(f"takes an amount, got {value!r}") from None
        if not isinstance(value, int | str | Decimal) or type(value) is not kind:
            raise self._invalid(f"takes a value of type {kind.__name__}, got {value!r}")
        return value

    def _invalid(self, problem: str) -> InvalidRight:
        return InvalidRight(f"parameter {self.name} {problem}")


class Figures:
    """The figures of a right on one day, read as attributes; remembers which were read."""

    def __init__(self, right: str, parameters: Iterable[Parameter], on: date) -> None:
        self._right = right
        self._parameters = {parameter.name: parameter for parameter in parameters}
        self._on = on
        self._read: dict[str, Figure] = {}

    def __getattr__(self, name: str) -> Any:
        # Names with an underscore are Python's own: copying asks for them before __init__ ran.
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in self._parameters:
            known = ", ".join(self._parameters) or "none"
            raise InvalidRight(
                f"{self._right} reads the parameter {name}, which it does not declare (declared:"
                f" {known}); add it to `parameters` with its unit, reference and first value"
            )
        if name not in self._read:
            self._read[name] = self._parameters[name].on(self._on)
        return self._read[name]

    def used(self) -> tuple[Figure, ...]:
        return tuple(self._read.values())
