"""The municipalities of Belgium by NIS code, also those that mergers ended. Pure.

The table (data/municipalities.csv; © Statbel, CC BY 4.0) begins in 2018: a code without a first
day is taken to be in force since ever, and only mergers of 2019 and later end one.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from attestations.periods import BEGINNING, FOREVER, Span


class Region(StrEnum):
    """The region in which a municipality lies."""

    FLANDERS = "flanders"
    WALLONIA = "wallonia"
    BRUSSELS = "brussels"


class Area(StrEnum):
    """A part of the country for which rules are made: a region, or the German-speaking Community.

    The Community's municipalities lie in Wallonia too.
    """

    FLANDERS = "flanders"
    WALLONIA = "wallonia"
    BRUSSELS = "brussels"
    GERMAN_COMMUNITY = "germanCommunity"


class UnknownMunicipality(ValueError):
    """A code that is, and was, no municipality's."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(f"{code!r} is not the NIS code of a municipality, nor was it since 2018.")


@dataclass(frozen=True, slots=True)
class Municipality:
    """A municipality under one code; `names` by language, "de" in the German language area only."""

    code: str
    names: Mapping[str, str]
    region: Region
    valid: Span
    replaced_by: str | None


def get(code: str) -> Municipality:
    """The municipality of a code, in force or ended; UnknownMunicipality if there is none."""
    try:
        return _table()[code]
    except KeyError:
        raise UnknownMunicipality(code) from None


def is_valid(code: str, on: date) -> bool:
    """Whether the code exists and is in force on that day."""
    found = _table().get(code)
    return found is not None and on in found.valid


def resolve(code: str, *, on: date) -> str:
    """The code that stands on that day for the municipality of `code`.

    An ended code leads to the one that replaced it. A code that did not exist yet stays as it is:
    a merged municipality was several before. Raises UnknownMunicipality.
    """
    found = get(code)
    while found.replaced_by is not None and found.valid.end <= on:
        found = get(found.replaced_by)
    return found.code


def region(code: str) -> Region:
    """The region of a municipality, in force or ended; raises UnknownMunicipality."""
    return get(code).region


def lies_in(code: str, area: Area) -> bool:
    """Whether a municipality, in force or ended, lies in the area; raises UnknownMunicipality."""
    found = get(code)
    if area is Area.GERMAN_COMMUNITY:
        return "de" in found.names
    return found.region == area.value


def pieces(code: str, span: Span) -> list[tuple[Span, str]]:
    """The span cut where the code gives way to another, each piece with the code of its days."""
    found, cut = get(code), list[tuple[Span, str]]()
    start = span.start
    while found.replaced_by is not None and found.valid.end < span.end:
        if start < found.valid.end:
            cut.append((Span(start, found.valid.end), found.code))
            start = found.valid.end
        found = get(found.replaced_by)
    return [*cut, (Span(start, span.end), found.code)]


def in_force(on: date) -> list[Municipality]:
    """The municipalities of that day, by code."""
    return [found for found in _table().values() if on in found.valid]


@cache
def _table() -> Mapping[str, Municipality]:
    file = files("attestations").joinpath("data/municipalities.csv")
    lines = file.read_text(encoding="utf-8").splitlines()
    rows = [_municipality(row) for row in csv.DictReader(lines)]
    return MappingProxyType({row.code: row for row in rows})


def _municipality(row: Mapping[str, str]) -> Municipality:
    start, end = row["valid_from"], row["valid_until"]
    return Municipality(
        code=row["code"],
        names=MappingProxyType({name: row[name] for name in ("fr", "nl", "de") if row[name]}),
        region=Region(row["region"]),
        valid=Span(
            date.fromisoformat(start) if start else BEGINNING,
            date.fromisoformat(end) if end else FOREVER,
        ),
        replaced_by=row["replaced_by"] or None,
    )
