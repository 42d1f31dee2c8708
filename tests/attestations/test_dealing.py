"""Names that stand together belong together, also by way of others."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from attestations.dealing import together


def linked(groups: list[list[int]]) -> dict[int, int]:
    """The same by asking again and again who stands beside whom, until nothing changes."""
    order = list(dict.fromkeys(name for group in groups for name in group))
    leaders = {name: name for name in order}
    while True:
        found = {
            name: min((leaders[other] for other in beside(groups, name)), key=order.index)
            for name in order
        }
        if found == leaders:
            return leaders
        leaders = found


def beside(groups: list[list[int]], name: int) -> set[int]:
    return {other for group in groups if name in group for other in group}


@given(st.lists(st.lists(st.integers(0, 12), min_size=1, max_size=3), max_size=10))
def test_names_belong_together_that_are_linked(groups):
    assert together(groups) == linked(groups)


def test_a_line_may_bring_two_households_together():
    groups = [["a"], ["b", "c"], ["d"], ["c", "a"]]
    assert together(groups) == {"a": "a", "b": "a", "c": "a", "d": "d"}
