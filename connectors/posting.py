"""Sending something to an address that somebody else chose: a public one, or a host that the operator named.

The address that was checked is the one connected to; nothing is redirected, no cookie or key goes along, and what is
answered but its status is not read. Nothing of the address enters a message.
"""

import asyncio
from collections.abc import Mapping
from typing import Final, Protocol

import aiohttp
from msgspec import Struct
from yarl import URL

from connectors.addresses import NotPublic, Outgoing, is_literal, open_session
from connectors.rate import seconds_to_wait
from connectors.wire import tls

USUAL: Final = {"user-agent": "hub-1000-jours", "accept": "*/*", "accept-encoding": "identity"}

MOST_HEADERS: Final = 8_190
"""Bytes of a header that an answer may have."""


class Posted(Struct, frozen=True):
    """What came back. `retry_after`: seconds that the server asks us to wait."""

    status: int
    retry_after: float | None = None

    @property
    def taken(self) -> bool:
        """Whether the server has taken it."""
        return 200 <= self.status < 300


class NotPosted(Exception):
    """No answer came; the message says why, and may be shown to who chose the address."""


class Posting(Protocol):
    """What sends."""

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Posted:
        """Send a body, once. Raises NotPosted."""
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...


class Poster:
    """Sends over the network. `seconds`: that one sending may take, from the name of the host to the status."""

    def __init__(self, outgoing: Outgoing, *, seconds: float, connections: int) -> None:
        self._outgoing = outgoing
        self._seconds = seconds
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Posted:
        """See `Posting`."""
        if self._session is None:
            self._session = open_session(self._connections, tls(), self._outgoing)
        try:
            async with asyncio.timeout(self._seconds):
                return await self._posted(self._session, url, body, {**USUAL, **headers})
        except TimeoutError:
            raise NotPosted("no answer in time") from None
        except aiohttp.ClientConnectorError as error:
            public = not isinstance(error.os_error, NotPublic)
            raise NotPosted("cannot be reached" if public else "the address is not public") from None
        except (aiohttp.ClientError, OSError, ValueError):
            raise NotPosted("the connection broke, or what came is not HTTP") from None

    async def aclose(self) -> None:
        """See `Posting`."""
        if self._session is not None:
            await self._session.close()

    async def _posted(
        self, session: aiohttp.ClientSession, url: str, body: bytes, headers: Mapping[str, str]
    ) -> Posted:
        host = URL(url).host or ""
        # a name is checked when it is resolved; an address is not resolved
        if is_literal(host) and not self._outgoing.allows(host, host):
            raise NotPosted("the address is not public")
        response = await session.post(
            url,
            data=body,
            headers=headers,
            allow_redirects=False,
            auto_decompress=False,
            proxy=self._outgoing.proxy,
            timeout=aiohttp.ClientTimeout(total=None),
            max_headers=100,
            max_field_size=MOST_HEADERS,
        )
        try:
            return Posted(response.status, seconds_to_wait(response.headers.get("retry-after", "")))
        finally:
            response.close()  # its body, however long, is not waited for
