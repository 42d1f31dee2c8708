"""What stands around every answer: tickets, languages, caches, methods and media types."""

from __future__ import annotations

import gzip
import json
import uuid
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone
from oauth2_provider.models import AccessToken

from attestations.models import Decision
from partners.api import reference
from partners.models import Client
from tests.conftest import PREFIX

pytestmark = pytest.mark.django_db


def problem(answer) -> tuple[int, str]:
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == answer.status_code
    assert body["instance"] == f"urn:uuid:{answer['BelGov-Trace-Id']}"
    return answer.status_code, body["type"].rpartition(":")[2]


def test_every_answer_has_a_ticket_of_its_own(cpas):
    first, second = cpas.get("/refData/rights"), cpas.get("/refData/rights")

    tickets = {uuid.UUID(answer["BelGov-Trace-Id"]) for answer in (first, second)}
    assert len(tickets) == 2
    assert "BelGov-Related-Trace-Id" not in first


@pytest.mark.parametrize(
    "own", ["01234567-8901-4234-8567-890123456789", "case-2026-11-23-0001-42", "a" * 36]
)
def test_the_callers_own_ticket_comes_back(cpas, own):
    answer = cpas.get("/refData/rights", BelGov_Trace_Id=own)

    assert answer["BelGov-Related-Trace-Id"] == own
    assert answer["BelGov-Trace-Id"] != own


@pytest.mark.parametrize("own", ["a" * 37, "two words", "85710512369", "no-85.71.05-123.69"])
def test_a_ticket_that_cannot_be_one_does_not_come_back(cpas, own):
    assert "BelGov-Related-Trace-Id" not in cpas.get("/refData/rights", BelGov_Trace_Id=own)


@pytest.mark.parametrize(
    ("asked", "given"),
    [("fr", "fr"), ("fr-BE", "fr"), ("nl-BE,nl;q=0.9", "nl"), ("de", "de"), ("es", "en")],
)
def test_the_language_is_the_callers_as_far_as_we_speak_it(cpas, asked, given):
    answer = cpas.get("/refData/rights", Accept_Language=asked)

    assert answer["Content-Language"] == given
    assert "Accept-Language" in answer["Vary"]


@pytest.mark.parametrize("path", ["/refData/rights", "/nowhere", "/decisions"])
def test_no_answer_is_kept_on_the_way_and_none_sets_a_cookie(cpas, path):
    answer = cpas.get(path)

    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'self'" in answer["Content-Security-Policy"]
    assert "Content-Language" in answer
    assert not answer.cookies


@pytest.mark.parametrize("path", ["/decisions/query", "/decisions/batches"])
def test_a_body_comes_as_it_is(cpas, decision, new_ssin, path):
    body = {"ssin": new_ssin()} if path.endswith("query") else {"items": [decision(new_ssin())]}
    packed = gzip.compress(json.dumps(body).encode())
    lines = json.dumps(decision(new_ssin())).encode()

    assert problem(cpas.post(path, packed, Content_Encoding="gzip")) == (
        415,
        "unsupportedMediaType",
    )
    assert cpas.post(path, body, Content_Encoding="identity").status_code in {200, 202}
    refused = cpas.post_lines("/decisions/batches", lines, Content_Encoding="br")
    assert problem(refused) == (415, "unsupportedMediaType")


def test_a_route_that_is_not_there_is_a_problem(cpas):
    assert problem(cpas.get("/nowhere")) == (404, "resourceNotFound")


def test_a_path_with_a_ssin_is_not_repeated(cpas):
    answer = cpas.get("/rights/85710512369")

    assert problem(answer) == (404, "resourceNotFound")
    assert b"85710512369" not in answer.content


def test_another_method_is_refused_with_those_that_work(cpas):
    answer = cpas.delete("/decisions")

    assert problem(answer) == (405, "methodNotAllowed")
    assert answer["Allow"] == "POST, OPTIONS"


def test_only_json_is_answered(cpas):
    assert problem(cpas.get("/refData/rights", Accept="text/html")) == (406, "notAcceptable")


def test_only_json_is_read(cpas):
    answer = cpas.http.post(
        f"{PREFIX}/decisions",
        "ssin=1",
        content_type="application/x-www-form-urlencoded",
        headers={"Authorization": f"Bearer {cpas.token}"},
    )

    assert problem(answer) == (415, "unsupportedMediaType")


def test_more_than_16_mib_is_refused(cpas):
    answer = cpas.post("/decisions", b'{"reference": "' + b"x" * 16 * 1024 * 1024 + b'"}')

    assert problem(answer) == (413, "payloadTooLarge")


@pytest.mark.parametrize(
    "body",
    [
        "",
        "null",
        "[]",
        '"text"',
        "{" * 100_000,
        '{"a":' * 100_000,
        '{"a": NaN}',
        '{"a": 1e999}',
        '{"a": "\\ud800"}',
        b'{"a": "\xff"}',
        '{"a": ' + "9" * 5_000 + "}",
    ],
    ids=range(11),
)
def test_what_is_not_a_json_object_is_refused(cpas, body):
    assert problem(cpas.post("/decisions/query", body or b" ")) == (400, "badRequest")


def test_head_answers_as_get_does_without_a_body(cpas):
    answer = cpas.http.head(
        f"{PREFIX}/refData/rights", headers={"Authorization": f"Bearer {cpas.token}"}
    )

    assert answer.status_code == 200
    assert answer.content == b""


def test_options_does_nothing(cpas):
    answer = cpas.http.options(
        f"{PREFIX}/decisions", headers={"Authorization": f"Bearer {cpas.token}"}
    )

    assert answer.status_code == 200
    assert answer["Allow"] == "POST, OPTIONS"
    assert not Decision.objects.exists()


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "noAccessToken"),
        ("Basic abc", "noAccessToken"),
        ("Bearer", "invalidAccessToken"),
        ("Bearer unknown", "invalidAccessToken"),
        ("Bearer \xe9", "invalidAccessToken"),
        ("Bearer a b", "invalidAccessToken"),
    ],
)
def test_a_token_that_names_nobody_is_refused(anonymous, header, code):
    answer = anonymous.get(f"{PREFIX}/refData/rights", headers={"Authorization": header})

    assert problem(answer) == (401, code)


def test_a_token_that_is_over_says_so(cpas):
    AccessToken.objects.update(expires=timezone.now() - timedelta(seconds=1))

    assert problem(cpas.get("/refData/rights")) == (401, "expiredAccessToken")


def test_a_scope_taken_from_the_client_is_gone_from_its_tokens(cpas):
    Client.objects.update(allowed_scopes=[])

    assert problem(cpas.post("/decisions/query", {})) == (403, "missingScope")


def test_a_database_that_does_not_answer_is_a_503(cpas, monkeypatch):
    def fails():
        raise OperationalError("deadlock detected")

    monkeypatch.setattr(reference, "active_rights", fails)

    assert problem(cpas.get("/refData/rights")) == (503, "serviceUnavailable")


def test_a_fault_of_ours_shows_nothing_of_the_inside(cpas, monkeypatch):
    def fails():
        raise RuntimeError("the inside")

    monkeypatch.setattr(reference, "active_rights", fails)

    answer = cpas.get("/refData/rights")

    assert problem(answer) == (500, "internalServerError")
    assert b"inside" not in answer.content


def test_a_path_that_does_not_exist_has_an_answer_of_the_length_it_says(cpas):
    answer = cpas.get("/noSuchThing")

    assert problem(answer) == (404, "resourceNotFound")
    assert int(answer["Content-Length"]) == len(answer.content)
