"""The tables of tests/scenarios/rights: situations and outcomes that a lawyer can check. Pure.

The tests run them all; the page of a right runs those of its own table, and says how many hold.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import yaml

from attestations.codes import LANGUAGES
from attestations.periods import Span, Timeline, add_months
from derived_rights.engine.catalogue import rights
from derived_rights.engine.facts import (
    AttestedSpan,
    FactKind,
    Facts,
    HouseholdSpan,
    PaidMonth,
    PermitSpan,
    ReportedSpan,
    ResidenceSpan,
)
from derived_rights.engine.figures import Figures
from derived_rights.engine.one import RightSpan, UndeterminedSpan, derive
from derived_rights.engine.right import Effect, Right, Trust
from derived_rights.engine.terms import Reported, Term

TABLES = Path(__file__).parents[1] / "tests" / "scenarios" / "rights"
T = TypeVar("T")
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

AID = re.compile(
    r"(?P<person>\w+), (?P<kind>\w+)( at \w+)?, (?P<period>\S+ to \S+?)"
    r"(, decided (?P<decided>\S+))?"
)
HOUSEHOLD = re.compile(
    r"(?P<subject>\w+) with (?P<member>\w+) as (?P<relation>\w+), (?P<period>\S+ to \S+)"
)
GIVEN = re.compile(r"(?P<person>\w+), (?P<period>\S+ to \S+)")
BORN = re.compile(r"(?P<person>\w+), (?P<day>\S+)")
RESIDENCE = re.compile(r"(?P<person>\w+) in [^(]+ \((?P<code>\d{5})\), (?P<period>\S+ to \S+)")
PERMIT = re.compile(r"(?P<person>\w+), (?P<value>[^,]+), (?P<period>\S+ to \S+)")
PAID = re.compile(
    r"(?P<person>\w+), (?P<kind>\w+), (?P<first>\d{4}-\d\d)( to (?P<last>\d{4}-\d\d))?,"
    r" (?P<amount>\S+) euros?"
)
REPORTED = re.compile(r"(?P<person>\w+), (?P<fact>\w+)(?P<denied> denied)?, (?P<period>\S+ to \S+)")


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
        held = span(aid["period"])
        decided = date.fromisoformat(aid["decided"]) if aid["decided"] else held.start
        attested[persons[aid["person"]]].append(
            AttestedSpan(aid["kind"], held, decided, f"A{place}")
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
    return Facts(
        attested,
        household,
        births=_stated(BORN, row.get("born"), persons, lambda m: date.fromisoformat(m["day"])),
        residences=_stated(
            RESIDENCE,
            row.get("residence"),
            persons,
            lambda m: ResidenceSpan(m["code"], span(m["period"])),
        ),
        permits=_stated(
            PERMIT,
            row.get("permits"),
            persons,
            lambda m: PermitSpan(m["value"], span(m["period"])),
        ),
        paid=_paid(row.get("paid"), persons),
        reported=_both(_reported(row, persons), _given(row.get("given"), persons)),
    )


def _stated(
    pattern: re.Pattern[str],
    lines: list[str] | None,
    persons: defaultdict[str, int],
    read: Callable[[dict[str, str]], T],
) -> dict[int, list[T]]:
    found: defaultdict[int, list[T]] = defaultdict(list)
    for line in lines or ():
        stated = _matched(pattern, line)
        found[persons[stated["person"]]].append(read(stated))
    return found


def _reported(row: dict[str, Any], persons: defaultdict[str, int]) -> dict[int, list[ReportedSpan]]:
    return _stated(
        REPORTED,
        row.get("reported"),
        persons,
        lambda m: ReportedSpan(m["fact"], span(m["period"]), holds=not m["denied"]),
    )


def _paid(lines: list[str] | None, persons: defaultdict[str, int]) -> dict[int, list[PaidMonth]]:
    """The amount of each month, from the first to the last one."""
    paid: defaultdict[int, list[PaidMonth]] = defaultdict(list)
    for line in lines or ():
        stated = _matched(PAID, line)
        month = date.fromisoformat(f"{stated['first']}-01")
        last = date.fromisoformat(f"{stated['last'] or stated['first']}-01")
        while month <= last:
            cents = int(Decimal(stated["amount"]) * 100)
            paid[persons[stated["person"]]].append(PaidMonth(stated["kind"], month, cents))
            month = add_months(month, 1)
    return paid


def _both(
    stated: dict[int, list[ReportedSpan]], given: dict[int, list[ReportedSpan]]
) -> dict[int, list[ReportedSpan]]:
    return {
        number: [*stated.get(number, ()), *given.get(number, ())] for number in {*stated, *given}
    }


def _given(
    given: dict[str, list[str]] | None, persons: defaultdict[str, int]
) -> dict[int, list[ReportedSpan]]:
    if given is None:
        return {}
    (lines,) = given.values()  # one given right is all that the reported fact can carry
    fact = FactKind.INCREASED_INTERVENTION
    held = _stated(GIVEN, lines, persons, lambda m: span(m["period"]))
    reported: dict[int, list[ReportedSpan]] = {}
    for number in persons.values():
        yes = Timeline(held.get(number, ()))
        reported[number] = [
            *(ReportedSpan(fact, held_days, holds=True) for held_days in yes),
            *(ReportedSpan(fact, held_days, holds=False) for held_days in ~yes),
        ]
    return reported


def _matched(pattern: re.Pattern[str], line: str) -> dict[str, str]:
    found = pattern.fullmatch(line)
    assert found, f"cannot read {line!r}"
    return found.groupdict()
