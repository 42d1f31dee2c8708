"""How far a file is done, where its parts end in any order. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class LinesDone:
    """The numbers of the lines that are done: all up to one, and some beyond it."""

    up_to: int = 0
    beyond: frozenset[int] = frozenset()

    @classmethod
    def kept(cls, up_to: int, beyond: bytes) -> LinesDone:
        """From what `bits` wrote."""
        places = np.flatnonzero(np.unpackbits(np.frombuffer(beyond, np.uint8)))
        return cls(up_to, frozenset((places + up_to + 1).tolist()))

    def bits(self) -> bytes:
        """The lines beyond: one bit for each line after `up_to`, the first one leftmost."""
        if not self.beyond:
            return b""
        bits = np.zeros(max(self.beyond) - self.up_to, np.uint8)
        bits[np.fromiter(self.beyond, np.int64) - self.up_to - 1] = 1
        return np.packbits(bits).tobytes()

    def __contains__(self, line: int) -> bool:
        return line <= self.up_to or line in self.beyond

    def also(self, lines: Iterable[int]) -> LinesDone:
        """With these lines done too."""
        done, last = self.beyond.union(lines), self.up_to
        while last + 1 in done:
            last += 1
        return LinesDone(last, frozenset(line for line in done if line > last))
