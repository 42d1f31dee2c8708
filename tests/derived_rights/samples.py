"""Rights, facts and terms to test with: short to write, and generated for hypothesis."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from attestations.codes import LANGUAGES
from attestations.periods import Span, Timeline
from derived_rights.engine.explanation import Explanation, Step
from derived_rights.engine.facts import (
    AttestedSpan,
    Facts,
    HouseholdSpan,
    PaidMonth,
    PermitSpan,
    ReportedSpan,
    ResidenceSpan,
)
from derived_rights.engine.figures import Figures
from derived_rights.engine.one import Derivation, Outcome, derive
from derived_rights.engine.right import Effect, Right, Trust
from derived_rights.engine.terms import (
    Aged,
    Anchor,
    Attested,
    HeldInHousehold,
    PaidAtLeast,
    PaidShare,
    Permitted,
    Reported,
    ResidesIn,
    Term,
    Unit,
)

KIND = "integrationIncome"
OTHER_KIND = "equivalentIntegrationIncome"
FACT = "increasedIntervention"
FIRST = date(2024, 1, 1)
PERSONS = (1, 2, 3, 4)
BRUSSELS, EUPEN, GHENT, NAMUR = "21004", "63023", "44021", "92094"
MUNICIPALITIES = (BRUSSELS, EUPEN, GHENT, NAMUR)
PERMITS = ("A", "B", "F")
# As far as an attestation below can reach, so that a world can state what was paid in each.
MONTHS = [date(2024 + month // 12, month % 12 + 1, 1) for month in range(38)]


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
    st.sampled_from([KIND, OTHER_KIND]),
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
births = st.sampled_from([date(2007, 3, 31), date(2008, 2, 29), date(2000, 1, 1)]) | st.dates(
    date(1998, 1, 1), date(2012, 1, 1)
)
residences = st.builds(ResidenceSpan, st.sampled_from(MUNICIPALITIES), spans)
permits = st.builds(PermitSpan, st.sampled_from(PERMITS), spans)
paid = st.builds(
    PaidMonth,
    st.sampled_from([KIND, OTHER_KIND]),
    st.sampled_from(MONTHS),
    st.sampled_from([0, 10_000, 50_000]),
)


def _of_persons(stated: st.SearchStrategy[Any], most: int) -> st.SearchStrategy[Any]:
    return st.dictionaries(st.sampled_from(PERSONS), st.lists(stated, max_size=most), max_size=3)


facts = st.builds(
    Facts,
    attested=_of_persons(attestations, 3),
    household=st.lists(households, max_size=4),
    reported=_of_persons(reports, 3),
    births=_of_persons(births, 2),
    residences=_of_persons(residences, 3),
    permits=_of_persons(permits, 2),
    paid=_of_persons(paid, 4),
)

attested = st.sampled_from([KIND, OTHER_KIND]).map(Attested)
one_by_one = attested | st.builds(lambda a, b: a | b, attested, attested)
kinds = st.sampled_from([(KIND,), (OTHER_KIND,), (KIND, OTHER_KIND)])
paid_units = st.sampled_from(["month", "year"])
stated = (
    st.just(Reported(FACT))
    | st.sampled_from([Aged(18), Aged(below=25), Aged(17, 18), Aged(0)])
    | st.sampled_from([*map(ResidesIn, ("flanders", "wallonia", "brussels", "germanCommunity"))])
    | st.just(ResidesIn(municipalities=(EUPEN, GHENT)))
    | st.sampled_from([Permitted(("A",)), Permitted(("B", "F"))])
    | st.builds(PaidAtLeast, kinds, st.sampled_from([1, 10_000, 60_000]), paid_units)
    | st.builds(
        PaidShare, kinds, st.just((KIND, OTHER_KIND)), st.sampled_from([1, 50, 100]), paid_units
    )
)
leaves = (
    one_by_one
    | stated
    | one_by_one.map(
        lambda term: (term | HeldInHousehold(term)).carried_to_year_end().from_quarter_of_decision()
    )
)
units = st.sampled_from(Unit)


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
        | inner.map(Term.whole_quarters)
        | inner.map(Term.ever_since)
        | st.builds(Term.to_end_of, inner, units)
        | st.builds(Term.from_start_of, inner, units)
        | st.builds(lambda term, n: term.lasting_at_least(months=n), inner, st.integers(1, 4))
        | st.builds(lambda term, n: term.lasting_at_least(days=n), inner, st.integers(1, 120))
        | st.builds(Term.bridging, inner, st.integers(1, 60))
        | st.builds(
            lambda term, within, short: term.counted_days(max(1, within - short), within),
            inner,
            st.integers(1, 200),
            st.integers(0, 199),
        )
        | st.builds(
            Term.on_reference_date,
            inner,
            st.sampled_from([1, 2, 12]),
            st.integers(1, 28),
            st.integers(0, 1),
        )
    )


terms = st.recursive(leaves, _composed, max_leaves=5)


def outcome(term: Term, facts: Facts, person: int = 1) -> Outcome:
    return derive(person, facts, {"sample": right_of("sample", term)})["sample"]


def timeline(*written: str) -> Timeline:
    """Days as people write them: the first to the last, or to open."""
    return Timeline(_span(one) for one in written)


def _span(written: str) -> Span:
    first, last = written.split(" to ")
    return inclusive(first, None if last == "open" else last)


def sure(term: Term, facts: Facts) -> Timeline:
    belief = Derivation(facts, {}).belief(1, term)
    return Timeline(piece.span for piece in belief.sure)


def possible(term: Term, facts: Facts) -> Timeline:
    belief = Derivation(facts, {}).belief(1, term)
    return Timeline(piece.span for piece in belief.possible)


def ends(written: str) -> tuple[str, str | None]:
    first, last = written.split(" to ")
    return first, None if last == "open" else last


def path(explanation: Explanation) -> list[Step]:
    """The steps of an explanation in which each has one reason."""
    found, steps = [], explanation.steps
    while steps:
        (step,) = steps
        found.append(step)
        steps = step.steps
    return found
