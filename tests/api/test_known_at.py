"""Two clocks in one question: a day or period, and the instant at which it was known."""

from __future__ import annotations

from datetime import timedelta

import pytest

from attestations.models import Attestation, DecisionVersion, FactChange
from derived_rights.models import RightPeriod
from derived_rights.services.deriving import derive_pending

pytestmark = pytest.mark.django_db

BEFORE = "2001-01-01T00:00:00+01:00"


def written(instant):
    return instant.isoformat()


@pytest.fixture
def told(cpas, decision, new_ssin):
    """A year of aid, then revised to begin a month later, then stopped, then cancelled."""
    ssin = new_ssin()
    recorded = cpas.post("/decisions", decision(ssin)).json()
    address = f"/decisions/{recorded['decisionId']}"
    body = decision(ssin, startDate="2026-04-02", reference="2026/0999", reason="later")
    del body["ssin"]
    answers = [
        cpas.post(f"{address}/revisions", body, If_Match='"1"'),
        cpas.post(f"{address}/stop", {"endDate": "2026-09-30", "reason": "work"}, If_Match='"2"'),
        cpas.post(f"{address}/cancellation", {"reason": "error"}, If_Match='"3"'),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    versions = DecisionVersion.objects.order_by("version")
    return ssin, [written(version.recorded_at) for version in versions]


def ask(cpas, ssin, **question):
    answer = cpas.post("/decisions/query", {"ssin": ssin} | question)
    assert answer.status_code == 200, answer.content
    return answer.json()["items"]


def test_a_decision_as_it_stood_at_each_instant(cpas, told):
    ssin, instants = told

    stood = [ask(cpas, ssin, knownAt=instant)[0] for instant in instants]

    assert [(one["version"], one["status"]) for one in stood] == [
        (1, "active"),
        (2, "active"),
        (3, "stopped"),
        (4, "cancelled"),
    ]
    assert [(one["startDate"], one["endDate"]) for one in stood[:3]] == [
        ("2026-03-02", "2027-03-01"),
        ("2026-04-02", "2027-03-01"),
        ("2026-04-02", "2026-09-30"),
    ]
    # The chain as far as it went, of which only the last was not superseded then.
    for length, one in enumerate(stood, start=1):
        superseded = [row["superseded"] for row in one["attestations"]]
        assert superseded == [True] * (length - 1) + [False]
    assert ask(cpas, ssin) == [stood[-1]]


@pytest.mark.parametrize(
    ("known", "day", "found"),
    [
        (0, "2026-03-02", True),
        (0, "2026-03-01", False),
        (1, "2026-03-02", False),
        (1, "2026-12-31", True),
        (2, "2026-09-30", True),
        (2, "2026-10-01", False),
        (3, "2026-05-01", False),
    ],
)
def test_which_decisions_covered_a_day_as_known_then(cpas, told, known, day, found):
    ssin, instants = told
    assert bool(ask(cpas, ssin, knownAt=instants[known], date=day)) is found
    period = {"startDate": day, "endDate": day}
    assert bool(ask(cpas, ssin, knownAt=instants[known], period=period)) is found


def test_a_reference_is_that_of_the_instant(cpas, told):
    _, instants = told

    def by_reference(reference, instant):
        body = {"reference": reference, "knownAt": instant}
        return len(cpas.post("/decisions/query", body).json()["items"])

    assert by_reference("2026/0412", instants[0]) == 1
    assert by_reference("2026/0999", instants[0]) == 0
    assert by_reference("2026/0412", instants[1]) == 0
    assert by_reference("2026/0999", instants[1]) == 1


def test_before_anything_was_recorded_nothing_was_known(cpas, recipient_for, told):
    mutuality = recipient_for("mutualities", "bim")
    ssin, _ = told
    mutuality.inscribe(ssin)
    period = {"startDate": "2000-01-01"}

    assert ask(cpas, ssin, knownAt=BEFORE) == []
    assert ask(cpas, ssin, knownAt=BEFORE, period=period) == []
    question = {"legalContext": mutuality.legal_context, "ssin": ssin, "knownAt": BEFORE}
    for history in (False, True):
        body = question | {"period": period, "history": history}
        answer = mutuality.post("/attestations/query", body)
        assert (answer.status_code, answer.json()["items"]) == (200, [])
    (right,) = mutuality.ask_rights(ssin, "bim", period=period, knownAt=BEFORE)
    assert (right["outcome"], right["version"]) == ("doesNotApply", 0)


def test_attestations_and_rights_as_known_then(cpas, recipient_for, decision, new_ssin):
    mutuality = recipient_for("mutualities", "bim")
    ssin = new_ssin()
    mutuality.inscribe(ssin)
    recorded = cpas.post("/decisions", decision(ssin)).json()
    derive_pending()
    (then,) = RightPeriod.objects.filter(right="bim").values_list("recorded_at", flat=True)
    address = f"/decisions/{recorded['decisionId']}"
    cpas.post(f"{address}/cancellation", {"reason": "error"}, If_Match='"1"')
    derive_pending()

    question = {
        "legalContext": mutuality.legal_context,
        "ssin": ssin,
        "period": {"startDate": "2026-01-01"},
    }
    now = mutuality.post("/attestations/query", question).json()["items"]
    known = mutuality.post("/attestations/query", question | {"knownAt": written(then)}).json()

    assert now == []
    original = Attestation.objects.get(nature="original")
    assert [(one["attestationNumber"], one["superseded"]) for one in known["items"]] == [
        (original.number, False)
    ]
    (applied,) = mutuality.ask_rights(ssin, "bim", date="2026-07-01", knownAt=written(then))
    (applies,) = mutuality.ask_rights(ssin, "bim", date="2026-07-01")
    assert (applied["outcome"], applied["version"]) == ("applies", 1)
    assert (applies["outcome"], applies["version"]) == ("doesNotApply", 2)


def ask_attestations(recipient, ssin, instant):
    body = {
        "legalContext": recipient.legal_context,
        "ssin": ssin,
        "period": {"startDate": "2020-01-01"},
        "knownAt": written(instant),
    }
    answer = recipient.post("/attestations/query", body)
    assert answer.status_code == 200, answer.content
    return [item["aidKind"] for item in answer.json()["items"]]


def test_two_numbers_are_two_persons_until_the_replacement_was_recorded(
    cpas, federal, recipient_for, decision, new_ssin
):
    mutuality = recipient_for("mutualities", "bim")
    old, new, newest = new_ssin(), new_ssin(), new_ssin()
    cpas.post("/decisions", decision(old))
    cpas.post("/decisions", decision(new, aidKind="medicalCard", reference="2026/0413"))
    mutuality.inscribe(old)
    derive_pending()
    for pair, day in (((old, new), "2026-04-01"), ((new, newest), "2026-05-01")):
        body = {"ssin": pair[0], "replacedBy": pair[1], "date": day}
        assert federal.post("/ssinReplacements", body).status_code == 201
    derive_pending()
    merged, renamed = FactChange.objects.filter(kind="identity").order_by("id")
    before = merged.recorded_at - timedelta(microseconds=1)
    kinds = ["integrationIncome", "medicalCard"]

    def decided(ssin, instant):
        return sorted(one["aidKind"] for one in ask(cpas, ssin, knownAt=written(instant)))

    def right(ssin, instant):
        (item,) = mutuality.ask_rights(ssin, "bim", date="2026-07-01", knownAt=written(instant))
        return item["outcome"], item["version"]

    for instant, known_as in (
        (before, ([kinds[0]], [kinds[1]], [])),
        (merged.recorded_at, (kinds, kinds, [])),
        (renamed.recorded_at, (kinds, kinds, kinds)),
    ):
        for ssin, expected in zip((old, new, newest), known_as, strict=True):
            assert decided(ssin, instant) == expected
            assert sorted(ask_attestations(mutuality, ssin, instant)) == expected
            applies = ("applies", 1) if kinds[0] in expected else ("doesNotApply", 0)
            assert right(ssin, instant) == applies


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ({"date": "2026-01-01", "period": {"startDate": "2026-01-01"}}, "date"),
        ({"knownAt": "2026-01-01T00:00:00"}, "knownAt"),
        ({"reference": "2026/0412"}, "ssin"),
        ({"period": {"startDate": "2026-02-01", "endDate": "2026-01-01"}}, "period.endDate"),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused(cpas, new_ssin, question, name):
    answer = cpas.post("/decisions/query", {"ssin": new_ssin()} | question)
    assert answer.status_code == 400
    assert [issue["name"] for issue in answer.json()["issues"]] == [name]
