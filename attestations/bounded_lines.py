"""The lines of a file, of which none fills the memory, however long it is. Pure.

NDJSON is taken line by line, CSV row by row: a row goes on over lines within quotation marks. Both
are numbered by lines from 1, a row by its first one.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import BinaryIO, Literal, NamedTuple, TextIO, TypeAlias

Where: TypeAlias = Literal["start", "plain", "quoted", "quote"]


class TooLong(NamedTuple):
    """What stands for a line or row that was passed over; `last` is the number of its last line."""

    last: int


def lines_of(file: BinaryIO, *, most: int) -> Iterator[tuple[int, bytes | TooLong]]:
    """The lines with their ends, of at most so many bytes each."""
    number = 0
    while line := file.readline(most + 1):
        number += 1
        if len(line) <= most:
            yield number, line
            continue
        while line and not line.endswith(b"\n"):
            line = file.readline(most + 1)
        yield number, TooLong(number)


def rows_of(file: TextIO, *, most: int) -> Iterator[tuple[int, list[str] | TooLong]]:
    """The rows, of at most so many characters each, as `csv.reader` reads them.

    The file must be open with `newline=""`. Blank lines are rows without cells.
    """
    for number, row in _rows(file, most):
        yield number, row if isinstance(row, TooLong) else next(csv.reader([row]))


def _rows(file: TextIO, most: int) -> Iterator[tuple[int, str | TooLong]]:
    number, begins, kept, size = 0, 1, "", 0
    where: Where = "start"
    before = ""
    while piece := file.readline(most + 1):
        if piece == "\n" and before.endswith("\r"):
            continue  # the end of a line that was cut in two
        before = piece
        size += len(piece)
        kept = kept + piece if size <= most else ""
        ended = piece[-1] in "\r\n"
        if where != "start" or '"' in piece or not ended:
            where = _behind(piece, where)
        number += ended
        if ended and where != "quoted":
            yield begins, kept if size <= most else TooLong(number)
            begins, kept, size, where = number + 1, "", 0, "start"
    if size:
        last = number + (before[-1] not in "\r\n")
        yield begins, kept if size <= most else TooLong(last)


def _behind(text: str, where: Where) -> Where:
    """Where in a row one is behind a text: where a cell starts, within one, or behind its quote."""
    at = 0
    while at < len(text):
        if where == "quoted":
            at = text.find('"', at) + 1
            if not at:
                return where
            where = "quote"
        elif where == "plain":
            at = text.find(",", at) + 1
            if not at:
                return where
            where = "start"
        else:
            where = {'"': "quoted", ",": "start"}.get(text[at], "plain")  # type: ignore[assignment]
            at += 1
    return where
