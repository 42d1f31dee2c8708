"""A recipient over HTTPS that answers rightly, or in one of twenty wrong ways, as a draw says.

Three of the ways are wrong certificates, drawn at a connection; the others are drawn at a request.
Each way comes once before any comes twice. What the recipient has taken for good is `taken`, in
the order it came, whether or not the registry could know that it was.
"""

from __future__ import annotations

import asyncio
import gzip
import ssl
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from random import Random

from tests.certificates import YEAR, Authority

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
BOMB = gzip.compress(bytes(32 * 1024 * 1024))
CERTIFICATES = ("certificate_expired", "certificate_of_another_host", "certificate_self_signed")


@dataclass(frozen=True)
class Call:
    """One request as it came in, and whether it was taken for good."""

    headers: dict[str, str]
    body: bytes
    taken: bool
    at: datetime


@dataclass
class Inside:
    """An address that nobody may be led to."""

    url: str = ""
    connections: int = 0


Way = Callable[["Hostile", asyncio.StreamWriter], Awaitable[bool]]
WAYS: dict[str, Way] = {}
# These hold a sender for its whole time-out.
SLOW = {"times_out", "slow_loris", "flood_of_1xx"}
# Taken, although the sender cannot know, or is told so in a form it may doubt.
DOUBTFUL = {"taken_and_cut", "reset_in_the_body"}


def way(behave: Way) -> Way:
    WAYS[behave.__name__] = behave
    return behave


@dataclass
class Hostile:
    """The recipient's state; `misbehaves` may be set to 0 for one that answers rightly."""

    random: Random
    misbehaves: float = 0.4
    down: bool = False  # answers 500 to everything
    url: str = ""
    calls: list[Call] = field(default_factory=list)
    drawn: Counter[str] = field(default_factory=Counter)
    inside: Inside = field(default_factory=Inside)
    unseen: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.unseen = self.random.sample(sorted(WAYS), len(WAYS))
        self.unseen_certificates = list(CERTIFICATES)

    def draw_way(self) -> Way | None:
        """The way to answer a request; None for the right one."""
        if self.down:
            return WAYS["fault_500"]
        if self.random.random() >= self.misbehaves:
            return None
        name = self.unseen.pop() if self.unseen else self.random.choice(sorted(WAYS))
        if name in SLOW and self.drawn[name] and self.random.random() > 0.1:
            return None
        self.drawn[name] += 1
        return WAYS[name]

    def draw_certificate(self) -> str | None:
        if self.random.random() >= self.misbehaves:
            return None
        if self.unseen_certificates:
            name = self.unseen_certificates.pop()
        elif self.random.random() < 0.8:
            return None
        else:
            name = self.random.choice(CERTIFICATES)
        self.drawn[name] += 1
        return name

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, TimeoutError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                at = datetime.now(UTC)
                headers = dict(_header(line) for line in head.split(b"\r\n")[1:-2])
                body = await reader.readexactly(int(headers["content-length"]))
                behave = self.draw_way()
                if behave is None:
                    self.calls.append(Call(headers, body, True, at))
                    writer.write(OK)
                    await writer.drain()
                    continue
                taken = behave.__name__ in TAKEN
                self.calls.append(Call(headers, body, taken, at))
                if not await behave(self, writer):
                    break
        writer.transport.abort()


def _header(line: bytes) -> tuple[str, str]:
    name, _, value = line.decode("latin-1").partition(":")
    return name.lower(), value.strip()


async def _say(writer: asyncio.StreamWriter, *parts: bytes) -> None:
    for part in parts:
        writer.write(part)
    await writer.drain()
    await asyncio.sleep(0)  # a drain alone lets nobody else see that the connection was lost


def _status(line: bytes, *headers: bytes) -> bytes:
    return b"\r\n".join([b"HTTP/1.1 " + line, *headers, b"Content-Length: 0", b"", b""])


# Each returns whether the connection may be used again.


@way
async def times_out(_: Hostile, writer: asyncio.StreamWriter) -> bool:
    await asyncio.wait_for(writer.wait_closed(), 30)
    return False


@way
async def slow_loris(_: Hostile, writer: asyncio.StreamWriter) -> bool:
    await _say(writer, b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        await _say(writer, b"x")
        await asyncio.sleep(0.2)


@way
async def too_many_requests(_: Hostile, writer: asyncio.StreamWriter) -> bool:
    await _say(writer, _status(b"429 Too Many Requests", b"Retry-After: 1"))
    return True


@way
async def unavailable_until(_: Hostile, writer: asyncio.StreamWriter) -> bool:
    until = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True).encode()
    await _say(writer, _status(b"503 Service Unavailable", b"Retry-After: " + until))
    return True


