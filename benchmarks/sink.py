"""A recipient in a process of its own, as quick as it can be; keeps what came, and when.

`python -m benchmarks.sink PORT`: POST /hook is answered 204, /flaky 500 once in ten, /hang never;
GET /count gives how many events were taken; GET /seen gives `{event id: seconds since the epoch}`
of the first time; GET /sample gives every hundredth request, head and body, in base64; POST /reset
forgets. It shares two cores with what is measured: so it reads a request's first line, length and
body, answers, and looks at the rest when it is asked.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import re
import sys
import time
from dataclasses import dataclass

import msgspec

TAKEN = b"HTTP/1.1 204 No Content\r\n\r\n"
FAILED = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
MESSAGE_ID = re.compile(rb"webhook-id: *([^\r]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Received:
    at: float
    head: bytes
    body: bytes

    def events(self) -> list[str]:
        """The ids of the events in it."""
        if self.body.startswith(b'{"items":'):
            return [event["id"] for event in msgspec.json.decode(self.body)["items"]]
        found = MESSAGE_ID.search(self.head)
        return [found[1].decode()] if found else []


received: list[Received] = []
counted = 0
calls = itertools.count(1)


def take(head: bytes, body: bytes) -> None:
    global counted
    received.append(Received(time.time(), head, body))
    counted += body.count(b'"specversion"') or 1


def seen() -> dict[str, float]:
    first: dict[str, float] = {}
    for one in received:
        for event in one.events():
            first.setdefault(event, one.at)
    return first


def shown(path: bytes) -> object:
    match path:
        case b"/count":
            return {"count": counted}
        case b"/seen":
            return seen()
        case _:
            return [
                [base64.b64encode(part).decode() for part in (one.head, one.body)]
                for one in received[::100]
            ]


def answer(head: bytes, body: bytes) -> bytes | None:
    """What to answer; None for nothing, ever."""
    global counted
    method, path, _ = head.split(b" ", 2)
    match path:
        case b"/hook":
            take(head, body)
            return TAKEN
        case b"/flaky":
            if next(calls) % 10 == 0:
                return FAILED
            take(head, body)
            return TAKEN
        case b"/hang":
            return None
        case b"/reset":
            received.clear()
            counted = 0
            return TAKEN
    content = msgspec.json.encode(shown(path))
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(content) + content


class Connection(asyncio.Protocol):
    """Requests one after the other, each with its length."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.buffer = b""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head, start = self.buffer[:end], end + 4
            length = LENGTH.search(head)
            stop = start + (int(length[1]) if length else 0)
            if len(self.buffer) < stop:
                return
            body, self.buffer = self.buffer[start:stop], self.buffer[stop:]
            said = answer(head, body)
            if said is not None:
                self.transport.write(said)


async def serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
