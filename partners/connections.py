"""Connections to recipients: checked when they are opened, and used again where that is safe.

Opening them, and TLS, are aiohttp's. A name is resolved once per connection, every address it gives
is checked, and the connection goes to those very addresses, while `Host` and the certificate stay
the name's.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp.connector import Connection
from yarl import URL

from partners.addresses import Network, check_url
from partners.deadlines import Deadlines
from partners.resolving import CheckedResolver, Lookup, system_lookup

# An idle connection is dropped before most servers drop it (5 s and more), or a delivery would now
# and then be written to one that is being closed.
KEEP_ALIVE_SECONDS = 4
DNS_SECONDS = 10
# aiohttp's own: `Limits.total` is the limit.
_NO_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=None)


@dataclass(frozen=True, slots=True)
class Route:
    """The way to a checked URL: what the connector asks for, and the request's first lines.

    Idle connections are kept here: to find them in aiohttp's pool takes a tenth of a POST.
    """

    request: aiohttp.ClientRequest
    start: str  # Without the method.
    # Connections that may be used again, and since when they are idle.
    idle: list[tuple[Connection, float]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Session:
    """Connections that may be used again, from `open_session`; for one event loop."""

    connector: aiohttp.TCPConnector
    allowed_networks: Sequence[Network]
    slots: asyncio.Semaphore
    routes: dict[str, Route] = field(default_factory=dict)
    deadlines: Deadlines = field(default_factory=Deadlines)

    def route(self, url: str) -> Route:
        """The way to `url`, or ForbiddenTarget; a URL is checked once in a session."""
        if url not in self.routes:
            target = check_url(url, allowed_networks=self.allowed_networks)
            loop = asyncio.get_running_loop()
            request = aiohttp.ClientRequest("POST", URL(target.url, encoded=True), loop=loop)
            path, host = request.url.raw_path_qs, request.headers["Host"]
            self.routes[url] = Route(request, f" {path} HTTP/1.1\r\nHost: {host}\r\n")
        return self.routes[url]


@asynccontextmanager
async def open_session(
    *,
    allowed_networks: Sequence[Network] = (),
    concurrency: int = 16,
    lookup: Lookup | None = None,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[Session]:
    """A session with at most `concurrency` attempts at a time; further ones wait their turn.

    `tls` is for recipients whose certificates come from a private authority.
    """
    connector = aiohttp.TCPConnector(
        resolver=CheckedResolver(lookup or system_lookup, allowed_networks),
        limit=0,  # The slots are the limit, so that waiting for one is not taken for slowness.
        ttl_dns_cache=DNS_SECONDS,
        ssl=tls or True,
    )
    async with connector:
        session = Session(connector, allowed_networks, asyncio.Semaphore(concurrency))
        try:
            yield session
        finally:
            for route in session.routes.values():
                for connection, _ in route.idle:
                    connection.close()


async def borrow(session: Session, route: Route) -> Connection:
    """A connection on which nothing was said: what came while it was idle answers no request."""
    while route.idle:
        connection, since = route.idle.pop()
        if _is_clean(connection) and time.monotonic() - since < KEEP_ALIVE_SECONDS:
            return connection
        abandon(connection)
    return await session.connector.connect(route.request, [], _NO_TIMEOUT)


def let_go(connection: Connection, route: Route, *, ended: bool) -> None:
    """It is used again if all that came was understood, and all that was written has left."""
    transport = connection.transport
    written = transport is not None and not transport.get_write_buffer_size()
    if ended and written and _is_clean(connection):
        route.idle.append((connection, time.monotonic()))
    else:
        abandon(connection)


def abandon(connection: Connection) -> None:
    """Close it at once: to wait until the rest is taken could be to wait for good."""
    if connection.protocol is not None:
        connection.protocol.abort()
    connection.close()


def _is_clean(connection: Connection) -> bool:
    """Whether it is open, and nothing came on it but what was asked."""
    protocol = connection.protocol
    return protocol is not None and protocol.is_connected() and not protocol.should_close
