"""In how many households one person can be named: one bound, whatever the way in."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attestations.models import Cpas, Person
from attestations.services.import_lines import Source
from attestations.services.imports import import_file
from tests.attestations.decision_files import write

pytestmark = pytest.mark.django_db
MOST = 3


@pytest.fixture(autouse=True)
def few_are_enough(settings):
    settings.HOUSEHOLDS_PER_MEMBER = MOST


class Ways:
    """Each way to state a household; says which members were refused, by name, and in what words.

    The period is of a year of its own each time, so that nothing else stands in the way.
    """

    def __init__(self, cpas, federal, decision, folder) -> None:
        self.cpas, self.federal, self.decision, self.folder = cpas, federal, decision, folder
        self.year = 1980

    def body(self, ssin: str, *members: str, **changes: Any) -> dict[str, Any]:
        self.year += 1
        days = {"startDate": f"{self.year}-01-01", "endDate": f"{self.year}-12-31"}
        household = [{"ssin": one, "relation": "child"} for one in members]
        days["decidedOn"] = days["startDate"]
        return self.decision(ssin, **days, household=household, **changes)

    def single(self, *named: str) -> list[tuple[str, str]]:
        return self._refusals(self.cpas.post("/decisions", self.body(*named)))

    def preview(self, *named: str) -> list[tuple[str, str]]:
        return self._refusals(self.cpas.post("/decisions/preview", self.body(*named)))

    def revision(self, *named: str) -> list[tuple[str, str]]:
        body = self.body(*named, reason="who lives there was found out")
        alone = {name: body[name] for name in body if name not in ("household", "reason")}
        recorded = self.cpas.post("/decisions", alone).json()["decisionId"]
        path, version = f"/decisions/{recorded}/revisions", '"1"'
        revised = {name: body[name] for name in body if name != "ssin"}
        return self._refusals(self.cpas.post(path, revised, If_Match=version))

    def items(self, *named: str) -> list[tuple[str, str]]:
        return self._fates(self.cpas.post("/decisions/batches", {"items": [self.body(*named)]}))

    def all_or_nothing(self, *named: str) -> list[tuple[str, str]]:
        items = [self.body(*named), self.body(named[0])]
        return self._fates(self.cpas.post("/decisions/batches", {"items": items, "atomic": True}))

    def file(self, *named: str) -> list[tuple[str, str]]:
        line = self.body(*named)
        path = write(self.folder / f"{self.year}.ndjson", line)
        done = import_file(
            Source(path, "ndjson", Cpas.objects.get().pk, {}), report=lambda *_: None
        )
        return [(one["name"], one["detail"]) for row in done.refused.all() for one in row.issues]

    def fact(self, *named: str, **envelope: Any) -> list[tuple[str, str]]:
        body = self.body(*named)
        item = {"ssin": body["ssin"], "fact": "household", "source": "nationalRegister"}
        item |= {"members": body["household"], "startDate": body["startDate"]}
        answer = self.federal.post("/personFacts/batches", {"items": [item], **envelope})
        return [
            (name.replace("members", "household"), detail) for name, detail in self._fates(answer)
        ]

    def fact_or_nothing(self, *named: str) -> list[tuple[str, str]]:
        return self.fact(*named, atomic=True)

    def _refusals(self, answer: Any) -> list[tuple[str, str]]:
        assert answer.status_code in (200, 201, 400), answer.content
        return [(one["name"], one["detail"]) for one in answer.json().get("issues", [])]

    def _fates(self, answer: Any) -> list[tuple[str, str]]:
        assert answer.status_code == 202, answer.content
        fates = answer.json()["issues"]
        return [(one["name"], one["detail"]) for fate in fates for one in fate["issues"]]


WAYS = [name for name in vars(Ways) if not name.startswith("_") and name != "body"]
STATES = [name for name in WAYS if name != "preview"]


@pytest.fixture
def ways(cpas, federal, decision, tmp_path):
    return Ways(cpas, federal, decision, tmp_path)


@pytest.fixture
def replace(federal):
    def make(old: str, new: str) -> None:
        body = {"ssin": old, "replacedBy": new, "date": "2026-04-01"}
        assert federal.post("/ssinReplacements", body).status_code == 201

    return make


@pytest.fixture
def full(ways, new_ssin):
    """A child whom MOST households name; and one of those who name it."""
    child, first = new_ssin(), new_ssin()
    assert ways.single(first, child) == []
    for _ in range(MOST - 1):
        assert ways.fact(new_ssin(), new_ssin(), child) == []
    return child, first


def counted() -> int:
    """Pairs of persons, one of whom stands in the household of the other."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(DISTINCT (coalesce(one.merged_into_id, one.id),"
            "                       coalesce(other.merged_into_id, other.id)))"
            " FROM attestations_householdstatement AS stated"
            " JOIN attestations_person AS one ON one.id = subject_id"
            " JOIN attestations_person AS other ON other.id = member_id"
            " WHERE superseded_at IS NULL"
        )
        (found,) = cursor.fetchone()
    return found


