"""A sound item of a batch, and the day on which it is."""

from __future__ import annotations

from datetime import date

from attestations.ssin import make_ssin

TODAY = date(2026, 11, 20)
SOUND = {
    "ssin": make_ssin(date(1985, 11, 5), 123).number,
    "aidKind": "integrationIncome",
    "category": "single",
    "decidedOn": "2026-11-17",
    "startDate": "2026-11-02",
    "endDate": "2027-11-01",
    "reference": "2026/0412",
    "household": [{"ssin": make_ssin(date(2015, 7, 5), 234).number, "relation": "child"}],
}
