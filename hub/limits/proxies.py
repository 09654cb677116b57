"""Who a client is, when proxies stand between: the last address of the chain that is not one of ours.

Each proxy appends the address that it was called from, so that only what our own proxies wrote is true: read from the
right, the first address that is not one of theirs. What stands left of it is whatever the client wrote. Only the one
header that the proxies set is read (X-Forwarded-For, or Forwarded of RFC 7239): they pass the other on unseen.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, TypeAlias

from starlette.types import Scope

from hub.limits.settings import CallerLimits

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

MAX_CHAIN: Final = 4_096
"""Characters of a chain that are read, from its end."""
IPV6_SITE: Final = 64
"""Bits of an IPv6 address that stand for one subscriber (RFC 6177): the rest is theirs to choose."""

_FOR: Final = re.compile(r'(?:^|;)\s*for\s*=\s*("[^"]*"|[^;\s]*)', re.IGNORECASE)
_PORT: Final = re.compile(r"^(?:\[(?P<v6>[^\]]*)\]|(?P<v4>[^:]*))(?::\w+)?$")


class Proxies:
    """The proxies in front of the hub. Without any, a client is who connects."""

    def __init__(self, callers: CallerLimits) -> None:
        self._networks: Sequence[Network] = tuple(ip_network(network) for network in callers.proxies)
        self._header = callers.forwarded.encode()
        self._rfc_7239 = callers.forwarded == "forwarded"

    def client(self, scope: Scope) -> str:
        """The client's address, "" when there is none (a Unix socket)."""
        peer = scope.get("client")
        address = peer[0] if peer else ""
        return self._reported(scope, address) if self._networks and self._ours(_read(address)) else address

    def scheme(self, scope: Scope) -> str:
        """The scheme that the client used: a proxy of ours tells it in X-Forwarded-Proto."""
        peer = scope.get("client")
        if self._networks and peer and self._ours(_read(peer[0])):
            told = [value for name, value in scope["headers"] if name == b"x-forwarded-proto"]
            if told and told[-1] in {b"http", b"https"}:
                return str(told[-1].decode())
        return str(scope.get("scheme", "http"))

    def _ours(self, address: Address | None) -> bool:
        return address is not None and any(address in network for network in self._networks)

    def _reported(self, scope: Scope, address: str) -> str:
        for hop in reversed(self._chain(scope)):
            read = _read(hop)
            if read is None:
                break
            address = str(read)
            if not self._ours(read):
                break
        return address

    def _chain(self, scope: Scope) -> list[str]:
        values = [value.decode("latin-1") for name, value in scope["headers"] if name == self._header]
        hops = [hop.strip() for hop in ",".join(values)[-MAX_CHAIN:].split(",")]
        if not self._rfc_7239:
            return hops
        return [found[1].strip('"') if (found := _FOR.search(hop)) else "" for hop in hops]


@lru_cache(maxsize=4096)
def subscriber(address: str) -> str:
    """What addresses of one subscriber have in common: an IPv4 address, or the /64 of an IPv6 one."""
    read = _read(address)
    if isinstance(read, IPv6Address):
        return str(ip_network((int(read) >> IPV6_SITE << IPV6_SITE, IPV6_SITE)))
    return str(read) if read else address


@lru_cache(maxsize=4096)
def _read(text: str) -> Address | None:
    """An address with or without a port or brackets; None when it is none. An IPv4 address in IPv6 is IPv4."""
    found = _PORT.match(text)
    try:
        address = ip_address((found["v6"] or found["v4"] or "") if found else text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
