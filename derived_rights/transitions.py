"""How a right went from one timeline to another, in one word. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from attestations.periods import Timeline
from derived_rights.engine.right import Effect

NO_DAYS = Timeline()
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


def transition(
    previous: Timeline,
    new: Timeline,
    doubted_before: Timeline = NO_DAYS,
    doubted: Timeline = NO_DAYS,
) -> str | None:
    """The word for how a right went from one state to another; None when no day differs.

    `previous` and `new` are the days on which it surely applies, `doubted_before` and `doubted`
    those of which it cannot be told. A day is lost only where it is a no now and was none before:
    never because something is missing.

    ended: days are lost, and none is left that applies or may; corrected: lost and added; reduced:
    only lost; granted: nothing applied before; extended: only days added; undetermined: only days
    that could be told before and cannot now, or the other way round.
    """
    lost = (previous | doubted_before) - (new | doubted)
    added = new - previous
    if lost:
        if not new and not doubted:
            return "ended"
        return "corrected" if added else "reduced"
    if added:
        return "extended" if previous else "granted"
    return None if doubted == doubted_before else "undetermined"
