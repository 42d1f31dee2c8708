"""How far a file is done: what is kept says the same when it is read again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from attestations.bookmarks import LinesDone

lines = st.integers(1, 300)


@given(st.integers(0, 100), st.lists(st.frozensets(lines), max_size=5))
def test_what_is_kept_says_which_lines_are_done(up_to, parts):
    done, expected = LinesDone(up_to), set(range(1, up_to + 1))
    for part in parts:
        beyond = {line for line in part if line > up_to}
        done = done.also(beyond)
        done = LinesDone.kept(done.up_to, done.bits())
        expected |= beyond

    assert {line for line in range(1, 301) if line in done} == expected
    assert done.up_to + 1 not in expected  # as far as there is no gap
    assert all(line > done.up_to for line in done.beyond)


def test_nothing_beyond_takes_no_room():
    assert LinesDone(70).bits() == b""
    assert len(LinesDone(70, frozenset({71, 86})).bits()) == 2
