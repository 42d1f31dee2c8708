"""The lines of a file of decisions, NDJSON or CSV, each read by itself under its number."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal, TypeAlias

import msgspec
from django.utils.translation import gettext as framework_text  # not collected: its own texts

from attestations.bookmarks import LinesDone
from attestations.bounded_lines import TooLong, lines_of, rows_of
from attestations.services.bulk import Line, Refused
from attestations.services.bulk_items import Unacceptable, json_of, read_item, read_line
from attestations.services.item_faults import PROPERTIES, Issue

Format = Literal["ndjson", "csv"]
# A line as it stands in the file: of NDJSON; or the cells of CSV by property, if they fit.
Raw: TypeAlias = bytes | dict[str, str] | list[str] | TooLong
# A decision with 50 members of the household has 4 KiB, in bytes or characters. A part of a file
# holds thousands of lines at a time, whatever they are.
LONGEST = 16_384
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

    def lines(self, *, done: LinesDone) -> Iterator[tuple[int, Raw]]:
        """What is left, by the numbers of lines from 1; blank lines are passed over."""
        last = max(done.beyond, default=done.up_to)
        for number, raw in self._raw():
            if number > last or number not in done:
                yield number, raw

    def read(self, number: int, raw: Raw, *, on: date) -> Line | Refused:
        """A line as a decision that can be recorded on day `on`, or what is wrong with it."""
        try:
            return self._read(number, raw, on)
        except Unacceptable as error:
            return Refused.unread(number, error)

    def _raw(self) -> Iterator[tuple[int, Raw]]:
        if self.format == "csv":
            yield from self._rows()
            return
        with self.path.open("rb") as file:
            for number, line in lines_of(file, most=LONGEST):
                if isinstance(line, TooLong) or line.strip():
                    yield number, line

    def _rows(self) -> Iterator[tuple[int, Raw]]:
        """Rows by property, an empty cell being none; a row that does not fit comes as it is."""
        # What is no UTF-8 spoils its own cell only: surrogates are refused there.
        with self.path.open(newline="", encoding="utf-8-sig", errors="surrogateescape") as file:
            rows = rows_of(file, most=LONGEST)
            header = self._header(next(rows, (1, []))[1])
            for number, row in rows:
                if isinstance(row, TooLong):
                    yield number, row
                elif any(row):
                    filled = {name: cell for name, cell in zip(header, row, strict=False) if cell}
                    yield number, filled if len(row) == len(header) else row

    def _header(self, names: list[str] | TooLong) -> list[str]:
        names = [] if isinstance(names, TooLong) else names
        allowed = {*COLUMNS, *([SENDER] if self.cpas_id is None else [])}
        unknown = [name for name in names if name not in allowed]
        if unknown or not names or len(set(names)) != len(names):
            raise UnreadableFile(
                f"The first line must name the columns, each once, out of: "
                f"{', '.join(sorted(allowed))}. Households need NDJSON."
            )
        return names

    def _read(self, number: int, raw: Raw, on: date) -> Line:
        if isinstance(raw, TooLong):
            raise Unacceptable(Issue("schemaViolation", "body", _too_long(number, raw)))
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


def named_in(raw: Raw) -> list[str]:
    """The numbers of persons in a line, first the one that it is about; none if it is unsound.

    What is named in a line that can be read is all here, whatever else is. It is a look in
    passing: whether the line can be read is for `Source.read` to say.
    """
    if isinstance(raw, list | TooLong):
        return []
    try:
        named = _naming.decode(raw) if isinstance(raw, bytes) else msgspec.convert(raw, _Naming)
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError, RecursionError):
        return []
    numbers = [named.ssin]
    if named.household:
        numbers += [one.ssin for one in named.household]
    for number in numbers:
        if len(number) != 11 or not number.isascii():
            return []
    return numbers


class _Member(msgspec.Struct):
    ssin: str


class _Naming(msgspec.Struct):
    ssin: str
    household: list[_Member] = []


_naming = msgspec.json.Decoder(_Naming)


def _too_long(number: int, raw: TooLong) -> str:
    found = f"This is longer than {LONGEST:,} characters, and no decision is."
    if raw.last == number:
        return found
    return f"{found} The row goes on to line {raw.last}: look for a quotation mark without another."
