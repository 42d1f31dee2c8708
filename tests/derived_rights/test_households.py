"""Who lives with whom when a CPAS and the National Register speak: a table of situations.

Anna is helped by a CPAS, which names Bert as her partner for the whole of 2026.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import pytest

from attestations.periods import Span
from derived_rights.engine.facts import Facts, HouseholdSpan
from derived_rights.households import REGISTER, Statement, prevailing

ANNA, BERT, CLEO, DORA = 1, 2, 3, 4
NAMES = {ANNA: "Anna", BERT: "Bert", CLEO: "Cleo", DORA: "Dora"}


def days(first: str, last: str | None = None) -> Span:
    return Span.inclusive(date.fromisoformat(first), last and date.fromisoformat(last))


YEAR = days("2026-01-01", "2026-12-31")
BY_THE_CPAS = HouseholdSpan(ANNA, BERT, "partner", YEAR)


def register(subject, span, *members):
    return Statement(subject, REGISTER, span, members)


@dataclass(frozen=True)
class Situation:
    title: str
    stated: list[Statement] = field(default_factory=list)
    lives_with: list[str] = field(default_factory=list)  # with whom, what Anna is to them, when
    named: list[HouseholdSpan] = field(default_factory=lambda: [BY_THE_CPAS])


SITUATIONS = [
    Situation(
        "The register says nothing: the CPAS is believed",
        [],
        ["Bert partner 2026-01-01 to 2026-12-31"],
    ),
    Situation(
        "The register says that Anna lives alone: the CPAS is not believed",
        [register(ANNA, days("2020-01-01"))],
        [],
    ),
    Situation(
        "The register says that Bert lives alone: that is as good",
        [register(BERT, days("2020-01-01"))],
        [],
    ),
    Situation(
        "The register says that Bert lives with Cleo: he does not live with Anna",
        [register(CLEO, days("2020-01-01"), (BERT, "partner"))],
        [],
    ),
    Situation(
        "The register begins to speak in July: the CPAS is believed until then",
        [register(ANNA, days("2026-07-01"))],
        ["Bert partner 2026-01-01 to 2026-06-30"],
    ),
    Situation(
        "The register speaks of one summer: the CPAS is believed before and after",
        [register(ANNA, days("2026-07-01", "2026-08-31"))],
        ["Bert partner 2026-01-01 to 2026-06-30", "Bert partner 2026-09-01 to 2026-12-31"],
    ),
    Situation(
        "The register knows the same household under another relation",
        [register(ANNA, days("2020-01-01"), (BERT, "other"))],
        ["Bert other 2020-01-01 to open"],
    ),
    Situation(
        "The register speaks of somebody whom nobody names: nothing changes",
        [register(DORA, days("2020-01-01"))],
        ["Bert partner 2026-01-01 to 2026-12-31"],
    ),
    Situation(
        "A member moves out: the later period of the register needs no end of the earlier one",
        [
            register(ANNA, days("2020-01-01"), (BERT, "partner"), (CLEO, "child")),
            register(ANNA, days("2026-05-01"), (CLEO, "child")),
        ],
        ["Bert partner 2020-01-01 to 2026-04-30", "Cleo parent 2020-01-01 to open"],
    ),
    Situation(
        "The last member moves out: Anna lives alone",
        [
            register(ANNA, days("2020-01-01"), (BERT, "partner")),
            register(ANNA, days("2026-05-01")),
        ],
        ["Bert partner 2020-01-01 to 2026-04-30"],
    ),
    Situation(
        "He who moved out is spoken of no more: the CPAS of him and Dora is believed again",
        [
            register(ANNA, days("2020-01-01"), (BERT, "partner")),
            register(ANNA, days("2026-05-01")),
        ],
        ["Bert partner 2020-01-01 to 2026-04-30"],
        named=[HouseholdSpan(DORA, BERT, "partner", YEAR)],
    ),
    Situation(
        "It does not matter in which order the register says it",
        [
            register(ANNA, days("2026-05-01")),
            register(ANNA, days("2020-01-01"), (BERT, "partner")),
        ],
        ["Bert partner 2020-01-01 to 2026-04-30"],
    ),
    Situation(
        "Another source than the register yields to it, like a CPAS",
        [
            Statement(ANNA, "another", days("2020-01-01"), ((CLEO, "child"),)),
            register(ANNA, days("2026-05-01")),
        ],
        ["Bert partner 2026-01-01 to 2026-04-30", "Cleo parent 2020-01-01 to 2026-04-30"],
    ),
    Situation(
        "Another source does not silence a CPAS",
        [Statement(ANNA, "another", days("2020-01-01"))],
        ["Bert partner 2026-01-01 to 2026-12-31"],
    ),
    Situation(
        "Two members of Cleo's household live together",
        [register(CLEO, days("2020-01-01"), (ANNA, "child"), (DORA, "child"))],
        ["Cleo child 2020-01-01 to open", "Dora other 2020-01-01 to open"],
    ),
]


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda one: one.title)
def test_the_register_prevails_where_it_speaks(situation):
    facts = Facts(household=prevailing(situation.stated, situation.named))

    found = [
        f"{NAMES[one.other]} {one.relation} {span.start} to {span.last_day or 'open'}"
        for one in facts.cohabitations(ANNA)
        for span in one.days
    ]
    assert sorted(found) == situation.lives_with


def test_who_moved_out_of_a_household_of_the_register_is_believed_to_live_where_the_cpas_says():
    stated = [
        register(ANNA, days("2020-01-01"), (BERT, "partner")),
        register(ANNA, days("2026-05-01")),
    ]

    found = prevailing(stated, [HouseholdSpan(DORA, BERT, "partner", YEAR)])

    assert HouseholdSpan(DORA, BERT, "partner", days("2026-05-01", "2026-12-31")) in found
    assert len([one for one in found if one.subject == DORA]) == 1
