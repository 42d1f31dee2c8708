"""How a right went from one timeline to another, in one word. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from attestations.periods import Timeline
from derived_rights.engine.right import Effect

TRANSITIONS = ("granted", "extended", "reduced", "ended", "corrected", "undetermined")
# What is said where the effect is no favour: a right is never "granted" to somebody who checks the
# person, sets off against them, or only takes note.
FACTUAL = {
    "granted": "noted",
    "extended": "changed",
    "reduced": "changed",
    "ended": "withdrawn",
    "corrected": "changed",
    "undetermined": "undetermined",
}
# Effect to the word said for each transition.
WORDS: Mapping[str, Mapping[str, str]] = {
    effect.value: {one: one for one in TRANSITIONS} if effect.is_favourable else FACTUAL
    for effect in Effect
}


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
