"""The door of bulk deriving: what may be asked of it, and what it refuses."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from derived_rights.engine import bulk
from derived_rights.engine.catalogue import rights
from derived_rights.engine.columns import FOREVER, Columns
from derived_rights.engine.conversion import columns_of
from derived_rights.engine.facts import Facts, HouseholdSpan
from derived_rights.engine.figures import InvalidRight
from derived_rights.engine.terms import Attested, Derived, HeldInHousehold, Reported
from tests.derived_rights.samples import FACT, KIND, aid, inclusive, right_of

income = Attested(KIND)


def test_nobody_has_no_rights() -> None:
    found = bulk.derive(Columns(ids=np.array([], dtype=np.int64)), rights())
    assert list(found) == list(rights())
    assert all(len(derived.possible) == 0 for derived in found.values())


def test_of_whom_nothing_is_known_only_what_is_open_is_undetermined() -> None:
    known = {"aid": right_of("aid", income), "fact": right_of("fact", Reported(FACT))}
    found = bulk.derive(Columns(ids=np.array([5, 9])), known)
    assert len(found["aid"].possible) == 0
    doubts = found["fact"].undetermined
    assert doubts.person.tolist() == [0, 1]
    assert doubts.start.tolist() == [date(2000, 1, 1).toordinal()] * 2
    assert doubts.end.tolist() == [FOREVER] * 2


def test_only_the_rights_asked_for_in_that_order() -> None:
    assert list(bulk.derive(columns_of(Facts()), rights(), codes=["socialTariff", "bim"])) == [
        "socialTariff",
        "bim",
    ]


def test_a_right_that_is_read_must_be_given() -> None:
    with pytest.raises(InvalidRight, match="the right bim is read but not given"):
        bulk.derive(columns_of(Facts()), {"x": right_of("x", Derived("bim"))})


def test_figures_that_a_right_does_not_have_are_refused() -> None:
    with pytest.raises(InvalidRight, match="has no parameter months"):
        bulk.derive(
            columns_of(Facts(), [1]),
            {"x": right_of("x", income)},
            {"x": {"months": {date(2026, 1, 1): 3}}},
        )


def test_certain_days_are_kept_once() -> None:
    facts = Facts({1: [aid("A1", "2026-01-01", "2026-03-31")]})
    derived = bulk.derive(columns_of(facts), {"x": right_of("x", income)})["x"]
    assert derived.sure is derived.possible
    assert len(derived.undetermined) == 0


def test_a_household_is_never_cut_in_parts() -> None:
    """Persons far apart in number live together through others, in no order."""
    chain = [(1, 900), (900, 30), (30, 450), (7, 8)]
    spans = [HouseholdSpan(*pair, "other", inclusive("2025-01-01")) for pair in chain]
    facts = Facts({450: [aid("A1", "2026-01-01")], 8: [aid("A2", "2026-01-01")]}, spans)
    far = HeldInHousehold(HeldInHousehold(HeldInHousehold(income)))
    columns = columns_of(facts, range(1, 50))
    found = bulk.derive(columns, {"x": right_of("x", far)}, persons_at_once=2, threads=2)["x"]
    assert columns.ids[found.sure.person].tolist() == [1, 7, 30]  # three steps away
