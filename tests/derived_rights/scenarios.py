"""Reads the tables of tests/scenarios/rights: situations and outcomes that a lawyer can check."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from attestations.codes import LANGUAGES
from attestations.periods import Span
from derived_rights.engine.catalogue import rights
from derived_rights.engine.facts import AttestedSpan, FactKind, Facts, HouseholdSpan, ReportedSpan
from derived_rights.engine.figures import Figures
from derived_rights.engine.one import RightSpan, derive
from derived_rights.engine.right import Effect, Right, Trust
from derived_rights.engine.terms import Reported, Term

TABLES = Path(__file__).parents[1] / "scenarios" / "rights"
LABELS = ("published", "derived", "settled")
KEYS = {"title", "label", "source", "figures", "aid", "household", "given"}

AID = re.compile(
    r"(?P<person>\w+), (?P<kind>\w+)( at \w+)?, (?P<period>\S+ to \S+?)"
    r"(, decided (?P<decided>\S+))?"
)
HOUSEHOLD = re.compile(
    r"(?P<subject>\w+) with (?P<member>\w+) as (?P<relation>\w+), (?P<period>\S+ to \S+)"
)
GIVEN = re.compile(r"(?P<person>\w+), (?P<period>\S+ to \S+)")


@dataclass(frozen=True)
class Scenario:
    """One situation of a table. `expected` maps (right, name) to the periods as written."""

    table: str
    title: str
    label: str
    facts: Facts
    rights: Mapping[str, Right]
    figures: Mapping[str, Any]
    persons: Mapping[str, int]
    expected: Mapping[tuple[str, str], list[str]]

    def outcome(self, right: str, name: str) -> list[str]:
        overrides = {self.table: self.figures}
        outcome = derive(self.persons[name], self.facts, self.rights, overrides)[right]
        assert outcome.undetermined == ()
        return [written(period) for period in outcome.periods]


def scenarios() -> list[Scenario]:
    return [
        _read(path.stem, row)
        for path in sorted(TABLES.glob("*.yaml"))
        for row in yaml.safe_load(path.read_text(encoding="utf-8"))
    ]


def written(period: RightSpan) -> str:
    days = f"{period.span.start} to {period.span.last_day or 'open'}"
    numbers = " ".join(period.attestation_numbers)
    return f"{days} by {numbers}" if numbers else days


def span(text: str) -> Span:
    first, last = text.split(" to ")
    return Span.inclusive(
        date.fromisoformat(first), None if last == "open" else date.fromisoformat(last)
    )


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
    facts = _facts(row, persons)
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


def _facts(row: dict[str, Any], persons: defaultdict[str, int]) -> Facts:
    attested: defaultdict[int, list[AttestedSpan]] = defaultdict(list)
    for place, line in enumerate(row.get("aid", ()), start=1):
        aid = _matched(AID, line)
        days = span(aid["period"])
        decided = date.fromisoformat(aid["decided"]) if aid["decided"] else days.start
        attested[persons[aid["person"]]].append(
            AttestedSpan(aid["kind"], days, decided, f"A{place}")
        )
    household = []
    for line in row.get("household", ()):
        stated = _matched(HOUSEHOLD, line)
        household.append(
            HouseholdSpan(
                persons[stated["subject"]],
                persons[stated["member"]],
                stated["relation"],
                span(stated["period"]),
            )
        )
    reported: dict[int, list[ReportedSpan]] = {}
    if "given" in row:
        reported = _given(row["given"], persons)
    return Facts(attested, household, reported)


def _given(
    given: dict[str, list[str]], persons: defaultdict[str, int]
) -> dict[int, list[ReportedSpan]]:
    (lines,) = given.values()  # one given right is all that the reported fact can carry
    fact = FactKind.INCREASED_INTERVENTION
    held = {(m := _matched(GIVEN, line))["person"]: span(m["period"]) for line in lines}
    _ = [persons[name] for name in held]
    reported: dict[int, list[ReportedSpan]] = {}
    for name, number in persons.items():
        yes = held.get(name)
        outside = [Span(date.min)] if yes is None else [Span(date.min, yes.start), Span(yes.end)]
        reported[number] = [ReportedSpan(fact, days, holds=False) for days in outside]
        if yes is not None:
            reported[number].append(ReportedSpan(fact, yes, holds=True))
    return reported


def _matched(pattern: re.Pattern[str], line: str) -> dict[str, str]:
    found = pattern.fullmatch(line)
    assert found, f"cannot read {line!r}"
    return found.groupdict()