async def _redirect(sink: Hostile, writer: asyncio.StreamWriter, line: bytes) -> bool:
    await _say(writer, _status(line, b"Location: " + sink.inside.url.encode()))
    return True


@way
async def moved_301(sink: Hostile, writer: asyncio.StreamWriter) -> bool:
    return await _redirect(sink, writer, b"301 Moved Permanently")


@way
async def found_302(sink: Hostile, writer: asyncio.StreamWriter) -> bool:
    return await _redirect(sink, writer, b"302 Found")


@way
async def redirected_307(sink: Hostile, writer: asyncio.StreamWriter) -> bool:
    return await _redirect(sink, writer, b"307 Temporary Redirect")


@way
async def gone_410(_: Hostile, writer: asyncio.StreamWriter) -> bool:
    await _say(writer, _status(b"410 Gone"))
    return True


@way
async def gigabyte(_: Hostile, writer: asyncio.StreamWriter) -> bool:
    await _say(writer, b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n")
    for _part in range(16_384):
        await _say(writer, bytes(65_536))
    return False


@way
async def endless_headers(_: Hostile, writer: asyncio.StreamWriter) -> bool:
    await _say(writer, b"HTTP/1.1 200 OK\r\n")
    while True:
        await _say(writer, b"X: y\r\n" * 100)


@way
async def reset_in_the_body(_: Hostile, writer: asyncio.StreamWriter) -> bool:
    await _say(writer, b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
    return False


@way
async def http_1_0(_: Hostile, writer: asyncio.StreamWriter) -> bool:
    await _say(writer, b"HTTP/1.0 200 OK\r\n\r\nok")
    writer.close()
    return False


@way
async def gzip_bomb(_: Hostile, writer: asyncio.StreamWriter) -> bool:
    length = b"Content-Length: %d\r\n\r\n" % len(BOMB)
    await _say(writer, b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n", length, BOMB)
    return True


@way
async def flood_of_1xx(_: Hostile, writer: asyncio.StreamWriter) -> bool:
    while True:
        await _say(writer, b"HTTP/1.1 103 Early Hints\r\n\r\n")
        await asyncio.sleep(0.002)


@way
async def taken_and_cut(_: Hostile, _writer: asyncio.StreamWriter) -> bool:
    return False


@way
async def fault_500(_: Hostile, writer: asyncio.StreamWriter) -> bool:
    await _say(writer, _status(b"500 Internal Server Error"))
    return True


@way
async def not_http(_: Hostile, writer: asyncio.StreamWriter) -> bool:
    await _say(writer, b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
    return False


TAKEN = {"http_1_0", "gzip_bomb", "gigabyte"} | DOUBTFUL


@contextmanager
def open_hostile(authority: Authority, random: Random) -> Iterator[Hostile]:
    """The recipient on a free port of `localhost`, in a thread of its own, until the end."""
    sink = Hostile(random)
    wrong = {
        "certificate_expired": authority.server(lasts=-YEAR),
        "certificate_of_another_host": authority.server("elsewhere.example"),
        "certificate_self_signed": authority.server(self_signed=True),
    }
    right = authority.server()

    def choose(connection: ssl.SSLObject, _host: str | None, _context: ssl.SSLContext) -> None:
        if (name := sink.draw_certificate()) is not None:
            connection.context = wrong[name]

    right.sni_callback = choose
    ready, ended = threading.Event(), asyncio.Event()

    async def run() -> None:
        loop.set_exception_handler(lambda *_: None)  # handshakes that the sender refuses

        async def trap(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            sink.inside.connections += 1
            writer.close()

        inside = await asyncio.start_server(trap, "127.0.0.1", 0)
        sink.inside.url = f"http://127.0.0.1:{inside.sockets[0].getsockname()[1]}/admin"
        server = await asyncio.start_server(
            sink.serve, "127.0.0.1", 0, ssl=right, backlog=512, limit=2**22
        )
        sink.url = f"https://localhost:{server.sockets[0].getsockname()[1]}/hook"
        ready.set()
        await ended.wait()
        server.close()
        inside.close()

    loop = asyncio.new_event_loop()

    def work() -> None:
        with suppress(asyncio.CancelledError):
            loop.run_until_complete(run())
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield sink
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(10)