@pytest.mark.parametrize("way", WAYS)
def test_nobody_is_named_in_one_household_more_than_may_be(ways, full, new_ssin, way):
    child, _ = full
    stranger, before = new_ssin(), counted()

    ((name, detail),) = getattr(ways, way)(new_ssin(), stranger, child)

    assert name == "household[1].ssin"
    assert "at least 3 other persons" in detail
    assert "check the number" in detail
    assert child not in detail
    assert counted() == before


@pytest.mark.parametrize("way", [way for way in WAYS if way != "revision"])
def test_what_is_refused_leaves_not_even_a_number_behind(ways, full, new_ssin, way):
    child, _ = full
    before = Person.objects.count()

    assert getattr(ways, way)(new_ssin(), new_ssin(), child)

    assert Person.objects.count() == before


@pytest.mark.parametrize("way", STATES)
def test_the_last_one_that_may_be_is_taken(ways, new_ssin, way):
    child = new_ssin()
    for _ in range(MOST):
        assert getattr(ways, way)(new_ssin(), child) == []

    assert counted() == MOST


@pytest.mark.parametrize("way", WAYS)
def test_the_same_person_may_name_the_same_member_again(ways, full, settings, way):
    """A renewal, another kind of aid, another source; also when less is allowed now."""
    child, first = full
    for most in (MOST, 1):
        settings.HOUSEHOLDS_PER_MEMBER = most

        assert getattr(ways, way)(first, child) == []

    assert counted() == 1 + 2 * (MOST - 1)


@pytest.mark.parametrize("way", STATES)
def test_many_statements_about_one_household_count_once(ways, new_ssin, way):
    child, parent = new_ssin(), new_ssin()
    for _ in range(MOST + 2):
        assert getattr(ways, way)(parent, child) == []

    assert getattr(ways, way)(new_ssin(), child) == []


@pytest.mark.parametrize("way", WAYS)
def test_merged_persons_are_one(ways, full, replace, new_ssin, way):
    """Two of the persons who name the child turn out to be one, and the child has two numbers."""
    child, first = full
    other_number, second = new_ssin(), new_ssin()
    assert ways.single(second, other_number) == []
    replace(other_number, child)  # from here on the child is in MOST + 1 households
    assert [name for name, _ in getattr(ways, way)(new_ssin(), child)] == ["household[0].ssin"]
    assert getattr(ways, way)(second, child) == []

    replace(second, first)  # in MOST
    assert [name for name, _ in getattr(ways, way)(new_ssin(), other_number)] == [
        "household[0].ssin"
    ]
    assert getattr(ways, way)(second, other_number) == []
    assert getattr(ways, way)(first, child) == []


def test_who_is_taken_out_of_a_household_makes_room(ways, cpas, new_ssin):
    child = new_ssin()
    recorded = [
        cpas.post("/decisions", ways.body(new_ssin(), child)).json()["decisionId"]
        for _ in range(MOST)
    ]
    stop = {"endDate": f"{ways.year}-02-01", "reason": "moved"}
    assert cpas.post(f"/decisions/{recorded[-1]}/stop", stop, If_Match='"1"').status_code == 200
    assert ways.single(new_ssin(), child) != []  # stopped, and true for its days

    path = f"/decisions/{recorded[0]}/cancellation"
    assert cpas.post(path, {"reason": "never so"}, If_Match='"1"').status_code == 200

    assert ways.single(new_ssin(), child) == []
    assert ways.single(new_ssin(), child) != []


