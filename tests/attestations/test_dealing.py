"""Lines that name the same persons belong together, also by way of others."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from attestations.dealing import together


def linked(named: list[list[int]]) -> list[int]:
    """The same by asking again and again who is linked with whom, until nothing changes."""
    first = list(range(len(named)))
    while True:
        found = [
            min(
                first[other]
                for other in range(len(named))
                if other == at or shares(named, at, other)
            )
            for at in range(len(named))
        ]
        if found == first:
            return first
        first = found


def shares(named: list[list[int]], one: int, other: int) -> bool:
    return not set(named[one]).isdisjoint(named[other])


@given(st.lists(st.lists(st.integers(0, 12), min_size=1, max_size=3), max_size=10))
def test_lines_belong_together_that_are_linked(named):
    assert together(named) == linked(named)


def test_a_line_may_bring_two_households_together():
    assert together([["a"], ["b", "c"], ["d"], ["c", "a"]]) == [0, 0, 2, 0]
