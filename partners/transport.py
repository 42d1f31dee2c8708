"""One POST to a recipient, one answer; the single module that writes to one.

Whatever the other side does comes back as an `Answer`; only mistakes of the caller are raised.
Redirects are not followed; nothing is taken from the environment; nothing is decompressed.

Connections (`partners/connections.py`) and the reading of answers are aiohttp's. Its client session
is not used: for a POST of which we know every header, it takes twice as long as all the rest
(docs/decisions/0015).
"""

from __future__ import annotations

import asyncio
import re
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.http import HttpProcessingError, RawResponseMessage

from partners.addresses import ForbiddenTarget
from partners.connections import Route, Session, abandon, borrow, let_go
from partners.retries import Outcome, classify, parse_retry_after

HEADERS: Mapping[str, str] = {
    "Content-Type": "application/cloudevents+json; charset=utf-8",
    "Accept-Encoding": "identity",
    "User-Agent": "attestation-registry",
}
# Anything that could hold an SSIN: eleven digits or more, however they are punctuated.
_LONG_NUMBER = re.compile(r"\d(?:[ .\-/]?\d){10,}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ufffd]+")


class Failure(StrEnum):
    """Why there is no usable answer. The values are stable: they are stored and shown."""

    TIMEOUT = "timeout"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    DNS = "dns"
    TLS = "tls"
    FORBIDDEN_ADDRESS = "forbiddenAddress"
    RESET = "reset"  # Connection closed or broken before the end of the answer.
    NOT_MADE = "notMade"  # Ours: the event's content could not be made, so nothing was sent.
    PROTOCOL = "protocol"  # Not HTTP, or headers without end. A long body is just not read on.


@dataclass(frozen=True, slots=True)
class Limits:
    """What one attempt may cost: `total` seconds from connecting to the end of the answer."""

    total: float = 10.0
    answer_bytes: int = 64 * 1024
    excerpt_characters: int = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one attempt.

    `status` may be known although `error` is set: the answer began and did not end within the
    limits. `excerpt` is the beginning of a body that did not say 2xx, without long numbers, fit to
    be stored and shown.
    """

    status: int | None
    error: Failure | None
    duration: timedelta
    retry_after: timedelta | None = None
    excerpt: str = ""
    body: bytes = b""  # Only where it was asked for.
    # An error prevails over a status: doubt costs a repetition with the same id, no loss.
    outcome: Outcome = field(init=False)

    def __post_init__(self) -> None:
        outcome = Outcome.FAILED if self.error else classify(self.status)
        object.__setattr__(self, "outcome", outcome)

    @property
    def milliseconds(self) -> int:
        return round(self.duration.total_seconds() * 1000)


async def post(
    session: Session,
    target_url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    limits: Limits = Limits(),
    keep_body: bool = False,
) -> Answer:
    """Sends `body` and reads the answer, within `limits`.

    What the other side says is thrown away, unless `keep_body` asks for it.
    """
    return await _exchange(session, "POST", target_url, body, headers, limits, keep_body=keep_body)


async def get(session: Session, target_url: str, *, limits: Limits = Limits()) -> Answer:
    """Reads what the other side shows, with its body; checked and limited like a `post`."""
    return await _exchange(session, "GET", target_url, None, {}, limits, keep_body=True)


async def catch_up() -> None:
    """Let the event loop see what came while it stood still, as between two rounds of a drain.

    Otherwise a connection that was closed meanwhile would pass for open, and the first request on
    it for a failed attempt.
    """
    await asyncio.sleep(0)  # The loop looks ...
    await asyncio.sleep(0)  # ... and is done with what it saw.


async def _exchange(
    session: Session,
    method: str,
    target_url: str,
    body: bytes | None,
    headers: Mapping[str, str],
    limits: Limits,
    *,
    keep_body: bool,
) -> Answer:
    async with session.slots:
        started = time.monotonic()
        status, retry_after, beginning, error = None, None, b"", None
        try:
            with session.deadlines.within(limits.total):
                route = session.route(target_url)
                request = _head(method, route, body, headers) + (body or b"")
                connection = await borrow(session, route)
                try:
                    message, content = await _asked(connection, request)
                    status, retry_after = message.code, _retry_after(message)
                    beginning, ended = await _read(content, limits.answer_bytes)
                except BaseException:
                    abandon(connection)
                    raise
                let_go(connection, route, ended=ended)
        except (
            *(TimeoutError, aiohttp.ClientError, HttpProcessingError),
            *(OSError, ForbiddenTarget),
        ) as caught:
            error = _failure(caught)
        duration = timedelta(seconds=time.monotonic() - started)
    excerpt = "" if status is None or status < 300 else _excerpt(beginning, limits)
    return Answer(status, error, duration, retry_after, excerpt, beginning if keep_body else b"")


async def _asked(
    connection: Connection, request: bytes
) -> tuple[RawResponseMessage, aiohttp.StreamReader]:
    """Write the request on a connection; the beginning of its answer."""
    protocol, transport = connection.protocol, connection.transport
    if protocol is None or transport is None:
        raise aiohttp.ServerDisconnectedError
    protocol.set_response_params(read_until_eof=True, auto_decompress=False)
    transport.write(request)
    return await _answered(protocol)


def _head(method: str, route: Route, body: bytes | None, headers: Mapping[str, str]) -> bytes:
    lines = {**HEADERS, **headers}
    if body is not None:
        lines["Content-Length"] = str(len(body))
    if not "".join(lines.values()).isprintable():
        raise ValueError("a header holds a control character")
    fields = "".join([f"{name}: {value}\r\n" for name, value in lines.items()])
    return f"{method}{route.start}{fields}\r\n".encode("ascii")


async def _answered(protocol: ResponseHandler) -> tuple[RawResponseMessage, aiohttp.StreamReader]:
    """The answer itself: what comes before it (100 and its like) says nothing."""
    while True:
        message, content = await protocol.read()
        if not 100 <= message.code < 200 or message.code == 101:
            return message, content


async def _read(content: aiohttp.StreamReader, limit: int) -> tuple[bytes, bool]:
    """The first `limit` bytes at most, and whether that was all."""
    read = bytearray()
    while len(read) < limit:
        chunk = await content.read(limit - len(read))
        if not chunk:
            return bytes(read), True
        read += chunk
    return bytes(read), False


def _retry_after(message: RawResponseMessage) -> timedelta | None:
    asked = message.headers.get("Retry-After")
    return None if asked is None else parse_retry_after(asked, now=datetime.now(UTC))


def _excerpt(beginning: bytes, limits: Limits) -> str:
    # A recipient may send back what it was sent, and no SSIN is stored outside its own table. The
    # cut comes last: it could leave a number too short to be recognised.
    text = _CONTROL.sub(" ", beginning.decode("utf-8", "replace"))
    return _LONG_NUMBER.sub("...", text)[: limits.excerpt_characters].strip()


def _failure(error: Exception) -> Failure:
    match error:
        case ForbiddenTarget():
            return Failure.FORBIDDEN_ADDRESS
        case TimeoutError():
            return Failure.TIMEOUT
        case aiohttp.ClientConnectorDNSError():
            return Failure.DNS
        case ssl.SSLError() | aiohttp.ClientSSLError():
            return Failure.TLS
        case aiohttp.ClientConnectorError(os_error=ConnectionRefusedError()):
            return Failure.REFUSED
        case aiohttp.ClientConnectorError():
            return Failure.UNREACHABLE
        case aiohttp.ClientPayloadError() | aiohttp.ClientConnectionError() | OSError():
            return Failure.RESET
        case _:
            return Failure.PROTOCOL
