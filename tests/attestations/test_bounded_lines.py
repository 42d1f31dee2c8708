"""Lines and rows are those of the usual readers; what is too long is passed over unread."""

from __future__ import annotations

import csv
import io
import tracemalloc
from typing import BinaryIO

from hypothesis import given
from hypothesis import strategies as st

from attestations.bounded_lines import TooLong, lines_of, rows_of

TEXTS = st.text(alphabet='ab",\r\n \x00', max_size=60)
MOST = st.integers(1, 20)


def text_file(text: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(text.encode()), encoding="utf-8", newline="")


def read_by_csv(text: str) -> list[tuple[int, int, list[str]]]:
    """Every row with its first and its last line."""
    reader = csv.reader(text_file(text))
    found, begins = [], 1
    for row in reader:
        found.append((begins, reader.line_num, row))
        begins = reader.line_num + 1
    return found


@given(TEXTS)
def test_rows_are_those_that_csv_reads(text: str) -> None:
    expected = [(first, row) for first, _, row in read_by_csv(text)]

    assert list(rows_of(text_file(text), most=1_000)) == expected


@given(TEXTS, MOST)
def test_what_is_too_long_changes_no_other_row(text: str, most: int) -> None:
    lines = text_file(text).readlines()

    rows = list(rows_of(text_file(text), most=most))

    assert rows == [
        (first, row if len("".join(lines[first - 1 : last])) <= most else TooLong(last))
        for first, last, row in read_by_csv(text)
    ]


@given(st.binary(max_size=60).map(lambda some: some.replace(b"\x01", b"\n")), MOST)
def test_lines_are_those_of_the_file(content: bytes, most: int) -> None:
    expected = [
        (number, line if len(line) <= most else TooLong(number))
        for number, line in enumerate(io.BytesIO(content), start=1)
    ]

    assert list(lines_of(io.BytesIO(content), most=most)) == expected


class Endless(io.RawIOBase):
    """Half a MiB of one thing, made as they are read."""

    def __init__(self, beginning: bytes, rest: bytes) -> None:
        self.next, self.rest, self.left = beginning, rest * 4_096, 1 << 19

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        given = self.next[: min(len(buffer), max(self.left, 0))]
        buffer[: len(given)] = given
        self.left -= len(given)
        self.next = self.rest
        return len(given)


def endless(beginning: bytes, rest: bytes) -> BinaryIO:
    return io.BufferedReader(Endless(beginning, rest))


def test_no_line_however_long_fills_the_memory() -> None:
    tracemalloc.start()
    try:
        lines = list(lines_of(endless(b"{", b" "), most=16_384))
        for beginning, rest in (
            (b'"', b"a"),
            (b'"', b"a\n"),
            (b"a", b","),
            (b'"', b'""'),
            (b"", b"a"),
        ):
            file = io.TextIOWrapper(endless(beginning or b"a", rest), "utf-8", newline="")
            ((first, row),) = rows_of(file, most=16_384)
            assert (first, type(row)) == (1, TooLong)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert lines == [(1, TooLong(1))]
    assert peak < 1 << 18
