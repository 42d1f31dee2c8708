"""A file of decisions as parts to record: windows of lines, each dealt out to the tracks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import TypeAlias

from attestations.dealing import together
from attestations.services.bulk_numbers import Blinds, Places, blinds_of, stored
from attestations.services.import_lines import Raw, named_in

# Lines to a part of the first window, and twice as many in each that follows, up to the size asked
# for: while the first one is read, no track has anything to do.
FIRST = 1_000

# The number of a line in its file, and what stands there.
Numbered: TypeAlias = tuple[int, Raw]


@dataclass(frozen=True, eq=False, slots=True)
class Part:
    """The lines of a window for one track, in their order.

    `settled` are the numbers of the lines that are done once these are: with the first track's
    part go those of the window that are blank or were done before. Where there are several tracks,
    `blinds` and `places` say of every number that a sound line names what is known of it.
    `concerned` has every person whom a line names, by our id, or by the number of one that was
    unknown.
    """

    track: int
    lines: Sequence[Numbered]
    settled: frozenset[int]
    blinds: Blinds | None = None
    places: Places | None = None
    concerned: frozenset[Hashable] = frozenset()


def parts_of(
    rest: Iterator[Numbered], *, after: int, size: int | None, tracks: int
) -> Iterator[list[Part]]:
    """Window by window, of about `size` lines to a part; None takes all that is left at once.

    `after` is the number of a line before all these. With several tracks it looks numbers up, on
    the connection of the thread that iterates.
    """
    last, first = after, FIRST
    while taken := list(islice(rest, None if size is None else min(size, first) * tracks)):
        first *= 2
        passed = set(range(last + 1, taken[-1][0])).difference(line for line, _ in taken)
        last = taken[-1][0]
        if tracks == 1:
            yield [Part(0, taken, _settled(taken, passed))]
        else:
            yield list(_dealt(taken, passed, tracks))


def _settled(lines: Sequence[Numbered], passed: set[int]) -> frozenset[int]:
    return frozenset(chain(passed, (line for line, _ in lines)))


def _dealt(taken: Sequence[Numbered], passed: set[int], tracks: int) -> Iterator[Part]:
    """Lines about the same persons go to one track; which one, a blind index of theirs says.

    So a person who returns in later windows mostly returns to the same track.
    """
    named = [named_in(raw) for _, raw in taken]
    blinds = blinds_of(chain.from_iterable(named))
    places = stored(blinds)
    leaders = together(_belong_together(named, places))
    chosen: list[list[int]] = [[] for _ in range(tracks)]
    for at, numbers in enumerate(named):
        leader = leaders.get(numbers[0], numbers[0]) if numbers else None
        chosen[0 if leader is None else blinds[leader][0][-1] % tracks].append(at)
    for track, mine in enumerate(chosen):
        lines = [taken[at] for at in mine]
        settled = _settled(lines, set() if track else passed)
        numbers_here = {number for at in mine for number in named[at]}
        known = {number: places[number] for number in numbers_here if number in places}
        concerned = frozenset(
            known[number][1] if number in known else number for number in numbers_here
        )
        if settled:
            here = {number: blinds[number] for number in numbers_here}
            yield Part(track, lines, settled, here, known, concerned)


def _belong_together(named: Sequence[Sequence[str]], places: Places) -> Iterator[Sequence[str]]:
    """Numbers that one line names, and those of one person: most stand alone, and in no group."""
    yield from (numbers for numbers in named if len(numbers) > 1)
    of_person: defaultdict[int, list[str]] = defaultdict(list)
    for number, (_, person) in places.items():
        of_person[person].append(number)
    if len(of_person) < len(places):
        yield from (numbers for numbers in of_person.values() if len(numbers) > 1)
