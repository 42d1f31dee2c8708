"""Lines dealt out to several hands, so that no two hands concern the same person. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import TypeVar

H = TypeVar("H", bound=Hashable)


def together(groups: Iterable[Sequence[H]]) -> dict[H, H]:
    """For each name in these groups, the one that leads all who belong with it.

    Names belong together that stand in one group, also by way of others. The leader of some is
    the one of them that came first.
    """
    places: dict[H, int] = {}  # in the order in which they came
    first: list[int] = []

    def leader(at: int) -> int:
        while first[at] != at:
            first[at] = first[first[at]]
            at = first[at]
        return at

    for group in groups:
        for name in group:
            at = places.setdefault(name, len(first))
            if at == len(first):
                first.append(at)
            low, high = sorted((leader(places[group[0]]), leader(at)))
            first[high] = low
    names = list(places)
    return {name: names[leader(at)] for name, at in places.items()}
