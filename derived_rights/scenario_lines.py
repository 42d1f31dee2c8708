"""The lines of a scenario, as a lawyer writes them, and the facts that they state. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from attestations.periods import Span, Timeline, add_months
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

T = TypeVar("T")

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


def facts_of(row: Mapping[str, Any], persons: defaultdict[str, int]) -> Facts:
    """The facts that a situation states; whom a line names is numbered in `persons`."""
    attested: defaultdict[int, list[AttestedSpan]] = defaultdict(list)
    for place, line in enumerate(row.get("aid", ()), start=1):
        aid = _matched(AID, line)
        held = _span(aid["period"])
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
                _span(stated["period"]),
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
            lambda m: ResidenceSpan(m["code"], _span(m["period"])),
        ),
        permits=_stated(
            PERMIT,
            row.get("permits"),
            persons,
            lambda m: PermitSpan(m["value"], _span(m["period"])),
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


def _reported(
    row: Mapping[str, Any], persons: defaultdict[str, int]
) -> dict[int, list[ReportedSpan]]:
    return _stated(
        REPORTED,
        row.get("reported"),
        persons,
        lambda m: ReportedSpan(m["fact"], _span(m["period"]), holds=not m["denied"]),
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
    held = _stated(GIVEN, lines, persons, lambda m: _span(m["period"]))
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


def _span(text: str) -> Span:
    first, last = text.split(" to ")
    return Span.inclusive(
        date.fromisoformat(first), None if last == "open" else date.fromisoformat(last)
    )
