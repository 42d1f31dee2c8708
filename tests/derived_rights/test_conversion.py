"""Facts as columns: the way there and back, and what is refused."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given

from derived_rights.engine.columns import AttestedRows, Columns
from derived_rights.engine.conversion import columns_of, facts_of
from derived_rights.engine.facts import Facts
from tests.derived_rights import samples


def stated(facts: Facts) -> dict[str, Counter[object]]:
    """Everything that is stated, as often as it is, whatever the number of an attestation."""
    found = {"household": Counter(facts.household)}
    for known in fields(Facts):
        if known.name != "household":
            found[known.name] = Counter(
                (person, replace(one, number="") if known.name == "attested" else one)
                for person, each in getattr(facts, known.name).items()
                for one in each
            )
    return found


@given(samples.facts)
def test_facts_survive_the_way_to_columns_and_back(facts: Facts) -> None:
    assert stated(facts_of(columns_of(facts))) == stated(facts)


def test_persons_may_be_given_of_whom_nothing_is_known() -> None:
    assert columns_of(Facts(), [7, 3]).ids.tolist() == [3, 7]


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match=r"AttestedRows have \[1, 2\] rows; give each the same"):
        AttestedRows(person=[0, 1], kind=[0, 0], start=[1, 1], end=[2, 2], decided=[1])


def test_ids_must_ascend() -> None:
    with pytest.raises(ValueError, match="sort them"):
        Columns(ids=np.array([2, 1]))
