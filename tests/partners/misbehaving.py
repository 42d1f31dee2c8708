"""Recipients for tests: real sockets, and whatever a server may do wrong."""

import asyncio
from contextlib import asynccontextmanager

from partners.addresses import parse_networks

LOOPBACK = parse_networks(["127.0.0.0/8"])
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Recipient:
    """A TCP server that reads each request whole and then does what it was told."""

    def __init__(self, behave):
        self.behave = behave
        self.requests = []
        self.connections = 0

    async def serve(self, reader, writer):
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                self.requests.append((head, await reader.readexactly(length)))
                await self.behave(writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # The other side has had enough, or the test is over.
        finally:
            writer.close()


def says(*parts):
    async def behave(writer):
        for part in parts:
            writer.write(part)
        await writer.drain()

    return behave


def hangs_up_after(*parts):
    async def behave(writer):
        await says(*parts)(writer)
        writer.close()

    return behave


def repeats(start, part, *, pause=0.0):
    """Says `part` again and again after `start`, as long as anybody listens."""

    async def behave(writer):
        writer.write(start)
        while True:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)

    return behave


async def says_nothing(writer):
    await writer.wait_closed()


@asynccontextmanager
async def listening(behave, *, tls=None):
    recipient = Recipient(behave)
    server = await asyncio.start_server(recipient.serve, "127.0.0.1", 0, ssl=tls)
    recipient.port = server.sockets[0].getsockname()[1]
    try:
        yield recipient
    finally:
        server.close()
