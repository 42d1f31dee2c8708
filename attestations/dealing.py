"""Lines dealt out to several hands, so that no two hands concern the same person. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Sequence


def together(named: Sequence[Sequence[Hashable]]) -> list[int]:
    """For each line, the place of the first one that it belongs with.

    Lines belong together that name somebody in common, also by way of others. `named` says whom
    each names.
    """
    first = list(range(len(named)))
    owner: dict[Hashable, int] = {}

    def leader(at: int) -> int:
        while first[at] != at:
            first[at] = first[first[at]]
            at = first[at]
        return at

    for at, names in enumerate(named):
        for name in names:
            other = owner.setdefault(name, at)
            if other != at:
                low, high = sorted((leader(other), leader(at)))
                first[high] = low
    return [leader(at) for at in range(len(named))]
