"""Whatever stands in a body, the fault is the caller's: no input of any operation is a 5xx."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.contract import Operation, document, operations
from tests.api.world import World

pytestmark = pytest.mark.django_db

HOSTILE = [
    None,
    True,
    0,
    -1,
    10**30,
    1.5,
    1e308,
    "",
    " ",
    "x" * 10_000,
    "\x00",
    "\u202e\U0001f600",
    "'; DROP TABLE persons; --",
    "0001-01-01",
    "9999-12-30",
    "9999-12-31",
    "2026-02-30",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    [],
    [[]],
    [None],
    ["x"] * 2_000,
    {},
    {"startDate": "9999-12-30", "endDate": "9999-12-31"},
    {"": {"": None}},
]


def plausible(schema: dict[str, Any], known: dict[str, Any]) -> Any:
    """Something that the schema may well describe."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return plausible(document()["components"]["schemas"][name], known)
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "object":
            required = schema.get("required", [])
            return {
                name: known.get(name, plausible(schema["properties"][name], known))
                for name in required
            }
        case "array":
            return [plausible(schema["items"], known)]
        case "integer":
            return 1
        case "boolean":
            return True
    return "2026-03-02" if schema.get("format") == "date" else "text"


def variants(operation: Operation, known: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A plausible body with each property in turn replaced by each hostile value."""
    content = operation.described["requestBody"]["content"]["application/json"]
    name = content["schema"]["$ref"].rpartition("/")[2]
    schema = document()["components"]["schemas"][name]
    body = plausible(schema, known)
    for member in schema.get("properties", {}):
        for value in HOSTILE:
            yield body | {member: value}
            if isinstance(body.get(member), list) and isinstance(body[member][0], dict):
                for inner in body[member][0]:
                    yield body | {member: [body[member][0] | {inner: value}]}


@pytest.mark.parametrize("operation", [one for one in operations() if one.has_body], ids=str)
def test_no_body_is_a_fault_of_ours(operation: Operation, world: World, new_ssin):
    caller, path = world.caller(operation), world.path(operation)
    known = {"ssin": new_ssin(), "month": "2026-04", "legalContext": world.legal_context}

    for body in variants(operation, known):
        answer = world.call(operation, caller, path, body)

        assert answer.status_code < 500, (body, answer.content)
