"""Batches of decisions: every item's fate is told, and bad ones spoil no others."""

from __future__ import annotations

import json
from typing import Any

import pytest

from attestations.models import Attestation, BackgroundTask, Decision, Person
from tests.api.conftest import issues_of
from tests.api.test_batches import fates
from tests.conftest import PREFIX, Caller

pytestmark = pytest.mark.django_db
PATH = "/decisions/batches"


def post_lines(caller: Caller, *items: Any, query: str = "", **headers: str) -> Any:
    """Post items as lines of JSON; bytes go as they are."""
    lines = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in items]
    return caller.http.post(
        f"{PREFIX}{PATH}{query}",
        b"\n".join(lines),
        content_type="application/x-ndjson",
        headers={"Authorization": f"Bearer {caller.token}"}
        | {name.replace("_", "-"): value for name, value in headers.items()},
    )


def test_good_items_are_kept_and_each_bad_one_is_named(cpas, decision, new_ssin):
    twice = decision(new_ssin())
    items = [
        decision(new_ssin(), household=[{"ssin": new_ssin(), "relation": "child"}]),
        decision("85710512300"),
        decision(new_ssin(), aidKind="gold"),
        decision(new_ssin(), endDate="2026-01-01"),
        decision(new_ssin(), decidedOn="2999-01-01"),
        twice,
        twice,
        "no object",
        decision(new_ssin(), extra=1),
        decision(new_ssin()),
    ]

    answer = cpas.post(PATH, {"items": items})

    assert answer.status_code == 202
    task = answer.json()
    assert answer["Location"] == f"{PREFIX}/tasks/{task['taskId']}"
    assert (task["status"], task["total"]) == ("done", 10)
    assert (task["accepted"], task["rejected"]) == (3, 7)
    assert fates(task) == {
        1: ["ssin"],
        2: ["aidKind"],
        3: ["endDate"],
        4: ["decidedOn"],
        6: ["startDate"],
        7: ["body"],
        8: ["extra"],
    }
    made = {one["index"]: one["decisionId"] for one in task["result"]["decisions"]}
    assert made.keys() == {0, 5, 9}
    assert Attestation.objects.count() == 3
    one = cpas.get(f"/decisions/{made[0]}").json()
    assert (one["ssin"], len(one["household"])) == (items[0]["ssin"], 1)
    assert one["attestations"][0]["ticket"] == answer["BelGov-Trace-Id"]
    assert cpas.get(f"/tasks/{task['taskId']}").json() == task


def test_who_stands_in_the_way_is_named(cpas, decision, new_ssin):
    body = decision(new_ssin())
    number = cpas.post("/decisions", body).json()["attestations"][0]["attestationNumber"]
    other = decision(new_ssin())

    task = cpas.post(PATH, {"items": [body, other, other]}).json()

    attested, repeated = (one["issues"][0] for one in task["issues"])
    assert attested["type"] == "urn:problem-type:belgif-ext:input-validation:rejectedInput"
    assert attested["attestationNumber"] == number
    assert "Item 1 " in repeated["detail"]


def test_lines_of_json_do_the_same(cpas, decision, new_ssin):
    answer = post_lines(cpas, decision(new_ssin()), b"", b"{", decision(new_ssin()), b"")

    task = answer.json()
    assert answer.status_code == 202
    assert (task["total"], task["accepted"]) == (3, 2)
    assert fates(task) == {2: ["body"]}
    assert [one["index"] for one in task["result"]["decisions"]] == [0, 3]


@pytest.mark.parametrize("way", ["body", "query", "lines"])
def test_an_atomic_batch_is_all_or_nothing(cpas, decision, new_ssin, way):
    overlapping = decision(new_ssin())
    items = [decision(new_ssin()), overlapping, overlapping, decision("85710512300")]

    match way:
        case "body":
            answer = cpas.post(PATH, {"items": items, "atomic": True})
        case "query":
            answer = cpas.post(f"{PATH}?atomic=true", {"items": items})
        case _:
            answer = post_lines(cpas, *items, query="?atomic=true")

    task = answer.json()
    assert (task["status"], task["accepted"], task["rejected"]) == ("failed", 0, 4)
    assert fates(task) == {2: ["startDate"], 3: ["ssin"]}
    assert "result" not in task
    assert not Decision.objects.exists()
    assert not Person.objects.exists()


