"""Days that remember why: the values which the interpreter for one person computes with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from operator import attrgetter
from typing import TypeAlias

from attestations.periods import BEGINNING, Span, Timeline
from derived_rights.engine.facts import AttestedSpan, MissingFact, PersonId


@dataclass(frozen=True, slots=True)
class Piece:
    """A span that holds because of the attestations `numbers`, if none of `missing` is denied.

    `origin` is the attestation whose own days these are; None once several may have merged.
    `not_before` limits how far these days may be moved back: the household is not known earlier.
    `others` are the members of the household on whom the span rests, in whatever way.
    """

    span: Span
    numbers: frozenset[str] = frozenset()
    missing: frozenset[MissingFact] = frozenset()
    origin: AttestedSpan | None = None
    not_before: date = BEGINNING
    others: frozenset[PersonId] = frozenset()

    def during(self, span: Span | None) -> Piece | None:
        """The same reasons for another span, or None for none."""
        if span is None or span is self.span:
            return None if span is None else self
        return Piece(span, self.numbers, self.missing, self.origin, self.not_before, self.others)

    def merged(self, span: Span, other: Piece) -> Piece:
        """The reasons of both, for `span`."""
        return Piece(
            span,
            self.numbers | other.numbers,
            self.missing | other.missing,
            others=self.others | other.others,
        )


Pieces: TypeAlias = tuple[Piece, ...]
_start = attrgetter("span.start")


@dataclass(frozen=True, slots=True)
class Belief:
    """When a term surely holds, and when it possibly does; the difference cannot be told.

    Each piece of `sure` has nothing missing, `possible` contains all days of `sure`, and on every
    day that is possible but not sure some piece says what is missing. Pieces may overlap.
    """

    sure: Pieces
    possible: Pieces

    @property
    def is_certain(self) -> bool:
        return self.sure is self.possible

    @property
    def uncertain_days(self) -> Timeline:
        return Timeline() if self.is_certain else days(self.possible) - days(self.sure)


def certain(pieces: Iterable[Piece]) -> Belief:
    """What complete knowledge says."""
    known = tuple(pieces)
    return Belief(known, known)


NEVER = certain(())


def remaining(pieces: Iterable[Piece | None]) -> Pieces:
    """The pieces of which something is left."""
    return tuple(piece for piece in pieces if piece is not None)


def days(pieces: Iterable[Piece]) -> Timeline:
    return Timeline(piece.span for piece in pieces)


def joined(pieces: Sequence[Piece]) -> Pieces:
    """The pieces as unbroken runs, in order, each with the reasons of all that it is made of."""
    if len(pieces) < 2:
        return tuple(pieces)
    runs: list[Piece] = []
    for piece in sorted(pieces, key=_start):
        if runs and piece.span.start <= runs[-1].span.end:
            held = runs[-1]
            end = max(held.span.end, piece.span.end)
            runs[-1] = held.merged(Span(held.span.start, end), piece)
        else:
            runs.append(piece)
    return tuple(runs)


def common(left: Iterable[Piece], right: Sequence[Piece]) -> Pieces:
    """The days in both, with the reasons of both."""
    return tuple(
        one.merged(both, other)
        for one in left
        for other in right
        if (both := one.span & other.span) is not None
    )


def within(pieces: Iterable[Piece], timeline: Timeline) -> Pieces:
    """The part of each piece that lies in `timeline`."""
    return tuple(
        part
        for piece in pieces
        for span in timeline
        if (part := piece.during(piece.span & span)) is not None
    )


def shared(pieces: Pieces, other: PersonId, together: Timeline) -> Pieces:
    """What a person has of the pieces of `other`, with whom they live on the days `together`.

    Days may be moved back to when they began to live together. They may be moved further where
    that is the day on which an unbroken run of the other began: then the household was stated
    for as long as the aid runs, which does not say that they did not live together before.
    """
    began = {run.span.start for run in joined(pieces)}
    return tuple(
        replace(
            piece,
            span=both,
            not_before=max(piece.not_before, limit),
            others=piece.others | {other},
        )
        for span in together
        for limit in (BEGINNING if span.start in began else span.start,)
        for piece in pieces
        if (both := piece.span & span) is not None
    )


def complement(belief: Belief) -> Belief:
    """When the belief's term does not hold: surely and possibly change places.

    That something did not hold has no attestation for a reason, but where it began and stopped to
    hold may rest on others.
    """
    others = frozenset(other for piece in belief.possible for other in piece.others)
    sure = tuple(Piece(span, others=others) for span in ~days(belief.possible))
    if belief.is_certain:
        return Belief(sure, sure)
    open_to_doubt = tuple(
        Piece(part.span, missing=part.missing, others=others)
        for part in within(belief.possible, belief.uncertain_days)
    )
    return Belief(sure, sure + open_to_doubt)
