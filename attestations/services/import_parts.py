"""A file of decisions as parts to record: windows of lines, each dealt out to the tracks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

from attestations.dealing import together
from attestations.services.bulk import Refused
from attestations.services.bulk_lines import Line, Ready, ready
from attestations.services.bulk_numbers import Numbers, Places, stored

# Lines to a part of the first window, and twice as many in each that follows, up to the size asked
# for: while the first one is read, no track has anything to do.
FIRST = 1_000


@dataclass(frozen=True, eq=False, slots=True)
class Window:
    """Lines that stand one after the other in the file, by their numbers."""

    lines: frozenset[int]
    last: int  # no line up to this one is missing here or in the windows before
    ends_file: bool


@dataclass(frozen=True, eq=False, slots=True)
class Part:
    """The lines of a window for one track: the sound ones in their order, and the others.

    `numbers` are looked up already where there are several tracks. `concerned` has every person
    whom a line names, by our id, or by the number of one that was unknown.
    """

    track: int
    window: Window
    sound: Ready
    unread: Sequence[Refused]
    numbers: Numbers | None
    concerned: frozenset[Hashable]

    @property
    def lines(self) -> set[int]:
        return {one.index for one in self.sound.lines} | {one.index for one in self.unread}


def parts_of(
    rest: Iterator[Line | Refused], *, after: int, size: int | None, tracks: int, on: date
) -> Iterator[list[Part]]:
    """Window by window, of about `size` lines to a part; None takes all that is left at once.

    Every window has a part for track 0; the last one, which may be empty, says that it is it.
    With several tracks it looks numbers up, on the connection of the thread that iterates.
    """
    last, ends_file, first = after, False, FIRST
    while not ends_file:
        wanted = None if size is None else min(size, first) * tracks
        first *= 2
        taken: list[Line | Refused] = list(islice(rest, wanted))
        last = taken[-1].index if taken else last
        ends_file = wanted is None or len(taken) < wanted
        window = Window(frozenset(one.index for one in taken), last, ends_file)
        sound = ready([one for one in taken if isinstance(one, Line)], on=on)
        unread = [one for one in taken if isinstance(one, Refused)]
        if tracks == 1:
            yield [Part(0, window, sound, unread, None, frozenset())]
        else:
            yield list(_dealt(window, sound, unread, tracks))


def _dealt(window: Window, sound: Ready, unread: Sequence[Refused], tracks: int) -> Iterator[Part]:
    """Lines about the same persons go to one track; which one, a blind index of theirs says.

    So a person who returns in later windows mostly returns to the same track.
    """
    places = stored(sound.blinds)
    leaders = together(_belong_together(sound.lines, places))
    chosen: list[list[int]] = [[] for _ in range(tracks)]
    for at, line in enumerate(sound.lines):
        number = line.ssin.number
        blind = sound.blinds[leaders.get(number, number)][0]
        chosen[blind[-1] % tracks].append(at)
    for track, mine in enumerate(chosen):
        if track == 0 or mine:
            part = sound.only(mine)
            concerned = frozenset(
                places[number][1] if number in places else number for number in part.blinds
            )
            faults = unread if track == 0 else ()
            yield Part(track, window, part, faults, Numbers(part.blinds, places), concerned)


def _belong_together(lines: Sequence[Line], places: Places) -> Iterator[Sequence[str]]:
    """Numbers that one line names, and those of one person: most stand alone, and in no group."""
    for line in lines:
        if line.content.household:
            yield [line.ssin.number, *(one.number for one in line.content.named())]
    of_person: defaultdict[int, list[str]] = defaultdict(list)
    for number, (_, person) in places.items():
        of_person[person].append(number)
    if len(of_person) < len(places):
        yield from (numbers for numbers in of_person.values() if len(numbers) > 1)
