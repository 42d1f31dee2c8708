"""Which attestations a decision must have: scenarios for lawyers, then laws for every history."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from attestations.codes import AidKind, AttestationType, Nature
from attestations.generation import (
    A036_AID_CODES,
    ATTESTATION_TYPES,
    DecisionContent,
    Draft,
    Issued,
    attestation_number,
    drafts_for,
)
from attestations.periods import Span

SCENARIOS = yaml.safe_load(
    (Path(__file__).parents[1] / "scenarios" / "generation.yaml").read_text(encoding="utf-8")
)


class Chain:
    """The attestations of one decision, numbered A1, A2 ... as they are made."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Draft]] = []

    @property
    def last(self) -> Issued | None:
        if not self.sent:
            return None
        number, draft = self.sent[-1]
        return Issued(number, draft.aid_kind, draft.span, draft.nature)

    def bring_to(self, content: DecisionContent | None) -> list[tuple[str, Draft]]:
        made = [
            (f"A{len(self.sent) + place}", draft)
            for place, draft in enumerate(drafts_for(content, self.last), start=1)
        ]
        self.sent += made
        return made


def content_of(text: str) -> DecisionContent | None:
    if text == "cancelled":
        return None
    aid_kind, period = text.split(", ")
    first, last = period.split(" to ")
    return DecisionContent(
        aid_kind,
        Span.inclusive(
            date.fromisoformat(first), None if last == "open" else date.fromisoformat(last)
        ),
    )


def told(number: str, draft: Draft) -> str:
    replacing = f" of {draft.previous}" if draft.previous else ""
    period = f"{draft.span.start} to {draft.span.last_day or 'open'}"
    return f"{number} {draft.nature}{replacing} {draft.aid_kind}, {period}"


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario["title"])
def test_scenarios(scenario: dict[str, Any]) -> None:
    chain = Chain()
    for step in scenario["steps"]:
        made = chain.bring_to(content_of(step["decision"]))
        assert [told(*attestation) for attestation in made] == step["attestations"]


days = st.dates(date(2026, 1, 1), date(2026, 1, 4))
contents = st.builds(
    lambda kind, first, last: DecisionContent(kind, Span.inclusive(min(first, last), last)),
    st.sampled_from(["integrationIncome", "otherSocialAid", "medicalCard"]),
    days,
    days,
)


@given(st.lists(st.none() | contents, max_size=8))
def test_the_last_attestation_says_what_the_decision_says(
    history: list[DecisionContent | None],
) -> None:
    chain = Chain()
    for content in history:
        chain.bring_to(content)
        last = chain.last
        if content is None:
            assert last is None or last.nature is Nature.CANCELLATION
        else:
            assert last is not None
            assert last.nature is not Nature.CANCELLATION
            assert (last.aid_kind, last.span) == (content.aid_kind, content.span)
        assert drafts_for(content, last) == ()


@given(st.lists(st.none() | contents, max_size=8))
def test_chains_neither_fork_nor_change_type(history: list[DecisionContent | None]) -> None:
    chain = Chain()
    for content in history:
        chain.bring_to(content)
    for (before, former), (_, draft) in pairwise(chain.sent):
        if draft.nature is Nature.ORIGINAL:
            assert draft.previous is None
            assert former.nature is Nature.CANCELLATION
        else:
            assert draft.previous == before
            assert former.nature is not Nature.CANCELLATION
            assert draft.attestation_type == former.attestation_type
        if draft.nature is Nature.CANCELLATION:
            assert (draft.aid_kind, draft.span) == (former.aid_kind, former.span)


def test_every_kind_of_aid_yields_an_attestation() -> None:
    assert set(ATTESTATION_TYPES) == set(AidKind)
    assert set(ATTESTATION_TYPES.values()) == set(AttestationType)


def test_the_a036_carries_three_kinds() -> None:
    assert {str(kind): code for kind, code in A036_AID_CODES.items()} == {
        "integrationIncome": 7,
        "equivalentIntegrationIncome": 8,
        "otherSocialAid": 9,
    }
    carried = {kind for kind, yields in ATTESTATION_TYPES.items() if yields == "a036"}
    assert carried == set(A036_AID_CODES)


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="pocketMoney"):
        drafts_for(DecisionContent("pocketMoney", Span(date(2026, 3, 2))), None)


@pytest.mark.parametrize(
    ("year", "sequence", "number"),
    [
        (2026, 123, "26C000000000123"),
        (2000, 1, "00C000000000001"),
        (2099, 999_999_999_999, "99C999999999999"),
    ],
)
def test_numbers_fill_fifteen_characters(year: int, sequence: int, number: str) -> None:
    assert attestation_number(year, sequence) == number
    assert re.fullmatch(r"[0-9]{2}C[0-9]{12}", number)


@pytest.mark.parametrize(
    ("year", "sequence"), [(2026, 0), (2026, -1), (2026, 10**12), (1999, 1), (2100, 1)]
)
def test_numbers_that_would_not_fit(year: int, sequence: int) -> None:
    with pytest.raises(ValueError, match="fit|tell"):
        attestation_number(year, sequence)