def test_an_atomic_batch_without_a_fault_is_kept(cpas, decision, new_ssin):
    task = post_lines(cpas, decision(new_ssin()), query="?atomic=true").json()

    assert (task["status"], task["accepted"]) == ("done", 1)


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({}, "items"),
        ({"items": []}, "items"),
        ({"items": {}}, "items"),
        ({"items": [{}] * 10_001}, "items"),
        ({"items": [{}], "atomic": "yes"}, "atomic"),
        ("[]", "body"),
        ("{", "body"),
    ],
    ids=range(7),
)
def test_an_envelope_that_cannot_be_read_is_refused_at_once(cpas, body, name):
    assert issues_of(cpas.post(PATH, body)) == [("schemaViolation", "body", name)]
    assert not BackgroundTask.objects.exists()


@pytest.mark.parametrize(
    ("lines", "name"),
    [(b"", "items"), (b"\n \n", "body"), (b"{}\n" * 10_001, "body")],
    ids=range(3),
)
def test_lines_that_are_none_or_too_many_are_refused_at_once(cpas, lines, name):
    assert issues_of(post_lines(cpas, lines)) == [("schemaViolation", "body", name)]


def test_an_unknown_way_of_asking_for_all_or_nothing_is_refused(cpas, decision, new_ssin):
    answer = post_lines(cpas, decision(new_ssin()), query="?atomic=1")

    assert issues_of(answer) == [("schemaViolation", "query", "atomic")]


def test_lines_are_taken_by_no_other_call(cpas, decision, new_ssin):
    answer = cpas.http.post(
        f"{PREFIX}/decisions",
        json.dumps(decision(new_ssin())),
        content_type="application/x-ndjson",
        headers={"Authorization": f"Bearer {cpas.token}"},
    )

    assert answer.status_code == 415


@pytest.mark.parametrize("as_lines", [False, True])
def test_sent_twice_it_counts_once(cpas, decision, new_ssin, as_lines):
    items = [decision(new_ssin()), decision(new_ssin())]

    def send() -> Any:
        if as_lines:
            return post_lines(cpas, *items, Idempotency_Key="a")
        return cpas.post(PATH, {"items": items}, Idempotency_Key="a")

    first, second = send(), send()

    assert second["Idempotency-Replayed"] == "true"
    assert second.json() == first.json()
    assert Decision.objects.count() == 2


def test_another_cpas_may_attest_the_same(cpas, other_cpas, decision, new_ssin):
    item = decision(new_ssin())
    cpas.post(PATH, {"items": [item]})

    task = other_cpas.post(PATH, {"items": [item]}).json()

    assert task["accepted"] == 1
    assert cpas.get(f"/tasks/{task['taskId']}").status_code == 404


def test_no_fate_repeats_a_ssin(cpas, decision):
    ssin = "85710512300"
    item = decision(ssin, aidKind=ssin, reference=[ssin], **{ssin: 1})

    answer = cpas.post(PATH, {"items": [item, item | {"decidedOn": ssin}]})

    assert answer.status_code == 202
    assert ssin not in answer.content.decode()


def test_thousands_in_one_call(cpas, decision, new_ssin):
    items = [decision(new_ssin()) for _ in range(999)]

    task = post_lines(cpas, *items, *items[:1]).json()

    assert (task["accepted"], task["rejected"]) == (999, 1)
    assert fates(task) == {999: ["startDate"]}


@pytest.mark.parametrize("lines", [False, True])
def test_of_an_item_that_is_wrong_in_many_ways_the_first_ones_are_told(
    cpas, decision, new_ssin, lines
):
    wrong = decision(new_ssin()) | {f"property{number}": number for number in range(5_000)}
    items = [wrong, decision(new_ssin())]

    answer = post_lines(cpas, *items) if lines else cpas.post(PATH, {"items": items})

    task = answer.json()
    assert (task["accepted"], task["rejected"]) == (1, 1)
    (fate,) = task["issues"]
    assert [issue["name"] for issue in fate["issues"]] == [f"property{at}" for at in range(10)]
    assert len(cpas.post("/decisions", wrong).json()["issues"]) == 100


@pytest.mark.parametrize(("blank", "status"), [(99_999, 202), (200_000, 400)])
def test_blank_lines_are_passed_over_but_not_without_end(cpas, decision, new_ssin, blank, status):
    body = b"\n" * blank + json.dumps(decision(new_ssin())).encode()

    answer = post_lines(cpas, body)

    assert answer.status_code == status
    if status == 400:
        assert issues_of(answer) == [("schemaViolation", "body", "body")]
    assert Decision.objects.count() == (status == 202)
