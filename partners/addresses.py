"""Which URLs and IP addresses may be the target of a push. Pure: no name is resolved here.

A URL is checked when it is registered and again at every attempt, and every address that its name
resolves to is checked before a connection is made to that very address. Anything that can be
written in more than one way is refused rather than interpreted: two programs that read a strange
spelling differently are how such checks are usually passed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import TypeAlias

from attestations.errors import InvalidInput

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

# https, and the usual second port for it. Not every high port: a public address does not make
# whoever listens there a recipient. A recipient on a government network has its network listed.
PUBLIC_PORTS = frozenset({443, 8443})

# As many as a subscription has room for.
MAX_URL_LENGTH = 500

# The IANA registries of special-purpose addresses, and what else must not be reached. Written out
# because the `is_global` of the standard library changes with the Python version.
_REFUSED_V4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network, the unspecified address
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # public by number, but the host's own agent on one large cloud
        "169.254.0.0/16",  # link-local, cloud metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # automatic multicast tunnelling
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
# For version 6, only what is handed out as global unicast. That alone refuses loopback, unique
# local, link-local, multicast, mapped (::ffff:0:0/96) and NAT64 (64:ff9b::/96) addresses.
_PUBLIC_V6 = IPv6Network("2000::/3")
_REFUSED_V6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments: Teredo, benchmarking, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: holds a version 4 address
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)

_URL = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>[a-z0-9.-]+|\[[0-9a-f:.]+\])"
    r"(?::(?P<port>[1-9][0-9]{0,4}))?"
    r"(?P<path>/[a-z0-9._~!$&'()*+,;=:@/%-]*)?"
    r"(?P<query>\?[a-z0-9._~!$&'()*+,;=:@/?%-]*)?",
    re.IGNORECASE | re.ASCII,
)
# The last label begins with a letter: 127.1, 0x7f.0.0.1 and 2130706433 are no names.
_NAME = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")
# Names that mean something inside a network only (RFC 6761, 6762, 8375 and common use).
_INSIDE_NAMES = ("localhost", "local", "localdomain", "internal", "intranet", "lan", "home.arpa")


class ForbiddenTarget(InvalidInput):
    """A URL or address to which nothing may be sent; `detail` says what to write instead."""

    code = "ext/rejectedInput"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, field_name="endpoint")


@dataclass(frozen=True, slots=True)
class Target:
    """A checked URL. `host` is a lower-case name or a plain address without brackets."""

    scheme: str
    host: str
    port: int
    url: str  # Written in one way; what is connected to, instead of what was typed.


def parse_networks(networks: Sequence[str]) -> tuple[Network, ...]:
    """The allow-list of a setting (`127.0.0.0/8`); ValueError for what is not a network."""
    return tuple(ip_network(network) for network in networks)


def check_url(url: str, *, allowed_networks: Sequence[Network] = ()) -> Target:
    """The target that `url` names, or ForbiddenTarget.

    https on port 443 or 8443, a full host name or a public address, no user, no fragment. With
    allowed networks also http, any port and short names: whether such a host lies in one of them
    is known when it is resolved, and then insisted upon by `check_address`.
    """
    found = _URL.fullmatch(url) if len(url) <= MAX_URL_LENGTH else None
    if found is None:
        raise ForbiddenTarget(
            "write the endpoint as https://host/path in plain ASCII (international names as xn--),"
            f" without user, password or fragment, in at most {MAX_URL_LENGTH} characters"
        )
    scheme, host = found["scheme"].lower(), found["host"].lower()
    port = int(found["port"] or (443 if scheme == "https" else 80))
    if port > 65535:
        raise ForbiddenTarget(f"there is no port {port}")
    address = _literal(host)
    if address is not None:
        check_address(address, port=port, allowed_networks=allowed_networks)
        host = str(address)
    elif not _is_name(host) or (not allowed_networks and _is_inside_name(host)):
        raise ForbiddenTarget("the host must be a full public name, such as hooks.example.be")
    inside = address is not None and _is_in(address, allowed_networks)
    # A public port is spoken to in TLS only, so that `check_address` need not know the scheme.
    if scheme == "http" and not inside and (port in PUBLIC_PORTS or not allowed_networks):
        raise ForbiddenTarget("the endpoint must begin with https://")
    if port not in PUBLIC_PORTS and not allowed_networks:
        raise ForbiddenTarget(f"the port must be 443 or 8443, not {port}")
    shown = f"[{host}]" if ":" in host else host
    rest = (found["path"] or "/") + (found["query"] or "")
    return Target(scheme, host, port, f"{scheme}://{shown}:{port}{rest}")


def is_inside(target: Target, allowed_networks: Sequence[Network]) -> bool:
    """Whether the target can only lie in one of these networks.

    By its address, or because http is spoken there only: `check_address` insists on it then.
    """
    address = _literal(f"[{target.host}]" if ":" in target.host else target.host)
    if address is None:
        return target.scheme == "http"
    return _is_in(address, allowed_networks)


def check_address(
    address: str | Address, *, port: int, allowed_networks: Sequence[Network] = ()
) -> Address:
    """The address to connect to, or ForbiddenTarget: public on a public port, or allowed."""
    try:
        checked = ip_address(address)
    except ValueError:
        raise ForbiddenTarget("not an IP address") from None
    if isinstance(checked, IPv6Address) and checked.scope_id is not None:
        raise ForbiddenTarget("an address with a zone lies inside")
    if _is_in(checked, allowed_networks):
        return checked
    if not is_public(checked):
        raise ForbiddenTarget(f"{checked} is not a public address")
    if port not in PUBLIC_PORTS:
        ports = " or ".join(map(str, sorted(PUBLIC_PORTS)))
        raise ForbiddenTarget(f"{port} is not a port for https: use {ports}")
    return checked


def is_public(address: Address) -> bool:
    """Whether the address is somebody's on the Internet: none of the special purposes."""
    if isinstance(address, IPv4Address):
        return not _is_in(address, _REFUSED_V4)
    return address in _PUBLIC_V6 and not _is_in(address, _REFUSED_V6)


def _is_in(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)


def _literal(host: str) -> Address | None:
    try:
        if host.startswith("["):
            return IPv6Address(host[1:-1])
        # Four decimal numbers without leading zeros, and nothing shorter.
        return IPv4Address(host)
    except ValueError:
        return None  # With brackets or a number at the end it is no name either.


def _is_name(host: str) -> bool:
    return len(host) <= 253 and _NAME.fullmatch(host) is not None


def _is_inside_name(host: str) -> bool:
    return "." not in host or host.endswith(tuple(f".{name}" for name in _INSIDE_NAMES))
