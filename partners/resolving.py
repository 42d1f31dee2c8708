"""From a name to the addresses that may be connected to: one look-up, all checked."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv6Address

from aiohttp.abc import AbstractResolver, ResolveResult

from partners.addresses import Network, check_address

# Gives the addresses of a host; OSError when it has none.
Lookup = Callable[[str, int], Awaitable[Sequence[str]]]


async def system_lookup(host: str, port: int) -> list[str]:
    """The addresses of `host` according to the operating system."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


class CheckedResolver(AbstractResolver):
    """The only way of aiohttp's connector from a name to addresses: one look-up, all checked.

    A name that has one forbidden address among good ones is refused whole.
    """

    def __init__(self, lookup: Lookup, allowed_networks: Sequence[Network]) -> None:
        self._lookup = lookup
        self._allowed_networks = allowed_networks

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        addresses = [
            check_address(address, port=port, allowed_networks=self._allowed_networks)
            for address in dict.fromkeys(await self._lookup(host, port))
        ]
        if not addresses:
            raise OSError(f"{host} has no address")
        return [
            ResolveResult(
                hostname=host,
                host=str(address),
                port=port,
                family=socket.AF_INET6 if isinstance(address, IPv6Address) else socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for address in addresses
        ]

    async def close(self) -> None:
        """Nothing is held open."""
