"""A recipient of the attestation registry, whole, to read and to start from.

    python docs/reference_receiver.py --key whsec_... [--key ...] [--port 9000] [--database FILE]

It needs Python 3.11 and nothing else; for `v1a` signatures also the package `cryptography`, as the
standard library has no Ed25519. What it shows:

1. A message is read whole, and its signature is checked over the very bytes, before anything else.
2. A message signed more than five minutes ago, or ahead, is refused: nobody replays old ones.
3. An event is stored durably *before* it is answered 2xx: from then on nobody sends it again.
4. An id that was seen is answered 2xx, and changes nothing: messages may come twice.
5. Of a person and a right the highest version is held: an older one may come after a newer one.
6. Types that are not known are stored and answered 2xx: more of them will come.
7. A challenge is given back, which proves that the endpoint is its owner's.

In front of it belongs what serves https. `GET /state` is for trying it out: a real recipient shows
nothing to passers-by.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import sqlite3
import threading
import time
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOLERANCE_SECONDS = 300
MAX_BODY = 16 * 1024 * 1024

SCHEMA = """
CREATE TABLE IF NOT EXISTS events (
    id TEXT PRIMARY KEY, type TEXT NOT NULL, epoch TEXT, position INTEGER, body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS held (
    ssin TEXT, right_code TEXT, version INTEGER NOT NULL, data TEXT NOT NULL,
    PRIMARY KEY (ssin, right_code)
);
"""


class Refused(Exception):
    """A message that is not the registry's, or no longer fresh."""


def check(headers: Mapping[str, str], body: bytes, *, keys: Sequence[str], now: float) -> None:
    """Refused unless one of the signatures is by one of `keys`, and the message is fresh.

    `keys` are what the registry showed when the subscription was made: `whsec_...` for v1,
    `whpk_...` for v1a. During a rotation there are two.
    """
    try:
        message_id, timestamp = headers["webhook-id"], headers["webhook-timestamp"]
        given = headers["webhook-signature"].split(" ")
    except KeyError as missing:
        raise Refused(f"the header {missing} is missing") from None
    if not timestamp.isascii() or not timestamp.isdigit():
        raise Refused("the timestamp is no number")
    if abs(now - int(timestamp)) > TOLERANCE_SECONDS:
        raise Refused("the message is too old, or from ahead")
    content = f"{message_id}.{timestamp}.".encode() + body
    if not any(is_signature(one, key, content) for one in given for key in keys):
        raise Refused("no signature is right")


def is_signature(signature: str, key: str, content: bytes) -> bool:
    """Whether this one signature (`v1,...` or `v1a,...`) of the content is by this key."""
    version, _, text = signature.partition(",")
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        return False
    if version == "v1" and key.startswith("whsec_"):
        secret = base64.b64decode(key.removeprefix("whsec_"))
        return hmac.compare_digest(raw, hmac.digest(secret, content, hashlib.sha256))
    if version == "v1a" and key.startswith("whpk_"):
        return is_ed25519(raw, base64.b64decode(key.removeprefix("whpk_")), content)
    return False  # a version of tomorrow, or one for another key


def is_ed25519(signature: bytes, public_key: bytes, content: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415
        Ed25519PublicKey,
    )

    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, content)
    except InvalidSignature:
        return False
    return True


class Inbox:
    """What was received, in a database: nothing is lost when this program stops."""

    def __init__(self, path: str) -> None:
        self.database = sqlite3.connect(path, check_same_thread=False)
        self.database.executescript("PRAGMA journal_mode = WAL;" + SCHEMA)
        self.lock = threading.Lock()

    def take(self, events: Sequence[Mapping[str, Any]]) -> None:
        """Store the events and apply what is new, all in one transaction."""
        with self.lock, self.database:
            for event in events:
                if self.store(event):
                    self.apply(event)

    def store(self, event: Mapping[str, Any]) -> bool:
        """Whether the event is new: its id was never seen."""
        row = (
            *(event["id"], event["type"], event.get("epoch"), event.get("position")),
            json.dumps(event),
        )
        stored = self.database.execute("INSERT OR IGNORE INTO events VALUES (?, ?, ?, ?, ?)", row)
        return stored.rowcount == 1

    def apply(self, event: Mapping[str, Any]) -> None:
        """Hold the state of a person's right, if it is newer than what is held.

        Other types are only stored here: an attestation stands by its number, and a withheld event
        says nothing but that its position is taken.
        """
        data = event.get("data", {})
        if "right" not in data or "ssin" not in data:
            return
        self.database.execute(
            "INSERT INTO held VALUES (?, ?, ?, ?) ON CONFLICT (ssin, right_code) DO UPDATE"
            " SET version = excluded.version, data = excluded.data"
            " WHERE excluded.version > held.version",
            (data["ssin"], data["right"], data["version"], json.dumps(data)),
        )

    def state(self) -> dict[str, Any]:
        """How many events are stored, what is held, and which positions are missing."""
        with self.lock:
            (events,) = self.database.execute("SELECT count(*) FROM events").fetchone()
            held = self.database.execute("SELECT ssin, right_code, version FROM held").fetchall()
            positions = self.database.execute(
                "SELECT DISTINCT position FROM events WHERE position IS NOT NULL ORDER BY position"
            ).fetchall()
        seen = {position for (position,) in positions}
        return {
            "events": events,
            "held": [{"ssin": s, "right": r, "version": version} for s, r, version in held],
            "missing": [p for p in range(1, max(seen, default=0) + 1) if p not in seen],
        }


def receive(
    inbox: Inbox, headers: Mapping[str, str], body: bytes, *, keys: Sequence[str]
) -> tuple[int, dict[str, Any] | None]:
    """The status to answer, and what to say."""
    try:
        check(headers, body, keys=keys, now=time.time())
    except Refused as error:
        return 401, {"refused": str(error)}
    try:
        message = json.loads(body)
        events = message.get("items", [message])
        if message.get("type", "").endswith(".subscriptions.notify.challenge"):
            return 200, {"challenge": message["data"]["challenge"]}
        inbox.take(events)
    except (ValueError, KeyError, TypeError, AttributeError):
        return 400, {"refused": "neither an event nor a batch of events"}
    return 204, None


def serve(inbox: Inbox, *, keys: Sequence[str], port: int) -> ThreadingHTTPServer:
    """A server on this machine; `serve_forever` runs it."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            if length > MAX_BODY:
                self.close_connection = True
                return self.answer(413, None)
            body = self.rfile.read(length)
            headers = {name.lower(): value for name, value in self.headers.items()}
            return self.answer(*receive(inbox, headers, body, keys=keys))

        def do_GET(self) -> None:
            if self.path != "/state":
                return self.answer(404, None)
            return self.answer(200, inbox.state())

        def answer(self, status: int, said: dict[str, Any] | None) -> None:
            body = b"" if said is None else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """A line of log would hold nothing that the database does not."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

    return Server(("127.0.0.1", port), Handler)


def main() -> None:
    parser = argparse.ArgumentParser(description="Receive what the registry pushes.")
    parser.add_argument("--key", action="append", required=True, help="whsec_... or whpk_...")
    parser.add_argument("--port", type=int, default=9000)
    parser.add_argument("--database", default="received.sqlite3")
    options = parser.parse_args()
    with serve(Inbox(options.database), keys=options.key, port=options.port) as server:
        server.serve_forever()


if __name__ == "__main__":
    main()
