"""A file of decisions as parts to record: windows of lines, each dealt out to the tracks."""

from __future__ import annotations

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
    """Lines about the same persons go to one track; which one, their blind indexes say.

    So a person who returns in later windows mostly returns to the same track.
    """
    places = stored(sound.blinds)
    firsts = together([_names(line, places) for line in sound.lines])
    tracks_of = [sound.blinds[line.ssin.number][0][-1] % tracks for line in sound.lines]
    for track in range(tracks):
        chosen = [at for at, first in enumerate(firsts) if tracks_of[first] == track]
        if track == 0 or chosen:
            mine = sound.only(chosen)
            concerned = frozenset(_name(number, places) for number in mine.blinds)
            faults = unread if track == 0 else ()
            yield Part(track, window, mine, faults, Numbers(mine.blinds, places), concerned)


def _names(line: Line, places: Places) -> list[Hashable]:
    found = [_name(line.ssin.number, places)]
    if line.content.household:
        found += [_name(one.number, places) for one in line.content.named()]
    return found


def _name(number: str, places: Places) -> Hashable:
    return places[number][1] if number in places else number
