"""A set of cases with known faults: sound ones of many kinds, and every cause as often as asked.

Everything follows from a case's number, so that the set is the same in every run.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from attestations.codes import Cause
from attestations.gap_rows import Attested, Claimed, Decided
from attestations.periods import FOREVER, Span, add_months, next_month_start

ON = date(2026, 6, 10)  # the day of the control
FIRST_MONTH = date(2025, 7, 1)
MONTHS = 11  # in which decisions start: until May 2026, so that nobody falls silent by chance
TALKING = 100  # CPAS 1 to 100 send every month
LIVING_WAGE, EQUIVALENT = "integrationIncome", "equivalentIntegrationIncome"
DAY = timedelta(days=1)


@dataclass
class Case:
    """One person: what is known, and the cause that must be found; None for a sound case."""

    person: int
    cpas: int
    month: date
    cause: Cause | None = None
    claims: list[Claimed] = field(default_factory=list)
    decisions: list[Decided] = field(default_factory=list)
    attested: list[Attested] = field(default_factory=list)

    @property
    def sent_on(self) -> date:
        """When its attestations were sent: all on the day the first decision was recorded."""
        return self.decisions[0].recorded_on if self.decisions else self.month

    def claim(self, *months: date, kind: str = LIVING_WAGE, cpas: int = 0) -> None:
        self.claims += [Claimed(cpas or self.cpas, self.person, kind, month) for month in months]

    def decide(
        self,
        span: Span | None,
        *,
        kind: str = LIVING_WAGE,
        decided_on: date | None = None,
        recorded_after: int = 1,
        stopped: bool = False,
        cpas: int = 0,
    ) -> None:
        decided = decided_on or self.month + 4 * DAY
        recorded = decided + recorded_after * DAY
        self.decisions.append(
            Decided(cpas or self.cpas, self.person, kind, span, decided, recorded, stopped)
        )

    def attest(
        self, span: Span, *, kind: str = LIVING_WAGE, cpas: int = 0, replaced: bool = False
    ) -> None:
        number = f"F{self.person:08d}{len(self.attested):02d}"
        self.attested.append(
            Attested(cpas or self.cpas, self.person, kind, span, number, via_replaced=replaced)
        )

    def grant(self, span: Span, *, kind: str = LIVING_WAGE, cpas: int = 0) -> None:
        """Decide and attest alike."""
        self.decide(span, kind=kind, cpas=cpas)
        self.attest(span, kind=kind, cpas=cpas)

    @property
    def long(self) -> Span:
        """Two years from the first day of the month: not about to end on the day of the control."""
        return Span(self.month, add_months(self.month, 24))

    @property
    def next_month(self) -> date:
        return next_month_start(self.month)

    @property
    def other_cpas(self) -> int:
        return self.cpas % TALKING + 1


# --- Sound cases -----------------------------------------------------------------------------


def whole_months(case: Case) -> None:
    case.claim(case.month, case.next_month)
    case.grant(case.long)


def starts_in_mid_month(case: Case) -> None:
    case.claim(case.month, case.next_month)
    case.grant(Span(case.month + 14 * DAY, case.long.end))


def stopped_in_mid_month(case: Case) -> None:
    case.claim(case.month)
    span = Span(case.month, case.month + 10 * DAY)
    case.decide(span, stopped=True)
    case.attest(span)


def month_by_month(case: Case) -> None:
    case.claim(case.month, case.next_month)
    for start in (case.month, case.next_month):
        case.grant(Span(start, next_month_start(start)))
    case.grant(Span(next_month_start(case.next_month), FOREVER))


def two_cpas_at_once(case: Case) -> None:
    for cpas in (case.cpas, case.other_cpas):
        case.claim(case.month, cpas=cpas)
        case.grant(case.long, cpas=cpas)


def borne_by_the_cpas_alone(case: Case) -> None:
    case.grant(case.long, kind="otherSocialAid")


def cancelled(case: Case) -> None:
    case.decide(None)


def still_in_time(case: Case) -> None:
    case.decide(Span(ON - 9 * DAY), decided_on=ON - 7 * DAY)


def another_kind_from_the_second_month(case: Case) -> None:
    case.claim(case.month)
    case.claim(case.next_month, kind=EQUIVALENT)
    case.grant(Span(case.month, case.next_month))
    case.grant(Span(case.next_month, FOREVER), kind=EQUIVALENT)


def renewed_in_time(case: Case) -> None:
    case.grant(Span(case.month, ON + 20 * DAY))
    case.grant(Span(ON + 20 * DAY, FOREVER))


def ends_on_purpose(case: Case) -> None:
    span = Span(case.month, ON + 20 * DAY)
    case.decide(span, stopped=True)
    case.attest(span)


def moved_in_mid_month(case: Case) -> None:
    middle = case.month + 15 * DAY
    case.claim(case.month)
    case.claim(case.month, cpas=case.other_cpas)
    case.grant(Span(case.month, middle))
    case.grant(Span(middle, FOREVER), cpas=case.other_cpas)


SOUND: tuple[Callable[[Case], None], ...] = (
    whole_months,
    starts_in_mid_month,
    stopped_in_mid_month,
    month_by_month,
    two_cpas_at_once,
    borne_by_the_cpas_alone,
    cancelled,
    still_in_time,
    another_kind_from_the_second_month,
    renewed_in_time,
    ends_on_purpose,
    moved_in_mid_month,
)


# --- Faults ----------------------------------------------------------------------------------


def claimed_without_any_decision(case: Case) -> None:
    case.claim(case.month, case.next_month)


def decided_and_never_attested(case: Case) -> None:
    case.decide(case.long)


def claimed_after_the_end(case: Case) -> None:
    case.grant(Span(case.month, case.next_month))
    case.claim(case.next_month)


def recorded_late(case: Case) -> None:
    case.claim(case.month)
    case.decide(case.long, recorded_after=8)
    case.attest(case.long)


def attested_too_late_in_the_month(case: Case) -> None:
    case.claim(case.month)
    case.decide(case.long)
    case.attest(Span(case.month + 9 * DAY, case.long.end))


def attested_later_than_granted(case: Case) -> None:
    case.claim(case.month)
    case.decide(Span(case.month + 5 * DAY, case.long.end))
    case.attest(Span(case.month + 6 * DAY, case.long.end))


def attested_as_another_kind(case: Case) -> None:
    case.claim(case.month)
    case.grant(case.long, kind=EQUIVALENT)


def attested_by_another_cpas(case: Case) -> None:
    case.claim(case.month)
    case.grant(case.long, cpas=case.other_cpas)


def not_shortened(case: Case) -> None:
    case.decide(Span(case.month, case.next_month), stopped=True)
    case.attest(case.long)


def outlives_its_cancellation(case: Case) -> None:
    case.decide(None)
    case.attest(case.long)


def on_a_replaced_number(case: Case) -> None:
    case.claim(case.month)
    case.decide(case.long)
    case.attest(case.long, replaced=True)


def ends_unnoticed(case: Case) -> None:
    case.grant(Span(case.month, ON + 20 * DAY))


FAULTS: dict[Cause, tuple[Callable[[Case], None], ...]] = {
    Cause.NEVER_SENT: (
        claimed_without_any_decision,
        decided_and_never_attested,
        claimed_after_the_end,
    ),
    Cause.LATE: (recorded_late,),
    Cause.PARTIAL_COVER: (attested_too_late_in_the_month, attested_later_than_granted),
    Cause.WRONG_KIND: (attested_as_another_kind,),
    Cause.OTHER_CPAS: (attested_by_another_cpas,),
    Cause.NOT_SHORTENED: (not_shortened, outlives_its_cancellation),
    Cause.REPLACED_SSIN: (on_a_replaced_number,),
    Cause.ENDING_WITHOUT_RENEWAL: (ends_unnoticed,),
}


def cases(*, sound: int, each: int) -> Iterator[Case]:
    """Sound persons, then `each` persons of every cause, then the persons of silent CPAS.

    CPAS 101 to 100 + `each` are silent: they sent in six months in a row, until January. Their
    persons are among the sound ones.
    """
    persons = itertools.count(1)
    silent = [
        (TALKING + 1 + number, add_months(FIRST_MONTH, 1 + back))
        for number in range(each)
        for back in range(6)
    ]
    for cpas, month in silent[:sound]:
        yield _built(Case(next(persons), cpas, month), borne_by_the_cpas_alone)
    for number in range(sound - len(silent)):
        build = SOUND[number % len(SOUND)]
        yield _built(_case(next(persons), number // len(SOUND)), build)
    for cause, builds in FAULTS.items():
        for number in range(each):
            case = _case(next(persons), number)
            case.cause = cause
            yield _built(case, builds[number % len(builds)])


def _case(person: int, number: int) -> Case:
    month = add_months(FIRST_MONTH, number % MONTHS)
    return Case(person, 1 + number // MONTHS % TALKING, month)


def _built(case: Case, build: Callable[[Case], None]) -> Case:
    build(case)
    return case
