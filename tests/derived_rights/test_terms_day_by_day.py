"""The interpreter against the naive meaning of every term, on facts that leave nothing open."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from derived_rights.engine.facts import Facts
from derived_rights.engine.one import Derivation
from derived_rights.engine.pieces import days
from derived_rights.engine.terms import Aged, EverSince, FromQuarterOfDecision, Term, subterms
from tests.derived_rights import samples
from tests.derived_rights.naive import INSIDE, World, inside
from tests.derived_rights.worlds import filled


def told_apart(term: Term) -> bool:
    """Whether the days of the naive calendar are enough to know what it means.

    A decision has its own tests. What ever held may have held before the calendar begins, as
    before a birth.
    """
    return not any(
        isinstance(one, FromQuarterOfDecision)
        or (isinstance(one, EverSince) and any(isinstance(part, Aged) for part in subterms(one)))
        for one in subterms(term)
    )


def agrees(facts: Facts, term: Term) -> None:
    known = Derivation(facts, {}).belief(1, term)
    assert days(known.sure) == days(known.possible)
    assert inside(days(known.sure)) == World(facts).days(1, term) & INSIDE


@settings(max_examples=100)
@given(samples.facts, samples.terms.filter(told_apart), st.integers(0, 2**32))
def test_a_generated_term_means_what_it_says(facts: Facts, term: Term, seed: int) -> None:
    agrees(filled(facts, Random(seed)), term)
