"""The OpenAPI document as the tests use it: its operations, and a strict check of answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.http import HttpResponse
from openapi_schema_validator import OAS30Validator

from config import openapi


@dataclass(frozen=True)
class Operation:
    """One operation of the document."""

    method: str
    path: str
    described: dict[str, Any]

    @property
    def name(self) -> str:
        return self.described["operationId"]

    @property
    def is_open(self) -> bool:
        return self.described["security"] == []

    @property
    def scopes(self) -> list[str]:
        """Any of these opens it; none: every authenticated caller may."""
        return [scope for either in self.described["security"] for scope in either["Oauth"]]

    @property
    def has_body(self) -> bool:
        return "requestBody" in self.described

    @property
    def path_names(self) -> list[str]:
        return [one["name"] for one in self.described["parameters"] if one["in"] == "path"]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@cache
def document() -> dict[str, Any]:
    return openapi.document()


def operations() -> Iterator[Operation]:
    """Every operation, in the order of the document."""
    for path, methods in document()["paths"].items():
        for method, described in methods.items():
            yield Operation(method.upper(), path, described)


def operation_of(method: str, path: str) -> Operation | None:
    """The operation that a call such as GET /decisions/0197... is."""
    parts = path.partition("?")[0].split("/")
    candidates = [
        one
        for one in operations()
        if one.method == method
        and len(one.path.split("/")) == len(parts)
        and all(
            part == wanted or wanted.startswith("{")
            for wanted, part in zip(one.path.split("/"), parts, strict=True)
        )
    ]
    return min(candidates, key=lambda one: one.path.count("{"), default=None)


def check_answer(operation: Operation, answer: HttpResponse) -> None:
    """Fail unless the answer is what the document says, with no property that it does not name."""
    described = operation.described["responses"].get(str(answer.status_code))
    kind = "application/json"
    if answer.status_code >= 400 and described is None:
        described, kind = operation.described["responses"]["default"], "application/problem+json"
    assert described is not None, f"{operation}: {answer.status_code} is not described"
    if "content" not in described:
        assert answer.content == b"", f"{operation}: an undescribed body"
        return
    if answer.streaming:
        assert answer["Content-Type"] in described["content"], f"{operation}: not described"
        return
    assert answer["Content-Type"] == kind
    body = answer.json()
    assert None not in list(_values(body)), f"{operation}: a null in {body}"
    # Members that belong to a type of problem come on top of those of every problem.
    schema = described["content"][kind]["schema"]
    found = OAS30Validator(_strict(schema, open_ended=kind != "application/json"))
    errors = [
        f"{'/'.join(map(str, e.absolute_path))}: {e.message}" for e in found.iter_errors(body)
    ]
    assert errors == [], f"{operation}: {errors}"


def _values(body: Any) -> Iterator[Any]:
    if isinstance(body, dict | list):
        for value in body.values() if isinstance(body, dict) else body:
            yield from _values(value)
    else:
        yield body


def _strict(schema: Any, *, open_ended: bool) -> dict[str, Any]:
    return _closed(schema, open_ended=open_ended) | _components(open_ended=open_ended)


@cache
def _components(*, open_ended: bool) -> dict[str, Any]:
    schemas = document()["components"]["schemas"]
    return {"components": {"schemas": _closed(schemas, open_ended=open_ended)}}


def _closed(schema: Any, *, open_ended: bool) -> Any:
    """The schema, refusing properties that it does not name."""
    if isinstance(schema, list):
        return [_closed(one, open_ended=open_ended) for one in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _closed(part, open_ended=open_ended) for name, part in schema.items()}
    if isinstance(closed.get("properties"), dict) and "type" in closed and not open_ended:
        closed.setdefault("additionalProperties", False)
    return closed
