"""A look in passing at a line sees every number that a closer one finds there."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from attestations.services.bulk import Line
from attestations.services.import_lines import Source, named_in
from tests.attestations.sound_item import SOUND, TODAY
from tests.attestations.test_bulk_items import items

SOURCE = Source(Path("unread.ndjson"), "ndjson", 1, {})
SOUND_CELLS = {name: value for name, value in SOUND.items() if name != "household"}


@given(items())
@example(SOUND)
@example(SOUND | {"reference": " 2026/1 "})  # read at the second try only
def test_what_a_sound_line_names_is_seen_beforehand(item):
    agrees(json.dumps(item).encode())


@given(st.binary(max_size=40) | st.sampled_from([b"[" * 100_000, b'{"ssin": "\\ud8001234567890"}']))
def test_what_is_no_line_names_nobody_and_fails_nothing(raw):
    agrees(raw)
    assert named_in(raw) == []


@given(st.dictionaries(st.sampled_from([*SOUND_CELLS, ""]), st.text(max_size=12)))
@example({})
@example({"ssin": "\udc801234567890"})  # what was no UTF-8, as a file of CSV is read
def test_the_same_for_rows_of_csv(changes):
    agrees(SOUND_CELLS | changes)
    assert named_in(list(SOUND_CELLS.values())) == []


def agrees(raw: bytes | dict[str, str]) -> None:
    seen = named_in(raw)
    assert all(len(number) == 11 and number.isascii() for number in seen)
    read = SOURCE.read(7, raw, on=TODAY)
    if isinstance(read, Line):
        assert seen == [read.ssin.number, *(one.number for one in read.content.named())]
