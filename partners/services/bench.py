"""What the grading of a recipient works with: whom, over what, and what was found so far."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from partners.connections import Session
from partners.payloads import encode
from partners.retries import Outcome
from partners.sample_events import Samples
from partners.signing import sign
from partners.transport import Answer, get, post

JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Subject:
    """Who is graded: its endpoint, the key it expects, and where it shows its state, if it does.

    `next_key` is a second key that it expects as well, as during a rotation.
    """

    url: str
    key: str
    next_key: str | None = None
    state_url: str | None = None


@dataclass
class Grade:
    """One thing a recipient must do; `holds` is None where it could not be seen."""

    title: str
    holds: bool | None
    said: str = ""


@dataclass
class Bench:
    """A run over one recipient: what was sent so far, over one session."""

    session: Session
    subject: Subject
    samples: Samples
    grades: list[Grade] = field(default_factory=list)

    async def send(
        self,
        event: dict[str, Any] | bytes,
        *,
        keys: Sequence[str] | None = None,
        age: timedelta = timedelta(),
        alter: Callable[[dict[str, str]], None] = lambda headers: None,
        message_id: str | None = None,
    ) -> Answer:
        """POST an event (or the body of a batch), signed as asked."""
        body = event if isinstance(event, bytes) else encode(event)
        identity = message_id or (str(event["id"]) if isinstance(event, dict) else "batch")
        headers = sign(
            message_id=identity,
            timestamp=datetime.now(UTC) - age,
            body=body,
            keys=keys or [self.subject.key],
        )
        if isinstance(event, bytes):
            headers |= JSON
        alter(headers)
        return await post(self.session, self.subject.url, body, headers, keep_body=True)

    async def state(self) -> dict[str, Any] | None:
        """What the recipient shows of itself; None if it shows nothing usable."""
        if self.subject.state_url is None:
            return None
        answer = await get(self.session, self.subject.state_url)
        try:
            shown = json.loads(answer.body)
        except ValueError:
            return None
        return shown if isinstance(shown, dict) else None

    def note(self, title: str, holds: bool | None, said: str = "") -> None:
        self.grades.append(Grade(str(title), holds, said))

    def sample(self, *, person: int = 1, version: int = 1) -> dict[str, Any]:
        """A right granted to the nth person, in a version."""
        return self.samples.right("bim", "granted", effect="grant", person=person, version=version)


def took(answer: Answer) -> bool:
    return answer.outcome is Outcome.DELIVERED


def described(answer: Answer) -> str:
    """What came back, in a few words."""
    if answer.error is not None:
        return str(answer.error.value)
    return f"{answer.status} {answer.excerpt}".strip()
