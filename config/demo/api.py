"""Calling the registry as its clients do, over HTTP and with the standard library alone."""

from __future__ import annotations

import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from email.message import Message
from http.client import HTTPException
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

SECONDS = 30.0
# A server that is restarted is back sooner than this.
PATIENCE_SECONDS = 15.0
LOOK_AGAIN_SECONDS = 0.1
PREFIX = "/registry/v1"

T = TypeVar("T")


class Unexpected(Exception):
    """The registry answered otherwise than the story needs, or not at all; the message says how."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever its status; header names in lower case; {} where no JSON came."""

    status: int
    headers: Mapping[str, str]
    body: dict[str, Any]

    @property
    def problem(self) -> str:
        """The last part of the problem's type, such as `staleVersion`; "" where there is none."""
        return str(self.body.get("type", "")).rpartition(":")[2]


class Caller:
    """One client of the registry, with its token."""

    def __init__(self, base_url: str, client: Mapping[str, Any]) -> None:
        self.enterprise_number: str = client["enterpriseNumber"]
        self.legal_context: str = next(iter(client["legalContexts"]), "")
        self._url = base_url + PREFIX
        self._token: str = client["token"]

    def get(self, path: str) -> dict[str, Any]:
        return _well(self.ask("GET", path), "GET", path)

    def post(self, path: str, body: Mapping[str, Any], **headers: str) -> dict[str, Any]:
        """The body of a good answer; Unexpected for a problem. Header names with _ for -."""
        return _well(self.ask("POST", path, body, **headers), "POST", path)

    def ask(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, **headers: str
    ) -> Answer:
        """Whatever comes back, a problem included. `path` is one below the API, or a whole one."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        path = path.removeprefix(PREFIX)
        return call(
            method, self._url + path, body, {"Authorization": f"Bearer {self._token}"} | named
        )

    def rights(self, right: str, ssins: list[str], on: date) -> dict[str, dict[str, Any]]:
        """What the registry says of this right on that day, by SSIN."""
        question = {
            "legalContext": self.legal_context,
            "ssins": ssins,
            "rights": [right],
            "date": on.isoformat(),
        }
        return {item["ssin"]: item for item in self.post("/rights/query", question)["items"]}

    def decision_of(self, reference: str) -> dict[str, Any] | None:
        """The caller's own decision under a reference, if it recorded one."""
        answer = self.post("/decisions/query", {"reference": reference})
        return next(iter(answer["items"]), None)


class Registry:
    """A running demonstration: its clients by name, its recipient, and the day that it is there."""

    def __init__(self, demo: Mapping[str, Any]) -> None:
        self.receiver_url: str = demo["receiverUrl"]
        self.on = _today(demo)
        self._base_url: str = demo["baseUrl"]
        self._clients: Mapping[str, Mapping[str, Any]] = demo["clients"]

    def client(self, name: str) -> Caller:
        """Raises Unexpected where the configuration lacks it."""
        if name not in self._clients:
            raise Unexpected(f"this demonstration has no client {name}")
        return Caller(self._base_url, self._clients[name])

    def received(self, name: str) -> list[dict[str, Any]]:
        """What the demonstration recipient was pushed under that name."""
        items: list[dict[str, Any]] = call("GET", f"{self.receiver_url}/received?name={name}").body[
            "items"
        ]
        return items


def wait_for(what: str, look: Callable[[], T | None], *, seconds: float = SECONDS) -> T:
    """What `look` finds at last; Unexpected when it finds nothing (None or empty) in time."""
    deadline = time.monotonic() + seconds
    while True:
        if found := look():
            return found
        if time.monotonic() > deadline:
            raise Unexpected(f"{what}: not within {seconds:.0f} seconds")
        time.sleep(LOOK_AGAIN_SECONDS)


def call(
    method: str,
    url: str,
    body: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """One HTTP exchange in JSON, tried again for a while where nobody can answer.

    What is restarted meanwhile is thus waited for; calls that change something must therefore bear
    a key, or change nothing the second time. Unexpected where nobody answers at all.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            answer = _exchange(method, url, body, headers or {})
            if answer.status < 500 or time.monotonic() > deadline:
                return answer
        except (OSError, HTTPException) as error:
            if time.monotonic() > deadline:
                raise Unexpected(f"no answer to {method} {url} ({error})") from error
        time.sleep(LOOK_AGAIN_SECONDS)


def _exchange(
    method: str, url: str, body: Mapping[str, Any] | None, headers: Mapping[str, str]
) -> Answer:
    request = urllib.request.Request(url, method=method, headers=dict(headers))
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            return Answer(answer.status, _named(answer.headers), json.loads(answer.read() or b"{}"))
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, _named(error.headers), _json_of(error.read()))


def _named(headers: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _json_of(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _well(answer: Answer, method: str, path: str) -> dict[str, Any]:
    if answer.status < 300:
        return answer.body
    issues = "; ".join(
        f"{one.get('name', '')}: {one.get('detail', '')}" for one in answer.body.get("issues", [])
    )
    detail = answer.body.get("detail", "no explanation")
    raise Unexpected(f"{method} {path} was refused ({answer.status}): {issues or detail}")


def _today(demo: Mapping[str, Any]) -> date:
    """The day that it is in the registry: moved by --today, or else today in Brussels."""
    moved = demo.get("today") or os.environ.get("TODAY")
    return date.fromisoformat(moved) if moved else datetime.now(ZoneInfo("Europe/Brussels")).date()
