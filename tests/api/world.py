"""Callers of every kind with a resource of every kind: what a test of every operation needs."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

from tests.api.contract import Operation
from tests.conftest import PREFIX, Caller

# Reads of persons by a recipient: the purpose comes before anything else.
UNDER_PURPOSE = {
    "queryRights",
    "queryRightsBatch",
    "queryDigests",
    "explainRight",
    "queryAttestations",
    "subscribe",
    "changeSubscription",
}


class World:
    """Callers of every kind, each with a resource of every kind that it may hold."""

    def __init__(self, callers: dict[str, Caller], resources: dict[str, Callable[[], str]]) -> None:
        self.callers = callers
        self.resources = resources
        self.legal_context = ""

    def caller(self, operation: Operation) -> Caller:
        """One who may make the call, and who holds the resources that its path names."""
        scopes = operation.scopes or ["registry:claims"]
        return self.callers[scopes[0]]

    def path(self, operation: Operation, *, absent: bool = False) -> str:
        path = PREFIX + operation.path
        for name in operation.path_names:
            value = str(uuid.uuid4()) if absent else self.resources[name]()
            path = path.replace(f"{{{name}}}", value)
        return path

    def body(self, operation: Operation, **members: Any) -> dict[str, Any]:
        purpose = {"legalContext": self.legal_context} if operation.name in UNDER_PURPOSE else {}
        return purpose | members

    def call(
        self, operation: Operation, caller: Caller, path: str, body: dict[str, Any] | None = None
    ) -> Any:
        headers = {"Authorization": f"Bearer {caller.token}", "If-Match": '"1"'}
        data = {} if body is None else {"data": json.dumps(body)}
        return caller.http.generic(
            operation.method, path, content_type="application/json", headers=headers, **data
        )
