"""Rights of many persons at once: asked, answered by parts, read as a stream, sealed meanwhile."""

from __future__ import annotations

import json
import uuid
from datetime import date, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from attestations.models import AccessLogEntry
from attestations.periods import Span
from partners.api import questions
from partners.models import Authorisation, QuestionPart
from partners.services import answering
from tests.api.conftest import issues_of
from tests.partners.test_withheld import LONG_AGO, rewrite

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    monkeypatch.setattr(answering, "PART", 2)


@pytest.fixture
def recipient(recipient_for):
    return recipient_for("recipient", "bim")


@pytest.fixture
def entitled(recipient, cpas, decision, new_ssin):
    """Three persons with the right, of whom the recipient holds files; and a stranger with it."""
    ssins = [new_ssin() for _ in range(4)]
    for ssin in ssins:
        cpas.post("/decisions", decision(ssin))
    for ssin in ssins[:3]:
        recipient.inscribe(ssin)
    return ssins


def question(recipient, **changes):
    return {"legalContext": recipient.legal_context, "rights": ["bim"], "date": "2026-07-01"} | (
        changes
    )


def work():
    while answering.answer_part():
        pass


def read(recipient, task):
    """The lines of the answer, by way of the task."""
    found = recipient.get(f"/tasks/{task['taskId']}").json()
    assert found["status"] == "done"
    answer = recipient.get(found["result"]["href"].removeprefix("/registry/v1"))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/x-ndjson"
    return [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]


def test_the_answer_is_that_of_the_question_about_a_few(recipient, entitled):
    body = question(recipient, ssins=entitled)
    expected = recipient.post("/rights/query", body).json()["items"]

    asked = recipient.post("/rights/query/batches", body)
    assert asked.status_code == 202
    assert asked["Location"] == f"/registry/v1/tasks/{asked.json()['taskId']}"
    assert asked.json()["status"] == "processing"
    work()

    assert read(recipient, asked.json()) == expected
    outcomes = [item["outcome"] for item in expected]
    assert outcomes == ["applies", "applies", "applies", "notAvailable"]


def test_lines_of_json_do_as_well(recipient, entitled):
    lines = [question(recipient), *({"ssin": ssin} for ssin in entitled)]
    body = "\n".join(json.dumps(line) for line in lines)

    asked = recipient.post_lines("/rights/query/batches", f"{body}\n\n".encode())
    work()

    assert [item["ssin"] for item in read(recipient, asked.json())] == entitled


def test_the_task_tells_how_far_it_is(recipient, entitled):
    task = recipient.post("/rights/query/batches", question(recipient, ssins=entitled)).json()
    answering.answer_part()

    half = recipient.get(f"/tasks/{task['taskId']}").json()

    assert (half["status"], half["total"], half["accepted"]) == ("processing", 4, 2)
    assert "pollAfter" in half
    assert recipient.get(f"/rights/query/batches/{task['taskId']}").status_code == 404


def test_what_is_no_ssin_is_named_by_its_index(recipient, entitled):
    bad = ["1", "8571051236X", entitled[0][:10] + str((int(entitled[0][10]) + 1) % 10)]
    ssins = [entitled[0], *bad, entitled[1]]

    task = recipient.post("/rights/query/batches", question(recipient, ssins=ssins)).json()
    work()

    found = recipient.get(f"/tasks/{task['taskId']}").json()
    assert (found["accepted"], found["rejected"]) == (2, 3)
    assert [issue["index"] for issue in found["issues"]] == [1, 2, 3]
    assert len(read(recipient, task)) == 2
    assert not any(text in json.dumps(found) for text in bad[1:])


def test_every_person_leaves_a_line_in_the_access_log(recipient, entitled):
    AccessLogEntry.objects.all()
    asked = recipient.post("/rights/query/batches", question(recipient, ssins=entitled))
    work()

    lines = AccessLogEntry.objects.filter(operation="queryRightsBatch")
    assert lines.count() == 4
    assert lines.filter(served=True).count() == 3
    assert set(lines.values_list("legal_context", flat=True)) == {recipient.legal_context}
    assert {str(line.ticket) for line in lines} == {asked["BelGov-Trace-Id"]}


def test_no_ssin_lies_in_clear_before_or_after(recipient, entitled):
    def stored() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SELECT p::text FROM partners_questionpart p")
            rows = [row[0] for row in cursor.fetchall()]
            cursor.execute("SELECT t::text FROM attestations_backgroundtask t")
            return "".join(rows + [row[0] for row in cursor.fetchall()])

    recipient.post("/rights/query/batches", question(recipient, ssins=entitled))
    waiting = stored()
    work()

    for ssin in entitled:
        for text in (ssin, ssin.encode().hex()):
            assert text not in waiting
            assert text not in stored()
    assert not QuestionPart.objects.exclude(sealed_ssins=None).exists()


