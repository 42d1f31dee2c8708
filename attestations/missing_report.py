"""The monthly report to a CPAS on what is missing: its lines, and the report as CSV. Pure."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from io import StringIO

from attestations.codes import AidKind, Cause
from attestations.periods import Span
from attestations.report_texts import TEXTS, Texts

# Names of the columns for programs; the same in every language.
COLUMNS = (
    "missingAttestationId",
    "ssin",
    "aidKind",
    "startDate",
    "endDate",
    "cause",
    "dueDate",
    "status",
    "finding",
    "toDo",
)


@dataclass(frozen=True)
class Missing:
    """A finding as it is reported; without person and kind of aid where the CPAS is silent."""

    finding_id: str
    ssin: str | None
    aid_kind: str | None
    period: Span
    cause: Cause
    due_on: date
    status: str


@dataclass(frozen=True)
class Line:
    """A finding in the words of the report."""

    ssin: str
    aid: str
    period: str
    seen: str
    to_do: str
    due_on: str
    overdue: bool


@dataclass(frozen=True)
class Report:
    """What one CPAS is told for one month, which is given by its first day."""

    cpas: str
    language: str
    month: date
    made_on: date
    missing: tuple[Missing, ...]

    @property
    def texts(self) -> Texts:
        return TEXTS[self.language]

    @property
    def intro(self) -> str:
        return self.texts.intro(len(self.missing))

    @property
    def month_in_words(self) -> str:
        return self.texts.month(self.month.year, self.month.month)

    @property
    def lines(self) -> list[Line]:
        """The most urgent first."""
        return [self._line(row) for row in self._by_urgency()]

    def csv(self) -> str:
        """With semicolons and a byte-order mark, as spreadsheets here expect it."""
        out = StringIO()
        out.write("\N{BYTE ORDER MARK}")
        writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
        writer.writerow(COLUMNS)
        writer.writerows(self._record(row) for row in self._by_urgency())
        return out.getvalue()

    def _by_urgency(self) -> list[Missing]:
        return sorted(self.missing, key=lambda row: (row.due_on, row.ssin or "", row.period))

    def _record(self, row: Missing) -> Iterable[str]:
        advice = self.texts.causes[row.cause]
        first, last = row.period.start, row.period.last_day
        return (
            row.finding_id,
            punctuated(row.ssin) if row.ssin else "",
            row.aid_kind or "",
            first.isoformat(),
            last.isoformat() if last else "",
            row.cause,
            row.due_on.isoformat(),
            row.status,
            advice.seen,
            advice.to_do,
        )

    def _line(self, row: Missing) -> Line:
        advice = self.texts.causes[row.cause]
        last = row.period.last_day
        until = _day(last) if last else self.texts.until
        return Line(
            ssin=punctuated(row.ssin) if row.ssin else self.texts.everyone,
            aid=AidKind(row.aid_kind).labels[self.language] if row.aid_kind else "",
            period=f"{_day(row.period.start)} – {until}",
            seen=advice.seen,
            to_do=advice.to_do,
            due_on=_day(row.due_on),
            overdue=self.made_on > row.due_on,
        )


def punctuated(ssin: str) -> str:
    """As people write it, 85.71.05-123.69; a spreadsheet does not take it for a number then."""
    return f"{ssin[:2]}.{ssin[2:4]}.{ssin[4:6]}-{ssin[6:9]}.{ssin[9:]}"


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"
