"""What holds for every operation of the document, so that a new one cannot be forgotten."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from django.test import Client as HttpClient

from tests.api.conftest import issues_of
from tests.api.contract import Operation, operations
from tests.api.world import World
from tests.conftest import PREFIX
from tests.factories import OrganisationFactory

pytestmark = pytest.mark.django_db

EVERY = list(operations())
CLOSED = [operation for operation in EVERY if not operation.is_open]
WITH_SCOPE = [operation for operation in EVERY if operation.scopes]
WITH_BODY = [operation for operation in EVERY if operation.has_body]
# A day is nobody's: whoever asks gets the manifest of its own feed.
WITH_RESOURCE = [one for one in EVERY if one.path_names and one.path_names != ["date"]]
# Bodies with which a call on another's resource gets as far as looking for it.
ACCEPTABLE_BODIES = {
    "answerMissingAttestation": {"code": "willAttest"},
    "replayEvents": {"after": 0},
}


def each(chosen: list[Operation]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("operation", chosen, ids=str)


@each(CLOSED)
def test_without_a_token_it_is_refused(operation: Operation, anonymous: HttpClient):
    path = PREFIX + operation.path
    for name in operation.path_names:
        path = path.replace(f"{{{name}}}", str(uuid.uuid4()))

    answer = anonymous.generic(
        operation.method, path, json.dumps({"x": 1}), content_type="application/json"
    )

    assert answer.status_code == 401
    assert answer.json()["type"] == "urn:problem-type:belgif:noAccessToken"
    assert answer["WWW-Authenticate"].startswith("Bearer")


@each(WITH_SCOPE)
def test_with_another_scope_it_is_refused(operation: Operation, caller_for):
    every = {"registry:record", "registry:consult", "registry:claims", "registry:subscribe"}
    organisation = OrganisationFactory(is_cpas=True)
    caller = caller_for(organisation, *sorted(every - set(operation.scopes)))
    path = PREFIX + operation.path
    for name in operation.path_names:
        path = path.replace(f"{{{name}}}", str(uuid.uuid4()))

    answer = caller.http.generic(
        operation.method,
        path,
        json.dumps({"x": 1}),
        content_type="application/json",
        headers={"Authorization": f"Bearer {caller.token}"},
    )

    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:problem-type:belgif:missingScope"
    assert answer.json()["requiredScopes"] == sorted(operation.scopes)


@each(EVERY)
def test_an_unknown_query_parameter_is_refused(operation: Operation, world: World):
    caller = world.caller(operation)
    body = world.body(operation) if operation.has_body else None

    answer = world.call(operation, caller, world.path(operation) + "?unexpected=1", body)

    assert ("unknownInput", "query", "unexpected") in issues_of(answer)


@each(WITH_BODY)
def test_an_unknown_property_is_refused(operation: Operation, world: World):
    caller = world.caller(operation)

    answer = world.call(
        operation, caller, world.path(operation), world.body(operation, unexpected=1)
    )

    assert issues_of(answer) == [("unknownInput", "body", "unexpected")]


@each(WITH_RESOURCE)
def test_what_is_anothers_is_absent(operation: Operation, world: World, caller_for):
    stranger = caller_for(OrganisationFactory(is_cpas=True), *operation.scopes)
    body = ACCEPTABLE_BODIES.get(operation.name, {}) if operation.has_body else None

    foreign = world.call(operation, stranger, world.path(operation), body)
    absent = world.call(operation, stranger, world.path(operation, absent=True), body)

    assert foreign.status_code == absent.status_code == 404
    assert foreign.json()["type"] == "urn:problem-type:belgif:resourceNotFound"
    assert _without_ticket(foreign) == _without_ticket(absent)


@each(WITH_BODY)
def test_a_body_that_is_no_object_is_refused(operation: Operation, world: World):
    caller = world.caller(operation)

    answer = caller.http.generic(
        operation.method,
        world.path(operation),
        "[1, 2",
        content_type="application/json",
        headers={"Authorization": f"Bearer {caller.token}", "If-Match": '"1"'},
    )

    assert issues_of(answer) == [("schemaViolation", "body", "body")]


def _without_ticket(answer: Any) -> dict[str, Any]:
    return {name: value for name, value in answer.json().items() if name != "instance"}
