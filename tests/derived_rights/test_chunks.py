"""Everyone is in exactly one chunk, and whom a household binds is in the same."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from derived_rights.chunks import cut, groups

ids = st.sets(st.integers(1, 10**12), min_size=1, max_size=60).map(sorted)


@st.composite
def bound(draw):
    """Persons, and pairs of them."""
    persons = draw(ids)
    one = st.sampled_from(persons)
    return persons, draw(st.lists(st.tuples(one, one), max_size=80))


def components(persons, pairs):
    """The groups by the plainest means: merge sets until nothing moves."""
    group_of = {person: {person} for person in persons}
    for one, other in pairs:
        joined = group_of[one] | group_of[other]
        for person in joined:
            group_of[person] = joined
    return group_of


def persons_of(chunk, persons):
    ranged = {p for p in persons if chunk.first <= p < chunk.end} - set(chunk.elsewhere.tolist())
    besides = set(chunk.besides.tolist())
    assert not ranged & besides
    return ranged | besides


def as_columns(persons, pairs):
    bonds = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    people = np.array(persons, dtype=np.int64)
    return people, groups(people, bonds)


@given(bound())
def test_a_group_is_all_to_whom_bonds_lead(population):
    persons, pairs = population

    people, found = as_columns(persons, pairs)

    expected = components(persons, pairs)
    assert found.tolist() == [min(expected[person]) for person in people.tolist()]


@given(bound(), st.integers(1, 20), st.integers(0, 20))
def test_everyone_is_in_one_chunk_with_the_household(population, size, more):
    persons, pairs = population
    largest = size + more
    chunks = list(cut(*as_columns(persons, pairs), size=size, largest=largest))

    chunk_of = {}
    for number, chunk in enumerate(chunks):
        members = persons_of(chunk, persons)
        assert len(members) == chunk.persons > 0
        assert not members & chunk_of.keys()
        chunk_of |= dict.fromkeys(members, number)

    assert chunk_of.keys() == set(persons)
    for group in components(persons, pairs).values():
        numbers = {chunk_of[person] for person in group}
        if len(group) <= largest:
            assert len(numbers) == 1
            assert chunks[numbers.pop()].whole
        else:
            assert not any(chunks[number].whole for number in numbers)
            assert all(chunks[number].persons <= size for number in numbers)


@given(bound(), st.integers(1, 20))
def test_chunks_are_about_as_large_as_asked(population, size):
    persons, pairs = population
    chunks = list(cut(*as_columns(persons, pairs), size=size, largest=1_000))

    largest = max(map(len, components(persons, pairs).values()))
    assert all(chunk.persons <= max(size, largest) for chunk in chunks)
    for one, following in zip(chunks, chunks[1:], strict=False):
        assert one.persons + following.persons > size


def test_neighbours_need_no_list():
    persons = list(range(1, 10_001))
    pairs = [(person, person + 1) for person in persons[::2]]

    chunks = list(cut(*as_columns(persons, pairs), size=1_000, largest=1_000))

    assert [(chunk.first, chunk.end) for chunk in chunks] == [
        (start, start + 1_000) for start in range(1, 10_001, 1_000)
    ]
    assert not any(len(chunk.besides) or len(chunk.elsewhere) for chunk in chunks)


def test_a_long_chain_is_one_group():
    persons = np.arange(1, 20_001)
    bonds = np.stack([persons[:-1], persons[1:]], axis=1)
    shuffled = np.random.default_rng(7).permutation(bonds)

    assert set(groups(persons, shuffled).tolist()) == {1}


def test_nobody_makes_no_chunk():
    nobody = defaultdict(list)
    people, group = as_columns(nobody["persons"], nobody["pairs"])

    assert list(cut(people, group, size=10, largest=10)) == []


@pytest.mark.parametrize("pair", [(1, 1), (2, 1)])
def test_a_bond_with_oneself_or_twice_changes_nothing(pair):
    people, group = as_columns([1, 2, 3], [pair, pair])

    assert group.tolist() == ([1, 2, 3] if pair == (1, 1) else [1, 1, 3])
