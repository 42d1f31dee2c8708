"""Facts from authentic sources by the batch: each judged by itself, dated, and never edited."""

from __future__ import annotations

import json

import pytest
from django.db import DatabaseError, connection

from attestations.models import FactChange, HouseholdStatement, PersonFact, PersonNumber
from tests.api.conftest import issues_of
from tests.api.test_concurrency import at_once

pytestmark = pytest.mark.django_db

PATH = "/personFacts/batches"
CODES = ["92094", "21004", "44021", "62063", "53053", "11002"]


@pytest.fixture
def fact(new_ssin):
    """One good item of each fact; `changes` win, None takes away."""
    goods = {
        "birthDate": {"value": "1985-03-07"},
        "residence": {"municipalityCode": "92094", "startDate": "2020-01-01"},
        "household": {"members": [], "startDate": "2020-01-01"},
        "increasedIntervention": {"startDate": "2026-01-01", "endDate": "2026-12-31"},
        "paidAmount": {"aidKind": "integrationIncome", "month": "2026-03", "amountEuroCent": 9},
        "residencePermit": {"value": "B", "startDate": "2020-01-01"},
        "foreignInsurance": {"value": False, "startDate": "2015-01-01"},
        "death": {"value": "2026-03-07"},
    }

    def make(kind, **changes):
        item = {"ssin": new_ssin(), "fact": kind, "source": "nationalRegister"} | goods[kind]
        return {name: value for name, value in (item | changes).items() if value is not None}

    make.kinds = list(goods)
    return make


@pytest.fixture
def send(federal):
    """Send items; the task."""

    def make(*items, **envelope):
        answer = federal.post(PATH, {"items": list(items)} | envelope)
        assert answer.status_code == 202, answer.content
        return answer.json()

    return make


def fates(task):
    return {
        one["index"]: [(issue["type"].rpartition(":")[2], issue["name"]) for issue in one["issues"]]
        for one in task["issues"]
    }


def test_every_kind_of_fact_is_stored_with_its_source(send, federal, fact):
    task = send(*(fact(kind) for kind in fact.kinds))

    assert (task["status"], task["accepted"], task["rejected"]) == ("done", 8, 0)
    stored = {row.kind: row for row in PersonFact.objects.all()}
    assert stored.keys() == set(fact.kinds)
    assert {row.source for row in stored.values()} == {"nationalRegister"}
    assert {kind: row.value for kind, row in stored.items()} == {
        "birthDate": {"date": "1985-03-07"},
        "residence": {"municipalityCode": "92094"},
        "household": {},
        "increasedIntervention": {},
        "paidAmount": {"amountEuroCent": 9},
        "residencePermit": {"permit": "B"},
        "foreignInsurance": {"holds": False},
        "death": {"date": "2026-03-07"},
    }
    assert str(stored["increasedIntervention"].period.last_day) == "2026-12-31"
    assert str(stored["paidAmount"].period.last_day) == "2026-03-31"
    assert stored["birthDate"].period is None
    assert stored["residence"].period.is_open
    assert federal.get(f"/tasks/{task['taskId']}").json() == task


@pytest.mark.parametrize(
    ("kind", "changes", "issue"),
    [
        ("birthDate", {"value": "2999-01-01"}, ("outOfRange", "value")),
        ("birthDate", {"startDate": "2020-01-01"}, ("unknownInput", "startDate")),
        ("birthDate", {"source": None}, ("schemaViolation", "source")),
        ("birthDate", {"fact": "shoeSize"}, ("schemaViolation", "fact")),
        ("birthDate", {"fact": ["death"]}, ("schemaViolation", "fact")),
        ("birthDate", {"ssin": "85710512300"}, ("invalidInput", "ssin")),
        ("birthDate", {"source": "85.71.05-123.69"}, ("rejectedInput", "source")),
        (
            "residence",
            {"municipalityCode": "99999"},
            ("referencedResourceNotFound", "municipalityCode"),
        ),
        ("residence", {"endDate": "2019-12-31"}, ("invalidPeriod", "endDate")),
        ("household", {"members": None}, ("schemaViolation", "members")),
        (
            "household",
            {"members": [{"ssin": "85710512369", "relation": "cat"}]},
            ("schemaViolation", "members[0].relation"),
        ),
        ("paidAmount", {"amountEuroCent": -1}, ("schemaViolation", "amountEuroCent")),
        ("paidAmount", {"month": "2026-13"}, ("schemaViolation", "month")),
        ("residencePermit", {"value": "B 85710512369"}, ("rejectedInput", "value")),
        ("death", {"value": None}, ("schemaViolation", "value")),
    ],
    ids=str,
)
def test_a_bad_item_is_named_and_spoils_no_other(send, fact, kind, changes, issue):
    task = send(fact("birthDate"), fact(kind, **changes), fact("death"))

    assert (task["accepted"], task["rejected"]) == (2, 1)
    assert fates(task) == {1: [issue]}
    assert set(PersonFact.objects.values_list("kind", flat=True)) == {"birthDate", "death"}


def test_a_household_names_nobody_twice(send, fact, new_ssin):
    ssin = new_ssin()
    member = {"ssin": new_ssin(), "relation": "child"}

    task = send(
        fact("household", members=[member, member]),
        fact("household", ssin=ssin, members=[{"ssin": ssin, "relation": "other"}]),
    )

    assert fates(task) == {0: [("invalidInput", "members")], 1: [("invalidInput", "members")]}


def test_an_atomic_batch_is_all_or_nothing(send, fact):
    task = send(fact("death"), "no object", atomic=True)

    assert (task["status"], task["accepted"], task["rejected"]) == ("failed", 0, 2)
    assert not PersonFact.objects.exists()


