"""The tables of tests/scenarios/rights: situations and outcomes that a lawyer can check. Pure.

The tests run them all; the page of a right runs those of its own table, and says how many hold.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from attestations.codes import LANGUAGES
from attestations.periods import Span
from derived_rights.engine.catalogue import rights
from derived_rights.engine.facts import FactKind, Facts
from derived_rights.engine.figures import Figures
from derived_rights.engine.one import RightSpan, UndeterminedSpan, derive
from derived_rights.engine.right import Effect, Right, Trust
from derived_rights.engine.terms import Reported, Term
from derived_rights.scenario_lines import facts_of

TABLES = Path(__file__).parents[1] / "tests" / "scenarios" / "rights"
LABELS = ("published", "derived", "settled")
KEYS = {
    "title",
    "label",
    "source",
    "figures",
    "aid",
    "household",
    "given",
    "born",
    "residence",
    "permits",
    "paid",
    "reported",
}


@dataclass(frozen=True)
class Scenario:
    """One situation of a table.

    `expected` maps (right, name) to the periods as written, the undetermined ones after the others.
    """

    table: str
    title: str
    label: str
    facts: Facts
    rights: Mapping[str, Right]
    figures: Mapping[str, Any]
    persons: Mapping[str, int]
    expected: Mapping[tuple[str, str], list[str]]

    @property
    def holds(self) -> bool:
        """Whether every outcome is the one expected."""
        return all(self.outcome(*key) == periods for key, periods in self.expected.items())

    def outcome(self, right: str, name: str) -> list[str]:
        overrides = {self.table: self.figures}
        outcome = derive(self.persons[name], self.facts, self.rights, overrides)[right]
        names = {number: name for name, number in self.persons.items()}
        return [
            *(written(period) for period in outcome.periods),
            *(unknown(period, names) for period in outcome.undetermined),
        ]


@dataclass(frozen=True)
class Verdict:
    """How many cases the table of a right has, and the titles of those that do not hold."""

    total: int
    failing: tuple[str, ...]


@cache
def verdict(code: str) -> Verdict | None:
    """Whether the right does what its table says, with the figures of its module and of the table.

    None where the tables are not installed with the program.
    """
    table = TABLES / f"{code}.yaml"
    if not table.is_file():
        return None
    found = [_read(code, row) for row in yaml.safe_load(table.read_text(encoding="utf-8"))]
    return Verdict(len(found), tuple(one.title for one in found if not one.holds))


def scenarios() -> list[Scenario]:
    return [
        _read(path.stem, row)
        for path in sorted(TABLES.glob("*.yaml"))
        for row in yaml.safe_load(path.read_text(encoding="utf-8"))
    ]


def written(period: RightSpan) -> str:
    numbers = " ".join(period.attestation_numbers)
    return f"{days(period.span)} by {numbers}" if numbers else days(period.span)


def unknown(period: UndeterminedSpan, names: Mapping[int, str]) -> str:
    lacking = " and ".join(f"{one.fact} of {names[one.person]}" for one in period.missing)
    return f"{days(period.span)} undetermined for lack of {lacking}"


def days(period: Span) -> str:
    return f"{period.start} to {period.last_day or 'open'}"


def as_given(code: str) -> Right:
    """A right of this code that holds on the days that the situation gives."""
    text = dict.fromkeys(LANGUAGES, code)
    right = Right(
        code=code,
        label=text,
        description=text,
        recipient="nobody",
        effect=Effect.GRANT,
        reference="given by the scenario",
        trust=Trust.SIGNAL,
        needs=(FactKind.INCREASED_INTERVENTION,),
        fields=(),
    )

    @right.since(1900)
    def given(p: Figures) -> Term:
        return Reported(FactKind.INCREASED_INTERVENTION)

    return right


def _read(table: str, row: dict[str, Any]) -> Scenario:
    assert row["label"] in LABELS, f"{row['title']}: a label is one of {LABELS}"
    assert row["source"], f"{row['title']}: say where the outcome comes from"
    expected_rights = set(row) - KEYS
    assert expected_rights <= rights().keys(), f"{row['title']}: unknown key in {expected_rights}"
    persons: defaultdict[str, int] = defaultdict(lambda: len(persons) + 1)
    expected = {
        (right, name): periods
        for right in sorted(expected_rights)
        for name, periods in row[right].items()
    }
    facts = facts_of(row, persons)
    for _, name in expected:
        _ = persons[name]
    given = {code: as_given(code) for code in row.get("given", {})}
    return Scenario(
        table,
        row["title"],
        row["label"],
        facts,
        MappingProxyType({**rights(), **given}),
        row.get("figures", {}),
        persons,
        expected,
    )
