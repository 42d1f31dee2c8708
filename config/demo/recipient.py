"""A small recipient for demonstrations: it verifies what is pushed to it, and shows it.

    python -m config.demo.recipient --port 8090 --state var

| call              | does                                                                     |
| ----------------- | ------------------------------------------------------------------------ |
| POST /hooks/NAME  | takes an event, or a batch of them; 401 when the signature does not hold |
|                   | gives a challenge back, and so proves the endpoint                       |
| GET /received     | what was taken, oldest first; `?name=` for one recipient                 |
| POST /behaviour   | {"name", "status", "retryAfter"?, "times"?} makes it answer that status; |
|                   | {"name"} alone makes it behave again                                     |
| GET /             | the same for people, in French, Dutch, German or English (`?lang=`)      |

DIR/recipient.json says which names exist and what their messages are signed with, and is read
again when it changes: {"secrets": {"NAME": "whsec_..."}, "names"?: {"NAME": {"fr": "..."}}}; a list
of keys during a rotation.

This one listens on the machine itself, knows fictitious persons only, and forgets everything when
it stops. A real recipient would in addition:

- store an event durably *before* it answers 2xx: from then on nobody will send it again;
- keep the ids it has seen as long as its files, and not only the last ones;
- apply an event only if its `data.version` is higher than the one it holds, since a repetition may
  arrive after a newer event;
- watch `position` for holes, ask the feed for what is missing, and compare the daily manifest;
- serve https, take its keys from a safe, write no SSIN to a log, and show nothing to passers-by.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

from aiohttp import web

from config.demo.recipient_page import page
from config.demo.recipient_words import TEXTS, language_of, words
from partners.signing import InvalidKey, Unverified, verify

MAX_KEPT = 10_000
CHALLENGE = ".subscriptions.notify.challenge"
MAX_BODY = 16 * 1024 * 1024


@dataclass
class Receipt:
    """One event taken, or (not `verified`, without `event`) one message refused."""

    id: str
    name: str
    verified: bool
    event: dict[str, Any]
    received_at: datetime
    duplicates: int = 0

    def as_json(self) -> dict[str, Any]:
        shown = {"id": self.id, "type": self.event.get("type"), "name": self.name}
        shown |= {"verified": self.verified, "duplicates": self.duplicates}
        shown |= {"event": self.event, "receivedAt": self.received_at.isoformat()}
        return {name: value for name, value in shown.items() if value not in (None, {})}


@dataclass
class Behaviour:
    """An answer to give instead of taking the message; `times` left, or None for ever."""

    status: int
    retry_after: int | None = None
    times: int | None = None


class Inbox:
    """What came in, for all names; bounded, oldest forgotten first, while the counts go on."""

    def __init__(self, secrets: Path) -> None:
        self.receipts: OrderedDict[tuple[str, str, bool], Receipt] = OrderedDict()
        self.taken: Counter[str] = Counter()
        self.repeated: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.behaviours: dict[str, Behaviour] = {}
        self._secrets = secrets
        self._read_at: tuple[int, int] | None = None
        self._keys: dict[str, Sequence[str]] = {}
        self._names: dict[str, Mapping[str, str]] = {}

    def keys(self) -> dict[str, Sequence[str]]:
        """The keys by name; the last readable ones while the file is absent or half written."""
        try:
            stat = self._secrets.stat()
            read_at = stat.st_mtime_ns, stat.st_size
            if read_at != self._read_at:
                told = json.loads(self._secrets.read_bytes())
                self._keys = {
                    name: [key] if isinstance(key, str) else key
                    for name, key in told["secrets"].items()
                }
                self._names = told.get("names", {})
                self._read_at = read_at
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            pass
        return self._keys

    def name(self, code: str, language: str) -> str:
        """What people call the recipient; its code where nobody said."""
        return self._names.get(code, {}).get(language, code)

    def take(self, name: str, event: dict[str, Any], *, now: datetime) -> None:
        self._keep(Receipt(event["id"], name, True, event, now))

    def refuse(self, name: str, message_id: str, *, now: datetime) -> None:
        self._keep(Receipt(message_id, name, False, {}, now))

    def misbehaviour(self, name: str) -> Behaviour | None:
        """The answer that `name` was told to give now, counted down."""
        behaviour = self.behaviours.get(name)
        if behaviour is not None and behaviour.times is not None:
            behaviour.times -= 1
            if behaviour.times == 0:
                del self.behaviours[name]
        return behaviour

    def _keep(self, receipt: Receipt) -> None:
        # A forged message must not make the true one of the same id look like a repetition.
        key = receipt.name, receipt.id, receipt.verified
        if key in self.receipts:
            self.receipts[key].duplicates += 1
            self.repeated[receipt.name] += receipt.verified
            return
        self.receipts[key] = receipt
        (self.taken if receipt.verified else self.refused)[receipt.name] += 1
        if len(self.receipts) > MAX_KEPT:
            self.receipts.popitem(last=False)


INBOX = web.AppKey("inbox", Inbox)


async def hook(request: web.Request) -> web.Response:
    inbox, name = request.app[INBOX], request.match_info["name"]
    body, now = await request.read(), datetime.now(UTC)
    keys = inbox.keys().get(name)
    if keys is None:
        raise web.HTTPNotFound
    if (behaviour := inbox.misbehaviour(name)) is not None:
        wait = behaviour.retry_after
        headers = {} if wait is None else {"Retry-After": str(wait)}
        return web.Response(status=behaviour.status, headers=headers)
    try:
        verify(body, request.headers, keys=keys, now=now)
    except (Unverified, InvalidKey) as error:
        inbox.refuse(name, request.headers.get("webhook-id", ""), now=now)
        return web.json_response({"refused": str(error)}, status=HTTPStatus.UNAUTHORIZED)
    events = _events(body)
    if len(events) == 1 and str(events[0].get("type")).endswith(CHALLENGE):
        # Whoever gives this back shows that the endpoint is its own.
        return web.json_response({"challenge": events[0].get("data", {}).get("challenge")})
    for event in events:
        inbox.take(name, event, now=now)
    return web.Response(status=HTTPStatus.NO_CONTENT)


def _events(body: bytes) -> list[dict[str, Any]]:
    """The events of a message, one or a batch; 400 for what is neither."""
    try:
        message = json.loads(body)
        events = message.get("items", [message])
        if all(isinstance(event["id"], str) for event in events):
            return list(events)
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    raise web.HTTPBadRequest(text="neither an event nor a batch of events")


async def received(request: web.Request) -> web.Response:
    name = request.query.get("name")
    receipts = request.app[INBOX].receipts.values()
    items = [receipt.as_json() for receipt in receipts if name in (None, receipt.name)]
    return web.json_response({"items": items})


async def behave(request: web.Request) -> web.Response:
    inbox = request.app[INBOX]
    try:
        wish = await request.json()
        name, status = str(wish["name"]), wish.get("status")
        if status is None:
            inbox.behaviours.pop(name, None)
        else:
            HTTPStatus(status)  # ValueError for what is no status.
            inbox.behaviours[name] = Behaviour(status, wish.get("retryAfter"), wish.get("times"))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise web.HTTPBadRequest(text='expected {"name": "...", "status": 503}') from None
    return web.json_response({"name": name} if status is None else {"name": name, "status": status})


async def home(request: web.Request) -> web.Response:
    inbox = request.app[INBOX]
    language = language_of(request.query.get("lang"), request.headers.get("Accept-Language", ""))
    counts = [
        (
            _label(inbox, name, language),
            inbox.taken[name],
            inbox.repeated[name],
            inbox.refused[name],
        )
        for name in sorted({*inbox.keys(), *inbox.taken, *inbox.refused})
    ]
    latest = [
        (
            receipt.received_at,
            inbox.name(receipt.name, language),
            receipt.event,
            receipt.duplicates,
        )
        for receipt in list(inbox.receipts.values())[:-51:-1]
    ]
    policy = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
    return web.Response(
        text=page(counts, latest, language=language), content_type="text/html", headers=policy
    )


def _label(inbox: Inbox, code: str, language: str) -> str:
    name, behaviour = inbox.name(code, language), inbox.behaviours.get(code)
    if behaviour is None:
        return name
    return words(TEXTS, "told", language).format(name=name, status=behaviour.status)


def application(state: Path) -> web.Application:
    app = web.Application(client_max_size=MAX_BODY)
    app[INBOX] = Inbox(state / "recipient.json")
    app.router.add_post("/hooks/{name}", hook)
    app.router.add_get("/received", received)
    app.router.add_post("/behaviour", behave)
    app.router.add_get("/", home)
    return app


def main() -> None:
    parser = argparse.ArgumentParser(prog="config.demo.recipient", description="See the module.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path, required=True, metavar="DIR")
    options = parser.parse_args()
    web.run_app(
        application(options.state), host="127.0.0.1", port=options.port, print=None, access_log=None
    )


if __name__ == "__main__":
    main()
