"""The two interpreters agree: on every term, person and right, whatever is known or is not.

One example derives several terms for four persons, so that a few hundred examples make the
thousands of cases that each run checks. More, and others each time:

    BULK_CASES=100000 make test ARGS="-n 2 tests/derived_rights/test_bulk_equals_one.py"
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st

from attestations.codes import HouseholdRelation
from attestations.periods import BEGINNING, Span, Timeline
from derived_rights.engine import bulk, one
from derived_rights.engine.bulk import Periods
from derived_rights.engine.catalogue import rights as catalogue
from derived_rights.engine.conversion import columns_of
from derived_rights.engine.facts import AttestedSpan, Facts, HouseholdSpan, ReportedSpan
from derived_rights.engine.figures import Parameter
from derived_rights.engine.right import AllOverrides, Right
from derived_rights.engine.terms import Derived as DerivedRight
from derived_rights.engine.terms import HeldInHousehold, Term
from tests.derived_rights import samples
from tests.derived_rights.samples import FACT, KIND, PERSONS, right_of

TERMS = 6
CASES = int(os.environ.get("BULK_CASES", "6000"))
# The cases of every run are the same; those asked for by hand are new.
thoroughly = settings(
    max_examples=max(1, CASES // (TERMS * len(PERSONS))),
    derandomize="BULK_CASES" not in os.environ,
    database=None,
)

Found: TypeAlias = dict[int, tuple[Timeline, Timeline]]


def by_one(facts: Facts, rights: Mapping[str, Right], overrides: AllOverrides) -> dict[str, Found]:
    """The days on which each right applies to each person, and those that are undetermined."""
    derivation = one.Derivation(facts, rights, overrides)
    found: dict[str, Found] = {code: {} for code in rights}
    for code, person in ((code, person) for code in rights for person in PERSONS):
        outcome = derivation.outcome(person, code)
        doubts = Timeline(doubt.span for doubt in outcome.undetermined)
        found[code][person] = (outcome.timeline, doubts)
    return found


def in_bulk(
    facts: Facts, rights: Mapping[str, Right], overrides: AllOverrides, **how: int
) -> dict[str, Found]:
    """The same days, by the other interpreter; what it promises of its rows is checked too."""
    columns = columns_of(facts, PERSONS)
    ids = columns.ids.tolist()
    found: dict[str, Found] = {}
    for code, derived in bulk.derive(columns, rights, overrides, **how).items():
        sure, possible = rows(ids, derived.sure), rows(ids, derived.possible)
        doubts = rows(ids, derived.undetermined)
        found[code] = {person: (sure[person], doubts[person]) for person in PERSONS}
        for person in PERSONS:
            assert not sure[person] - possible[person]
            assert possible[person] - sure[person] == doubts[person]
    return found


def rows(ids: list[int], periods: Periods) -> dict[int, Timeline]:
    stated = list(zip(periods.person, periods.start, periods.end, strict=True))
    assert stated == sorted(stated)
    spans: dict[int, list[Span]] = {person: [] for person in ids}
    for person, start, end in stated:
        span = Span(date.fromordinal(start), date.fromordinal(end))
        spans[ids[person]].append(span)
    found = {person: Timeline(held) for person, held in spans.items()}
    assert all(list(found[person]) == spans[person] for person in ids), "rows that touch"
    return found


def agree(
    facts: Facts, rights: Mapping[str, Right], overrides: AllOverrides | None = None, **how: int
) -> None:
    expected, found = (
        by_one(facts, rights, overrides or {}),
        in_bulk(facts, rights, overrides or {}, **how),
    )
    for code, right in rights.items():
        for person in PERSONS:
            assert found[code][person] == expected[code][person], (
                person,
                [window.term for window in right.term_windows((overrides or {}).get(code))],
            )


# Days that lie far away, and what never ends, beside those that the other tests use.
far = st.dates(date(1, 1, 1), date(9999, 12, 30))
open_spans = samples.days.map(Span)
odd_spans = st.builds(
    lambda start, end: Span(min(start, end), max(start, end) + timedelta(days=1)), far, far
)
any_span = samples.spans | open_spans | odd_spans
odd_facts = st.builds(
    Facts,
    attested=st.dictionaries(
        st.sampled_from(PERSONS),
        st.lists(
            st.builds(AttestedSpan, st.just(KIND), any_span, samples.days | far, st.just("A")),
            max_size=4,
        ),
    ),
    household=st.lists(
        st.builds(
            lambda pair, relation, span: HouseholdSpan(*pair, relation, span),
            st.permutations(PERSONS).map(lambda order: order[:2]),
            st.sampled_from(HouseholdRelation),
            any_span,
        ),
        max_size=3,
    ),
    reported=st.dictionaries(
        st.sampled_from(PERSONS),
        st.lists(st.builds(ReportedSpan, st.just(FACT), any_span, st.booleans()), max_size=3),
    ),
)
many_terms = st.lists(samples.terms, min_size=TERMS, max_size=TERMS)


def each(terms: Iterable[Term]) -> dict[str, Right]:
    return {f"r{n}": right_of(f"r{n}", term) for n, term in enumerate(terms)}


@thoroughly
@given(samples.facts, many_terms)
def test_every_term_for_every_person(facts: Facts, terms: list[Term]) -> None:
    agree(facts, each(terms))


@settings(thoroughly, max_examples=thoroughly.max_examples // 4)
@given(odd_facts, many_terms)
def test_days_without_end_and_far_away(facts: Facts, terms: list[Term]) -> None:
    rights = {}
    for number, term in enumerate(terms):
        rights[f"r{number}"] = right_of(f"r{number}")
        rights[f"r{number}"].since(BEGINNING)(samples.constantly(term))
    agree(facts, rights)


# Law that changes, figures that change or are replaced, and rights that read each other.

law_days = st.dates(date(2023, 6, 1), date(2026, 6, 1))
figures = st.dictionaries(law_days, st.integers(1, 5), max_size=3)


@st.composite
def laws(draw: st.DrawFn) -> tuple[dict[str, Right], AllOverrides]:
    """Two rights with several versions and a dated figure; the second reads the first."""
    rights: dict[str, Right] = {}
    overrides: dict[str, dict[str, Any]] = {}
    for code, read in (("first", ()), ("second", (DerivedRight("first"),))):
        values = {date(2000, 1, 1): 3, **draw(figures)}
        figure = Parameter("months", "months", "a law", values)
        right = rights[code] = right_of(code, parameters=(figure,))
        for start in {date(2000, 1, 1), *draw(st.lists(law_days, max_size=2))}:
            inner = draw(samples.terms)
            for other in read:
                inner = draw(st.sampled_from([inner | other, inner & other, other & ~inner]))
                inner = draw(st.sampled_from([inner, inner | HeldInHousehold(other)]))
            right.since(start)(lambda p, inner=inner: inner.complete_months(p.months))
        overrides[code] = {"months": draw(figures)}
    return rights, overrides


@settings(thoroughly, max_examples=thoroughly.max_examples // 2)
@given(samples.facts, laws())
def test_changing_law_and_replaced_figures(
    facts: Facts, law: tuple[dict[str, Right], AllOverrides]
) -> None:
    agree(facts, *law)


@settings(thoroughly, max_examples=thoroughly.max_examples // 2)
@given(samples.facts | odd_facts)
def test_every_right_of_the_catalogue(facts: Facts) -> None:
    agree(facts, catalogue())


@settings(thoroughly, max_examples=thoroughly.max_examples // 4)
@given(samples.facts, many_terms, st.integers(1, 3), st.integers(1, 2))
def test_in_parts_as_in_one(facts: Facts, terms: list[Term], persons: int, threads: int) -> None:
    agree(facts, each(terms), persons_at_once=persons, threads=threads)


# Households and decisions, where attestations must be told apart.

one_by_one = st.recursive(
    samples.one_by_one,
    lambda inner: (
        st.builds(lambda a, b: a | b, inner, inner)
        | st.builds(HeldInHousehold, inner, st.none() | st.just(("partner",)))
        | st.builds(Term.carried_to_year_end, inner, st.integers(0, 1))
    ),
    max_leaves=4,
)


@settings(thoroughly, max_examples=thoroughly.max_examples // 2)
@given(samples.facts | odd_facts, st.lists(one_by_one, min_size=TERMS, max_size=TERMS))
def test_from_the_quarter_of_each_decision(facts: Facts, terms: list[Term]) -> None:
    agree(facts, each(term.from_quarter_of_decision() for term in terms))