def test_a_question_whose_authorisation_ends_is_broken_off(recipient, entitled):
    task = recipient.post("/rights/query/batches", question(recipient, ssins=entitled)).json()
    answering.answer_part()
    rewrite(recipient, period=LONG_AGO)
    work()

    assert recipient.get(f"/tasks/{task['taskId']}").json()["status"] == "failed"
    assert not QuestionPart.objects.exists()
    assert AccessLogEntry.objects.filter(operation="queryRightsBatch").count() == 2


def test_an_answer_is_closed_once_the_authorisation_has_ended(recipient, entitled):
    task = recipient.post("/rights/query/batches", question(recipient, ssins=entitled)).json()
    work()
    rewrite(recipient, period=LONG_AGO)

    assert recipient.get(f"/rights/query/batches/{task['taskId']}").status_code == 403


def test_an_answer_is_kept_for_seven_days(recipient, entitled):
    task = recipient.post("/rights/query/batches", question(recipient, ssins=entitled)).json()
    work()

    assert answering.throw_away(now=timezone.now() + timedelta(days=6)) == 0
    assert answering.throw_away(now=timezone.now() + timedelta(days=8)) == 1

    assert recipient.get(f"/rights/query/batches/{task['taskId']}").status_code == 404


def test_an_answer_is_its_askers_alone(recipient, recipient_for, entitled):
    task = recipient.post("/rights/query/batches", question(recipient, ssins=entitled)).json()
    work()
    other = recipient_for("other", "bim")

    assert other.get(f"/rights/query/batches/{task['taskId']}").status_code == 404
    assert other.get(f"/tasks/{task['taskId']}").status_code == 404


@pytest.mark.parametrize(
    ("changes", "issue"),
    [
        ({"ssins": []}, ("schemaViolation", "body", "ssins")),
        ({"ssins": "x"}, ("schemaViolation", "body", "ssins")),
        ({"date": None}, ("schemaViolation", "body", "date")),
        ({"period": {"startDate": "2026-01-01"}}, ("requiredInput", "body", "date")),
        ({"rights": ["x"]}, ("referencedResourceNotFound", "body", "rights[0]")),
        ({"ssin": "1"}, ("unknownInput", "body", "ssin")),
    ],
    ids=str,
)
def test_a_question_that_is_none_is_refused_at_once(recipient, changes, issue):
    body = question(recipient, ssins=["85710512369"]) | changes

    assert issues_of(recipient.post("/rights/query/batches", body)) == [issue]
    assert not QuestionPart.objects.exists()


@pytest.mark.parametrize("first", [b"[]", b"{", b"", b'"x"', b"\xff"])
def test_lines_without_a_question_are_refused(recipient, first):
    body = first + b'\n{"ssin": "85710512369"}'

    assert recipient.post_lines("/rights/query/batches", body).status_code in (400, 403)


def test_the_purpose_comes_first(recipient, recipient_for):
    other = recipient_for("other", "bim")
    body = question(recipient, ssins=["85710512369"])

    assert other.post("/rights/query/batches", body).status_code == 403
    lines = json.dumps(question(recipient) | {"legalContext": "x"}).encode()
    assert other.post_lines("/rights/query/batches", lines).status_code == 403


def test_more_than_a_million_are_refused(recipient, monkeypatch):
    monkeypatch.setattr("partners.api.questions.MAX_PERSONS", 3)
    body = question(recipient, ssins=["85710512369"] * 4)

    assert issues_of(recipient.post("/rights/query/batches", body)) == [
        ("schemaViolation", "body", "ssins")
    ]


def test_the_numbers_are_sealed_part_by_part(recipient, new_ssin):
    """Whoever sends a million holds no more than a part of them in memory as texts."""
    ssins = [new_ssin() for _ in range(7)]
    ahead = []

    def counted():
        for taken, ssin in enumerate(ssins, start=1):
            ahead.append(taken - sum(QuestionPart.objects.values_list("persons", flat=True)))
            yield ssin

    authorisation = Authorisation.objects.get(legal_context=recipient.legal_context)
    asked = answering.Question(["bim"], Span(date(2026, 7, 1), date(2026, 7, 2)), None)
    task = answering.ask(authorisation, asked, counted(), owner="x", ticket=uuid.uuid4())

    assert max(ahead) == answering.PART
    parts = QuestionPart.objects.order_by("number").values_list("first_index", "persons")
    assert list(parts) == [(0, 2), (2, 2), (4, 2), (6, 1)]
    assert task.total == 7


@pytest.mark.parametrize("persons", [0, 4])
def test_none_or_too_many_lines_leave_nothing_behind(recipient, new_ssin, monkeypatch, persons):
    monkeypatch.setattr(questions, "MAX_PERSONS", 3)
    lines = [question(recipient), *({"ssin": new_ssin()} for _ in range(persons))]

    answer = recipient.post_lines(
        "/rights/query/batches", "\n".join(map(json.dumps, lines)).encode()
    )

    assert answer.status_code == 400
    assert [name for _type, _where, name in issues_of(answer)] == ["ssins"]
    assert not QuestionPart.objects.exists()
