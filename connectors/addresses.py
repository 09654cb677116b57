"""Which addresses may be called: public ones, and hosts that the configuration allows by name.

What is not globally reachable (loopback, private networks, link-local, the metadata services of clouds…) is told by
the IANA special-purpose address registries, as the standard library knows them; IPv4 addresses that are carried in
IPv6 ones count as themselves (RFC 4291 §2.5.5, RFC 3056, RFC 4380, RFC 6052).
"""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from socket import AddressFamily
from ssl import SSLContext
from typing import Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from msgspec import Struct

NAT64: Final = IPv6Network("64:ff9b::/96")


class Outgoing(Struct, frozen=True):
    """How the hub calls out.

    `allowed_hosts`: hosts, in lower case and without a port, that may have an address of any sort. `proxy`: address
    of the proxy through which everything goes, which then resolves the names; None for none. Proxies in the
    environment are never used.
    """

    allowed_hosts: frozenset[str] = frozenset()
    proxy: str | None = None

    def allows(self, host: str, address: str) -> bool:
        """Whether a host may be called at this address."""
        return host.lower().rstrip(".") in self.allowed_hosts or is_public(address)


def is_public(address: str) -> bool:
    """Whether an IP address is globally reachable; False for what is no IP address."""
    try:
        ip: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, IPv6Address):
        carried = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        ip = IPv4Address(int(ip) & 0xFFFFFFFF) if ip in NAT64 else carried or ip
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def is_literal(host: str) -> bool:
    """Whether a host is an IP address: no name is resolved for it."""
    return ":" in host or host.replace(".", "").isdigit()


class NotPublic(OSError):
    """A name has an address that may not be called; its text is the name."""


class PublicResolver(AbstractResolver):
    """Gives the addresses of a name only when it may be called at all of them; they are then the ones connected to.

    So a name that changes its address between the check and the connection (DNS rebinding) gains nothing.
    """

    def __init__(self, outgoing: Outgoing, inner: AbstractResolver) -> None:
        self._outgoing = outgoing
        self._inner = inner

    async def resolve(
        self, host: str, port: int = 0, family: AddressFamily = AddressFamily.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of a name; NotPublic when one of them may not be called."""
        found = await self._inner.resolve(host, port, family)
        if not all(self._outgoing.allows(host, one["host"]) for one in found):
            raise NotPublic(host)
        return found

    async def close(self) -> None:
        """Let go of what resolves the names."""
        await self._inner.close()


def open_session(connections: int, context: SSLContext, outgoing: Outgoing) -> aiohttp.ClientSession:
    """So many connections to what may be called, without cookies or time limits; bodies come as they are sent.

    A proxy resolves the names itself.
    """
    resolver = None if outgoing.proxy else PublicResolver(outgoing, aiohttp.ThreadedResolver())
    connector = aiohttp.TCPConnector(limit=connections, ssl=context, resolver=resolver)
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(),
        auto_decompress=False,
        proxy=outgoing.proxy,
    )
