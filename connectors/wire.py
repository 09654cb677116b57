"""How one HTTP request leaves and its answer comes back: over the network, or from an application in this process.

The one place that knows HTTP libraries. Over the network that is aiohttp itself, with nothing around it: a client of
another library on top costs twice as much as the call.
"""

import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from functools import cache
from typing import Any, Final, Protocol

import aiohttp
import httpx
from msgspec import Struct
from yarl import URL

from connectors.addresses import NotPublic, Outgoing, open_session

FAILURES: Final = (aiohttp.ClientError, httpx.HTTPError)
"""What a wire raises when there is no answer, or not a whole one."""


class Request(Struct, frozen=True):
    """One request. `content`: its body, None for none."""

    method: str
    url: URL
    headers: Mapping[str, str]
    content: bytes | None = None


class Response(Struct, frozen=True):
    """An answer whose body is still to be read, in `pieces`. `headers` are found whatever their case.

    `release` must be called in the end: what is not read by then never will be.
    """

    status: int
    headers: Mapping[str, str]
    pieces: AsyncIterator[bytes]
    release: Callable[[], object]


class Wire(Protocol):
    """A way for requests to go."""

    async def send(self, request: Request) -> Response:
        """The answer, as it begins; redirects and errors are answers like others. Raises one of `FAILURES`."""
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...


@cache
def tls() -> ssl.SSLContext:
    """How servers are known to be who they say: by the authorities that come with httpx, nothing of the environment.

    One for all: to read the authorities is nearly all of what opening a source takes.
    """
    return httpx.create_ssl_context(trust_env=False)


class Network:
    """Real connections: so many at once, to the addresses that may be called."""

    def __init__(self, connections: int, outgoing: Outgoing) -> None:
        self._connections = connections
        self._outgoing = outgoing
        self._context = tls()
        self._session: aiohttp.ClientSession | None = None

    async def send(self, request: Request) -> Response:
        """See `Wire`."""
        session = self._session
        if session is None:  # it belongs to the event loop that runs
            session = self._session = open_session(self._connections, self._context, self._outgoing)
        response = await session.request(
            request.method, request.url, headers=request.headers, data=request.content, allow_redirects=False
        )
        return Response(response.status, response.headers, response.content.iter_any(), response.release)

    async def aclose(self) -> None:
        """See `Wire`."""
        if self._session is not None:
            await self._session.close()


class InProcess:
    """An ASGI application in the directory's place; an exception in it is an answer of status 500."""

    def __init__(self, app: Any) -> None:
        self._transport = httpx.ASGITransport(app, raise_app_exceptions=False)

    async def send(self, request: Request) -> Response:
        """See `Wire`."""
        asked = httpx.Request(request.method, str(request.url), headers=request.headers, content=request.content)
        response = await self._transport.handle_async_request(asked)
        return Response(response.status_code, response.headers, response.aiter_raw(), lambda: None)

    async def aclose(self) -> None:
        """See `Wire`."""
        await self._transport.aclose()


def not_allowed(error: Exception) -> str | None:
    """The host of an address that may not be called, when that is why there is no answer."""
    cause = getattr(error, "os_error", None)
    return str(cause) if isinstance(cause, NotPublic) else None


def is_unreached(error: Exception) -> bool:
    """Whether there was not even a connection."""
    return isinstance(error, aiohttp.ClientConnectorError)


def described(error: Exception) -> str:
    """What a failure says, but for those that tell the request: its address, and the key of a proxy."""
    silent = isinstance(error, aiohttp.ClientResponseError | aiohttp.InvalidURL)
    return type(error).__name__ if silent else repr(error)
