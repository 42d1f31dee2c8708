"""The lines of a file of decisions, NDJSON or CSV, each read by itself under its number."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from django.utils.translation import gettext as framework_text  # not collected: its own texts

from attestations.bookmarks import LinesDone
from attestations.services.bulk import Line, Refused
from attestations.services.bulk_items import Unacceptable, json_of, read_item, read_line
from attestations.services.item_faults import PROPERTIES, Issue

Format = Literal["ndjson", "csv"]
SENDER = "enterpriseNumber"
# A household is a list: only NDJSON can say it.
COLUMNS = tuple(name for name in PROPERTIES if name != "household")


class UnreadableFile(ValueError):
    """The file as a whole cannot be read; nothing of it was."""


@dataclass(frozen=True)
class Source:
    """A file of decisions. Without `cpas_id`, each line names its CPAS by `enterpriseNumber`."""

    path: Path
    format: Format
    cpas_id: int | None
    senders: Mapping[str, int]  # enterprise number -> id of the CPAS

    def digest(self) -> tuple[str, int]:
        """The SHA-256 of the content, and about how many lines it has."""
        digest, lines = hashlib.sha256(), 0
        with self.path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
                lines += block.count(b"\n")
        return digest.hexdigest(), lines

    def lines(self, *, done: LinesDone, on: date) -> Iterator[Line | Refused]:
        """What is left, by the numbers of lines from 1; blank lines are passed over."""
        for number, raw in self._raw():
            if number not in done:
                try:
                    yield self._read(number, raw, on)
                except Unacceptable as error:
                    yield Refused.unread(number, error)

    def _raw(self) -> Iterator[tuple[int, bytes | list[str] | dict[str, str]]]:
        if self.format == "csv":
            yield from self._rows()
            return
        with self.path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield number, line

    def _rows(self) -> Iterator[tuple[int, list[str] | dict[str, str]]]:
        """Rows by property, an empty cell being none; a row that does not fit comes as it is."""
        # What is no UTF-8 spoils its own cell only: surrogates are refused there.
        with self.path.open(newline="", encoding="utf-8-sig", errors="surrogateescape") as file:
            rows = csv.reader(file)
            header = self._header(next(_readable(rows), []))
            begins = rows.line_num + 1
            for row in _readable(rows):
                number, begins = begins, rows.line_num + 1
                if any(row):
                    filled = {name: cell for name, cell in zip(header, row, strict=False) if cell}
                    yield number, filled if len(row) == len(header) else row

    def _header(self, names: list[str]) -> list[str]:
        allowed = {*COLUMNS, *([SENDER] if self.cpas_id is None else [])}
        unknown = [name for name in names if name not in allowed]
        if unknown or not names or len(set(names)) != len(names):
            raise UnreadableFile(
                f"The first line must name the columns, each once, out of: "
                f"{', '.join(sorted(allowed))}. Households need NDJSON."
            )
        return names

    def _read(self, number: int, raw: Any, on: date) -> Line:
        if isinstance(raw, list):
            detail = f"The row has {len(raw)} cells, and not as many as there are columns."
            raise Unacceptable(Issue("schemaViolation", "body", detail))
        if self.cpas_id is not None:
            read = read_line(raw, on=on) if isinstance(raw, bytes) else read_item(raw, on=on)
            return Line(number, self.cpas_id, read.ssin, read.content)
        item = json_of(raw) if isinstance(raw, bytes) else raw
        cpas_id = self._sender(item)
        item = {name: value for name, value in item.items() if name != SENDER}
        read = read_item(item, on=on)
        return Line(number, cpas_id, read.ssin, read.content)

    def _sender(self, item: Any) -> int:
        if not isinstance(item, dict):
            read_item(item, on=date.max)  # says what it is instead
        if SENDER not in item:
            raise Unacceptable(
                Issue("schemaViolation", SENDER, framework_text("This field is required."))
            )
        sender = self.senders.get(item[SENDER]) if isinstance(item[SENDER], str) else None
        if sender is None:
            detail = "No CPAS is registered under this number."
            raise Unacceptable(Issue("referencedResourceNotFound", SENDER, detail))
        return sender


def _readable(rows: Any) -> Iterator[list[str]]:
    try:
        yield from rows
    except csv.Error as error:
        raise UnreadableFile(f"Line {rows.line_num} is not CSV: {error}.") from None