def test_a_revision_that_says_nothing_of_the_household_leaves_it(ways, cpas, full, settings):
    child, first = full
    body = ways.body(first, child)
    recorded = cpas.post("/decisions", body).json()["decisionId"]
    settings.HOUSEHOLDS_PER_MEMBER = 1
    content = {name: body[name] for name in body if name not in ("ssin", "household")}

    path, reason = f"/decisions/{recorded}/revisions", {"reason": "another day"}
    answer = cpas.post(path, content | reason, If_Match='"1"')

    assert answer.status_code == 200
    assert cpas.get(f"/decisions/{recorded}").json()["household"] == body["household"]


@pytest.mark.parametrize("atomic", [False, True])
def test_of_a_batch_the_first_ones_win(ways, cpas, new_ssin, atomic):
    child = new_ssin()
    items = [ways.body(new_ssin(), child) for _ in range(MOST + 2)]
    items.insert(1, ways.body(items[0]["ssin"], child))  # takes no room

    task = cpas.post("/decisions/batches", {"items": items, "atomic": atomic}).json()

    assert [one["index"] for one in task["issues"]] == [MOST + 1, MOST + 2]
    assert task["accepted"] == (0 if atomic else MOST + 1)
    assert counted() == (0 if atomic else MOST)


@pytest.mark.parametrize("atomic", [False, True])
def test_of_a_batch_of_facts_the_first_ones_win(federal, new_ssin, atomic):
    child = new_ssin()
    household = {"fact": "household", "source": "x", "startDate": "2026-01-01"}
    items = [
        household | {"ssin": new_ssin(), "members": [{"ssin": child, "relation": "child"}]}
        for _ in range(MOST + 1)
    ]
    # The first one takes it back: that makes room for one more, and for no other.
    items += [items[0] | {"members": []}, items[-1], items[0]]

    batch = {"items": items, "atomic": atomic}
    task = federal.post("/personFacts/batches", batch).json()

    assert [one["index"] for one in task["issues"]] == [MOST, MOST + 3]
    assert task["status"] == ("failed" if atomic else "done")
    assert (task["accepted"], task["rejected"]) == ((0, MOST + 4) if atomic else (MOST + 2, 2))
    assert counted() == (0 if atomic else MOST)


def test_a_placeholder_in_a_file_is_named_at_each_line_that_is_refused(ways, cpas, new_ssin):
    """More of them than a part has lines, beside lines that are right."""
    child = new_ssin()
    lines = [ways.body(new_ssin(), child if at % 2 else new_ssin()) for at in range(30)]
    path = write(ways.folder / "placeholder.ndjson", *lines)
    source = Source(path, "ndjson", Cpas.objects.get().pk, {})

    done = import_file(source, report=lambda *_: None, chunk=4)

    assert [row.line for row in done.refused.all()] == [at + 1 for at in range(30) if at % 2][MOST:]
    assert {one["name"] for row in done.refused.all() for one in row.issues} == {
        "household[0].ssin"
    }
    assert counted() == 15 + MOST


@pytest.mark.parametrize("language", ["fr", "nl", "de", "en"])
def test_the_refusal_is_told_in_the_language_of_the_caller(ways, cpas, full, new_ssin, language):
    child, _ = full
    body = ways.body(new_ssin(), child)

    answer = cpas.post("/decisions", body, Accept_Language=language)

    (issue,) = answer.json()["issues"]
    assert issue["type"].endswith(":rejectedInput")
    assert "3" in issue["detail"]
    assert ("already named" in issue["detail"]) == (language == "en")


def test_a_household_costs_a_recording_three_statements(ways, cpas, full, new_ssin):
    """One asks about all members, two write."""
    child, first = full

    def statements(*members: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert cpas.post("/decisions", ways.body(first, *members)).status_code == 201
        return len(captured)

    other = new_ssin()
    assert ways.single(first, other) == []
    assert statements(child, other) == statements() + 3
