"""How a right went from one timeline to another, in one word. Pure."""

from __future__ import annotations

from attestations.periods import Timeline


def transition(previous: Timeline, new: Timeline) -> str | None:
    """The word for the difference of two timelines; None when no day differs.

    granted: nothing before; ended: nothing left; extended: only days added; reduced: only days
    taken away; corrected: both.
    """
    if previous == new:
        return None
    if not previous:
        return "granted"
    if not new:
        return "ended"
    if not previous - new:
        return "extended"
    return "corrected" if new - previous else "reduced"
