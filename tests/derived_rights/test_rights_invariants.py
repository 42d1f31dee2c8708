"""What must be true of every right, whatever the attestations: for all rights of the catalogue."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from attestations.periods import Span, Timeline
from derived_rights.engine.catalogue import rights
from derived_rights.engine.facts import AttestedSpan, FactKind, Facts
from derived_rights.engine.one import Answer, Derivation, Outcome, derive
from derived_rights.engine.right import Trust
from tests.derived_rights import samples
from tests.derived_rights.samples import KIND, PERSONS, aid

# Facts about which silence is not a no.
OPEN = set(FactKind) - {FactKind.ATTESTATIONS, FactKind.HOUSEHOLD}
MONTHS_2026 = tuple(date(2026, month, 1) for month in range(1, 13))


def outcomes(*attested: AttestedSpan) -> dict[str, Outcome]:
    return derive(1, Facts({1: attested}), rights())


def timelines(facts: Facts, *codes: str) -> dict[tuple[int, str], Timeline]:
    """The days of all persons and of these rights, by default all."""
    derivation = Derivation(facts, rights())
    return {
        (person, code): derivation.outcome(person, code).timeline
        for person in PERSONS
        for code in codes or rights()
    }


def monthly(*starts: date) -> list[AttestedSpan]:
    return [
        AttestedSpan(KIND, Span(start, following), date(2026, 1, 5), f"A{start.month}")
        for start, following in zip(starts, starts[1:], strict=False)
    ]


# 3. Monthly and quarterly attestations give the same; a day between them does not; a move does.


@given(samples.facts, samples.days)
def test_two_adjacent_attestations_equal_one(facts: Facts, cut: date) -> None:
    first = aid("A1", "2024-02-15", "2025-03-20")
    assume(first.span.start < cut < first.span.end)
    halves = [
        replace(first, span=Span(first.span.start, cut)),
        replace(first, span=Span(cut, first.span.end), number="A2"),
    ]
    whole = timelines(replace(facts, attested={**facts.attested, 1: [first]}))
    assert whole == timelines(replace(facts, attested={**facts.attested, 1: halves}))


def test_three_months_and_their_quarter_give_the_same_days() -> None:
    months = outcomes(*monthly(*MONTHS_2026[:4]))
    quarter = outcomes(
        replace(monthly(*MONTHS_2026[:4])[0], span=Span(MONTHS_2026[0], MONTHS_2026[3]))
    )
    assert {c: o.timeline for c, o in months.items()} == {c: o.timeline for c, o in quarter.items()}
    assert months["bim"].periods[0].attestation_numbers == ("A1", "A2", "A3")


def test_three_months_with_a_day_missing_give_others() -> None:
    first, second, third = monthly(*MONTHS_2026[:4])
    late = replace(second, span=Span(second.span.start + timedelta(days=1), second.span.end))
    assert not outcomes(first, late, third)["bim"].periods


# 4. Cancelling the middle one of three touches every right that used it.


def test_without_the_middle_attestation_its_rights_are_gone() -> None:
    first, _, third = monthly(*MONTHS_2026[:4])
    left = outcomes(first, third)
    assert not left["bim"].periods
    assert not left["walloonFamilySupplement"].periods
    assert left["socialTariff"].periods[0].attestation_numbers == ("A1", "A3")


# 5. A stop keeps what was opened, a cancellation does not.


def test_a_stop_keeps_what_a_cancellation_takes_back() -> None:
    stopped = outcomes(aid("A1", "2026-01-01", "2026-06-15"))
    for code in ("bim", "socialTariff", "walloonFamilySupplement"):
        assert stopped[code].on(date(2026, 12, 31)) is Answer.APPLIES


def test_without_attestations_nothing_applies_and_nothing_is_missing() -> None:
    for outcome in outcomes().values():
        assert (outcome.periods, outcome.undetermined) == ((), ())


@given(samples.facts, samples.attestations)
def test_more_aid_never_takes_the_social_tariff_away(facts: Facts, one: AttestedSpan) -> None:
    more = replace(facts, attested={**facts.attested, 1: [*facts.attested.get(1, ()), one]})
    before, after = timelines(facts, "socialTariff"), timelines(more, "socialTariff")
    for key, days in before.items():
        assert not days - after[key]


# 12. The law of the day, and its reasons.


@given(samples.facts)
def test_every_period_has_reasons_and_lies_within_the_law(facts: Facts) -> None:
    numbers = {one.number for attested in facts.attested.values() for one in attested}
    for code, outcome in derive(1, facts, rights()).items():
        needs = set(rights()[code].needs)
        assert outcome.undetermined == () or OPEN & needs
        for period in outcome.periods:
            assert period.attestation_numbers or FactKind.PAID_AMOUNT in needs
            assert set(period.attestation_numbers) <= numbers
            assert period.span.start >= rights()[code].term_windows()[0].span.start


@given(st.integers(0, 364))
def test_holders_of_bim_have_the_tariff_in_2022_only_by_the_temporary_law(day: int) -> None:
    found = outcomes(aid("A1", "2019-01-01", "2021-06-30"))
    assert found["bim"].on(date(2022, 1, 1) + timedelta(days=day)) is Answer.APPLIES
    assert found["socialTariff"].on(date(2022, 1, 1) + timedelta(days=day)) is Answer.APPLIES
    again = outcomes(aid("A1", "2022-01-01", "2022-06-30"))
    assert again["bim"].on(date(2023, 7, 1)) is Answer.APPLIES
    assert again["socialTariff"].on(date(2023, 6, 30)) is Answer.APPLIES
    assert again["socialTariff"].on(date(2023, 7, 1)) is Answer.DOES_NOT_APPLY


def test_every_figure_without_a_confirmed_source_says_so() -> None:
    noted = {
        f"{code}.{parameter.name}"
        for code, right in rights().items()
        for parameter in right.parameters
        if parameter.note and right.trust is Trust.SOURCED
    }
    assert noted == {
        "bim.minimum_months",
        "bim.start_anchor",
        "bim.household_scope",
        "flemishFamilySupplement.opening_aid",
        "inastiContributionRelief.counted_by",
        "ostbelgienFamilySupplement.counted_by",
    }


def test_a_signal_says_that_it_is_one_and_is_off() -> None:
    signals = [right for right in rights().values() if right.trust is Trust.SIGNAL]
    assert signals
    for right in signals:
        assert not right.active_by_default, right.code
        assert any(parameter.note for parameter in right.parameters), right.code
    assert all(right.active_by_default for right in rights().values() if right not in signals)


GRANTED = re.compile(
    r"accord|octroy|droit à|bénéfici"
    r"|toegekend|toekenn|recht op|u krijgt een"
    r"|gewähr|Anspruch|Recht auf"
    r"|grant|entitle|right to",
    re.IGNORECASE,
)


def test_what_is_no_favour_is_never_worded_as_one() -> None:
    for right in rights().values():
        if not right.effect.is_favourable:
            for text in (*right.label.values(), *right.description.values()):
                assert not GRANTED.search(text), (right.code, text)
