"""Public identifiers are UUIDs of version 7, one by one and many at once."""

from __future__ import annotations

import time
import uuid

from attestations.identifiers import uuid7, uuid7_texts


def milliseconds(one: uuid.UUID) -> int:
    return one.int >> 80


def test_many_at_once_are_what_they_are_one_by_one():
    before = time.time_ns() // 1_000_000
    texts = uuid7_texts(1_000)
    found = [*map(uuid.UUID, texts), uuid7()]
    after = time.time_ns() // 1_000_000

    assert {one.version for one in found} == {7}
    assert {one.variant for one in found} == {uuid.RFC_4122}
    assert all(before <= milliseconds(one) <= after for one in found)
    assert [str(one) for one in found[:-1]] == texts


def test_many_at_once_are_all_different_and_rise():
    texts = uuid7_texts(1_000)
    assert texts == sorted(set(texts))
    # What follows the time is random: all of its digits occur everywhere.
    random_part = [text.replace("-", "")[13:16] + text.replace("-", "")[17:] for text in texts]
    assert all(len(set(column)) == 16 for column in zip(*random_part, strict=True))


def test_none_is_none():
    assert uuid7_texts(0) == []
