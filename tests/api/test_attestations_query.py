"""What a recipient reads of a person's attestations: which ones, and how far their chains go."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.django_db

IN_2026 = {"startDate": "2026-01-01", "endDate": "2026-12-31"}
EVER = {"startDate": "2000-01-01"}


@pytest.fixture
def mutuality(recipient_for):
    return recipient_for("mutuality", "bim")


def ask(recipient: Any, ssin: str, period: dict[str, str], **question: Any) -> list[dict[str, Any]]:
    body = {"legalContext": recipient.legal_context, "ssin": ssin, "period": period} | question
    answer = recipient.post("/attestations/query", body)
    assert answer.status_code == 200, answer.content
    return answer.json()["items"]


def revise(cpas: Any, decision: Any, recorded: dict[str, Any], **changes: Any) -> dict[str, Any]:
    content = decision("", reason="as it really was", **changes)
    del content["ssin"]
    answer = cpas.post(
        f"/decisions/{recorded['decisionId']}/revisions",
        content,
        If_Match=f'"{recorded["version"]}"',
    )
    assert answer.status_code == 200, answer.content
    return answer.json()


@pytest.fixture
def moved(cpas, mutuality, decision, new_ssin):
    """A person whose year of aid turned out to be a later one, and the chain of attestations."""
    ssin = new_ssin()
    mutuality.inscribe(ssin)
    recorded = cpas.post("/decisions", decision(ssin, startDate="2026-01-01")).json()
    revised = revise(cpas, decision, recorded, startDate="2027-06-01", endDate="2028-05-31")
    return ssin, revised["attestations"]


def numbers(items: list[dict[str, Any]]) -> list[str]:
    return [one["attestationNumber"] for one in items]


def test_a_chain_is_whole_also_where_it_left_the_period_asked_for(mutuality, moved):
    ssin, chain = moved

    assert ask(mutuality, ssin, IN_2026) == []
    told = ask(mutuality, ssin, IN_2026, history=True)

    assert numbers(told) == numbers(chain)
    assert [one["superseded"] for one in told] == [True, False]
    assert ask(mutuality, ssin, {"startDate": "2030-01-01"}, history=True) == []


def test_a_chain_is_told_as_far_as_it_was_known_then(mutuality, moved):
    ssin, chain = moved

    then = ask(mutuality, ssin, IN_2026, history=True, knownAt=chain[0]["createdAt"])

    assert numbers(then) == numbers(chain[:1])
    later = {"startDate": "2027-06-01"}
    assert ask(mutuality, ssin, later, history=True, knownAt=chain[0]["createdAt"]) == []


def test_of_a_chain_only_the_authorised_kinds_are_told(cpas, recipient_for, decision, new_ssin):
    recipient = recipient_for("narrow", "bim", aid_kinds=["integrationIncome"])
    ssin = new_ssin()
    recipient.inscribe(ssin)
    recorded = cpas.post("/decisions", decision(ssin)).json()
    revise(cpas, decision, recorded, aidKind="equivalentIntegrationIncome")

    told = ask(recipient, ssin, IN_2026, history=True)

    assert [(one["nature"], one["aidKind"]) for one in told] == [("original", "integrationIncome")]


@pytest.mark.parametrize("history", [False, True])
def test_aid_of_days_after_the_file_has_ended_is_not_shown(
    cpas, mutuality, decision, new_ssin, history
):
    """Nor is it sent: whoever asks about more days than those of its file learns no more."""
    ssin = new_ssin()
    mutuality.inscribe(ssin)
    mutuality.post(
        "/inscriptions/removal", {"ssin": ssin, "qualityCode": "1", "endDate": "2026-06-30"}
    )
    kept = cpas.post("/decisions", decision(ssin, endDate="2026-06-30")).json()
    cpas.post("/decisions", decision(ssin, startDate="2026-07-01", endDate="2027-06-30"))

    assert numbers(ask(mutuality, ssin, EVER, history=history)) == numbers(kept["attestations"])
    assert ask(mutuality, ssin, {"startDate": "2026-07-01"}, history=history) == []
