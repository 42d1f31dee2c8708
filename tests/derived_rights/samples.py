"""Rights, facts and terms to test with: short to write, and generated for hypothesis."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from attestations.codes import LANGUAGES
from attestations.periods import Span
from derived_rights.engine.facts import AttestedSpan, Facts, HouseholdSpan, ReportedSpan
from derived_rights.engine.figures import Figures
from derived_rights.engine.right import Effect, Right, Trust
from derived_rights.engine.terms import Anchor, Attested, HeldInHousehold, Reported, Term

KIND = "integrationIncome"
FACT = "increasedIntervention"
FIRST = date(2024, 1, 1)
PERSONS = (1, 2, 3, 4)


def right_of(code: str, term: Term | None = None, **attributes: Any) -> Right:
    """A right that is this term since 2000, or has no version yet."""
    text = dict.fromkeys(LANGUAGES, code)
    right = Right(
        **{
            "code": code,
            "label": text,
            "description": text,
            "recipient": "somebody",
            "effect": Effect.GRANT,
            "reference": "an official text",
            "trust": Trust.SOURCED,
            "needs": (),
            "fields": ("periods",),
            **attributes,
        }
    )
    if term is not None:
        right.since(2000)(constantly(term))
    return right


def constantly(term: Term) -> Any:
    def build(p: Figures) -> Term:
        return term

    return build


def inclusive(first: str, last: str | None = None) -> Span:
    return Span.inclusive(
        date.fromisoformat(first), None if last is None else date.fromisoformat(last)
    )


def aid(number: str, first: str, last: str | None = None, kind: str = KIND) -> AttestedSpan:
    """An attestation that was decided on its first day."""
    return AttestedSpan(kind, inclusive(first, last), date.fromisoformat(first), number)


days = st.integers(0, 900).map(lambda days: FIRST + timedelta(days=days))
spans = st.builds(
    lambda start, length: Span(start, start + timedelta(days=length)), days, st.integers(1, 250)
)
attestations = st.builds(
    AttestedSpan,
    st.sampled_from([KIND, "equivalentIntegrationIncome"]),
    spans,
    days,
    st.integers(1, 40).map("A{}".format),
)
reports = st.builds(ReportedSpan, st.just(FACT), spans, st.booleans())
households = st.builds(
    lambda pair, relation, span: HouseholdSpan(*pair, relation, span),
    st.permutations(PERSONS).map(lambda order: order[:2]),
    st.sampled_from(["partner", "child", "parent", "other"]),
    spans,
)
facts = st.builds(
    Facts,
    st.dictionaries(st.sampled_from(PERSONS), st.lists(attestations, max_size=3)),
    st.lists(households, max_size=4),
    st.dictionaries(st.sampled_from(PERSONS), st.lists(reports, max_size=3)),
)

attested = st.sampled_from([KIND, "equivalentIntegrationIncome"]).map(Attested)
one_by_one = attested | st.builds(lambda a, b: a | b, attested, attested)
leaves = (
    one_by_one
    | st.just(Reported(FACT))
    | one_by_one.map(
        lambda term: (term | HeldInHousehold(term)).carried_to_year_end().from_quarter_of_decision()
    )
)


def _composed(inner: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
    relations = st.none() | st.just(("partner",)) | st.just(("child", "partner"))
    return (
        st.builds(lambda a, b: a | b, inner, inner)
        | st.builds(lambda a, b: a & b, inner, inner)
        | inner.map(lambda term: ~term)
        | st.builds(HeldInHousehold, inner, relations)
        | st.builds(Term.complete_months, inner, st.integers(1, 4), st.sampled_from(Anchor))
        | st.builds(Term.carried_to_year_end, inner, st.integers(0, 1))
        | inner.map(Term.whole_months)
    )


terms = st.recursive(leaves, _composed, max_leaves=5)
