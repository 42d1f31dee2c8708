"""When something surely holds, and when it possibly does, for many persons."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from derived_rights.engine.bulk.spans import NOWHERE, Spans, all_of, any_of


@dataclass(frozen=True, slots=True, eq=False)
class Belief:
    """`possible` contains all days of `sure`; the difference cannot be told.

    Both are one object where they hold the same days, so that it is computed with only once.
    """

    sure: Spans
    possible: Spans

    @property
    def is_certain(self) -> bool:
        return self.sure is self.possible

    def each(self, change: Callable[[Spans], Spans]) -> Belief:
        """What a change of days makes of both; more days must give no fewer."""
        sure = change(self.sure)
        return certain(sure) if self.is_certain else believed(sure, change(self.possible))


def certain(days: Spans) -> Belief:
    return Belief(days, days)


def believed(sure: Spans, possible: Spans) -> Belief:
    return certain(sure) if sure.equals(possible) else Belief(sure, possible)


NEVER = certain(NOWHERE)


def any_belief(beliefs: Sequence[Belief]) -> Belief:
    sure = any_of([belief.sure for belief in beliefs])
    if all(belief.is_certain for belief in beliefs):
        return certain(sure)
    return believed(sure, any_of([belief.possible for belief in beliefs]))


def all_beliefs(beliefs: Sequence[Belief], denied: Sequence[Belief]) -> Belief:
    """All of `beliefs`, at least one, and none of `denied`, whose days then change places."""
    sure = all_of([one.sure for one in beliefs], [one.possible for one in denied])
    if all(belief.is_certain for belief in (*beliefs, *denied)):
        return certain(sure)
    return believed(sure, all_of([one.possible for one in beliefs], [one.sure for one in denied]))