def test_an_envelope_that_cannot_be_read_is_refused_at_once(federal):
    assert issues_of(federal.post(PATH, {"items": []})) == [("schemaViolation", "body", "items")]


def test_only_who_may_claim_may_state_facts(cpas, recipient_for, fact):
    for caller in (cpas, recipient_for("recipient", "bim")):
        assert caller.post(PATH, {"items": [fact("death")]}).status_code == 403
    assert not PersonFact.objects.exists()


def test_a_later_item_for_the_same_period_replaces_the_earlier(send, fact, new_ssin):
    ssin = new_ssin()
    send(fact("residence", ssin=ssin))
    send(fact("residence", ssin=ssin, municipalityCode="21004"))
    send(fact("residence", ssin=ssin, municipalityCode="44021", source="another"))

    old, new, other = PersonFact.objects.order_by("id")
    assert old.superseded_at == new.recorded_at
    assert new.superseded_at is other.superseded_at is None


def test_within_one_batch_the_last_item_stands(send, fact, new_ssin):
    ssin = new_ssin()

    task = send(*(fact("birthDate", ssin=ssin, value=f"1985-03-0{day}") for day in (1, 2, 3)))

    assert task["accepted"] == 3
    assert PersonFact.objects.count() == 3
    assert PersonFact.objects.get(superseded_at=None).value == {"date": "1985-03-03"}


def test_amounts_of_two_kinds_of_aid_stand_side_by_side(send, fact, new_ssin):
    ssin = new_ssin()
    send(fact("paidAmount", ssin=ssin), fact("paidAmount", ssin=ssin, aidKind="otherSocialAid"))

    assert PersonFact.objects.filter(superseded_at=None).count() == 2


def test_saying_it_again_changes_nothing(send, fact, new_ssin):
    ssin, member = new_ssin(), {"ssin": new_ssin(), "relation": "child"}
    items = [fact(kind, ssin=ssin) for kind in fact.kinds if kind != "household"]
    items.append(fact("household", ssin=ssin, members=[member]))
    send(*items)
    changes = FactChange.objects.count()

    assert send(*items)["accepted"] == 8

    assert PersonFact.objects.count() == 8
    assert HouseholdStatement.objects.count() == 1
    assert FactChange.objects.count() == changes


def test_everybody_concerned_enters_the_ledger_once_and_nobody_is_told(send, fact, new_ssin):
    members = [{"ssin": new_ssin(), "relation": "child"} for _ in range(2)]

    send(fact("household", members=members), fact("death"))

    changes = FactChange.objects.all()
    assert {change.kind for change in changes} == {"fact"}
    assert len({change.person_id for change in changes}) == len(changes) == 4
    assert all(change.routed_at and not change.derived_at for change in changes)


def test_no_table_of_facts_holds_a_number(send, fact, new_ssin):
    members = [{"ssin": new_ssin(), "relation": "partner"}]
    items = [fact(kind) for kind in fact.kinds] + [fact("household", members=members)]
    send(*items)

    numbers = {item["ssin"] for item in items} | {members[0]["ssin"]}
    assert PersonNumber.objects.count() == len(numbers) == 10
    with connection.cursor() as cursor:
        for table in ("personfact", "householdstatement", "factchange", "backgroundtask"):
            cursor.execute(f"SELECT to_jsonb(t)::text FROM attestations_{table} AS t")
            rows = "".join(row for (row,) in cursor.fetchall())
            assert rows
            assert not [number for number in numbers if number in rows]


@pytest.mark.parametrize(
    "change",
    ["UPDATE attestations_personfact SET value = '{}'", "DELETE FROM attestations_personfact"],
)
def test_what_was_stated_is_never_edited(send, fact, change):
    send(fact("residence"))

    with pytest.raises(DatabaseError, match="history"), connection.cursor() as cursor:
        cursor.execute(change)


def test_a_retry_gives_the_same_answer(federal, fact):
    body = {"items": [fact("death")]}
    answers = [federal.post(PATH, body, Idempotency_Key="one") for _ in range(2)]

    assert json.loads(answers[0].content) == json.loads(answers[1].content)
    assert answers[1]["Idempotency-Replayed"] == "true"
    assert PersonFact.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_batches_that_state_the_same_at_once_one_stands_and_none_is_lost(
    federal, fact, new_ssin
):
    ssins = [new_ssin() for _ in range(20)]

    def batch(number):
        items = [fact("residence", ssin=ssin, municipalityCode=CODES[number]) for ssin in ssins]
        rotated = items[number * 3 :] + items[: number * 3]
        return lambda: federal.post(PATH, {"items": rotated}).json()["accepted"]

    assert at_once([batch(number) for number in range(len(CODES))]) == [20] * len(CODES)

    assert PersonNumber.objects.count() == 20
    assert PersonFact.objects.count() == 20 * len(CODES)
    standing = PersonFact.objects.filter(superseded_at=None)
    assert standing.count() == standing.values("person").distinct().count() == 20
    for person in standing.values_list("person", flat=True):
        rows = list(PersonFact.objects.filter(person=person).order_by("recorded_at"))
        assert [one.superseded_at for one in rows[:-1]] == [one.recorded_at for one in rows[1:]]


def test_of_a_fact_that_is_wrong_in_many_ways_the_first_ones_are_told(send, fact):
    wrong = fact("death") | {f"property{number}": number for number in range(5_000)}

    task = send(wrong, fact("death"))

    assert (task["accepted"], task["rejected"]) == (1, 1)
    assert fates(task) == {0: [("unknownInput", f"property{at}") for at in range(10)]}
