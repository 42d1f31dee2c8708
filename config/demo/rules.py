"""What one decision must bring about, from the rules in plain words.

Written apart from the engine on purpose: the story compares the registry's answers with these. All
periods are (first day, last day), both inclusive, of a decision that stands alone.
"""

from __future__ import annotations

from datetime import date, timedelta

Period = tuple[date, date]

OPENS_BIM = ("integrationIncome", "equivalentIntegrationIncome")
OPENS_TARIFF = (*OPENS_BIM, "benefitAdvance", "stateChargedAid")
# Holders of the increased intervention had the social tariff too, between these days.
BIM_OPENED_TARIFF = date(2021, 2, 1), date(2023, 6, 30)

MONTHS_OF_AID = 3


def bim(start: date, end: date) -> Period | None:
    """From the day on which three months of aid are complete, to the end of the year after.

    Exactly three months are enough: the right then opens on the day after the aid.
    """
    opens = plus_months(start, MONTHS_OF_AID)
    if opens > end + timedelta(days=1):
        return None
    return opens, date(max(opens, end).year + 1, 12, 31)


def social_tariff(decided_on: date, start: date, end: date) -> Period | None:
    """From the quarter of the decision, or of the aid if later, to the end of its last year."""
    opens, closes = quarter_start(max(decided_on, start)), date(end.year, 12, 31)
    return (opens, closes) if opens <= closes else None


def walloon_supplement(increased: Period) -> Period:
    """Every month in which there is increased intervention."""
    return increased[0].replace(day=1), increased[1]


def plus_months(day: date, months: int) -> date:
    """The same day number, months later; where that month lacks it, the 1st of the month after."""
    years, month = divmod(day.month - 1 + months, 12)
    first = date(day.year + years, month + 1, 1)
    same = first + timedelta(days=day.day - 1)
    return same if same.month == first.month else same.replace(day=1)


def quarter_start(day: date) -> date:
    return date(day.year, day.month - (day.month - 1) % 3, 1)
