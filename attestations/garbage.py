"""How often the interpreter looks for garbage that refers to itself."""

from __future__ import annotations

import gc

# New objects that may refer to others, by default 700. A batch of decisions makes some ten
# thousands of them, which nothing leads back to: they go as soon as they are let go.
NEW_ONES = 50_000


def leave_the_program_alone() -> None:
    """What is there by now stays for good, and is not looked through again; new things are, rarely.

    For a process that has started and begins its work. By default a third of the time of an
    import, and a fifth of that of delivering a backlog, went into looking.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_ONES)
