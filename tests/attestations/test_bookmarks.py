"""How far a file is done: what is kept says the same when it is read again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from attestations.bookmarks import LinesDone

lines = st.integers(1, 300)


@given(st.integers(0, 100), st.lists(st.frozensets(lines), max_size=5), st.integers(0, 300))
def test_what_is_kept_says_which_lines_are_done(up_to, parts, all_to):
    done, expected = LinesDone(up_to), set(range(1, up_to + 1))
    for part in parts:
        beyond = {line for line in part if line > up_to}
        done = done.also(beyond)
        done = LinesDone.kept(done.up_to, done.bits())
        expected |= beyond
    assert {line for line in range(1, 301) if line in done} == expected

    last = max(up_to, all_to)
    done = done.all_up_to(last)
    done = LinesDone.kept(done.up_to, done.bits())
    expected |= set(range(1, last + 1))
    assert {line for line in range(1, 301) if line in done} == expected


def test_nothing_beyond_takes_no_room():
    assert LinesDone(70).bits() == b""
    assert len(LinesDone(70, frozenset({71, 86})).bits()) == 2
