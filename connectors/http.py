"""The one door through which directories are called over HTTP, and where its failures are translated.

    transport error, time-out, 429, 5xx, 408      Unavailable (with Retry-After where it is given)
    401, 403 and every other 4xx                  Refused
    a redirect, a wrong type, a wrong shape       BadData
    404 and 410                                   Refused, or None where the caller says that absence is an answer

Nothing of a request's headers or query (keys, tokens) enters a message or a detail.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Self, TypeVar
from urllib.parse import urljoin, urlsplit

import httpx
import msgspec
from httpx_aiohttp import AiohttpTransport

from connectors.errors import BadData, Refused, SourceError, Unavailable
from connectors.rate import TokenBucket

T = TypeVar("T")
Params = Sequence[tuple[str, str]]

MAX_BODY_BYTES = 64 * 1024 * 1024
"""A larger answer is refused as BadData: no directory's page comes near it."""

CONNECT_SECONDS = 5.0
READ_SECONDS = 30.0


class HttpDoor:
    """Calls one directory: its base address, headers, rate and connections.

    `base_url`: http(s), to which paths are appended. `headers`: sent with every call, only to that origin.
    `calls_per_second`: published rate of the directory, never exceeded. `connections`: calls in flight at once.
    `sandbox`: an ASGI application that answers instead of the network.
    """

    def __init__(
        self,
        source: str,
        base_url: str,
        *,
        headers: Mapping[str, str] | None = None,
        calls_per_second: float | None = None,
        connections: int = 8,
        sandbox: Any | None = None,
    ) -> None:
        self.source = source
        self.calls = 0
        """Requests sent since the start."""
        self._base = httpx.URL(base_url.rstrip("/") + "/")
        self._headers = dict(headers or {})
        self._bucket = TokenBucket(calls_per_second) if calls_per_second and sandbox is None else None
        self._slots = asyncio.Semaphore(connections)
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        transport: httpx.AsyncBaseTransport = (
            AiohttpTransport(limits=limits, trust_env=False)
            if sandbox is None
            else httpx.ASGITransport(sandbox, raise_app_exceptions=False)
        )
        self._client = httpx.AsyncClient(
            transport=transport,
            timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
            follow_redirects=False,
            trust_env=False,
            headers={"user-agent": "hub-1000-jours"},
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def get(
        self, path: str, into: type[T], *, params: Params = (), headers: Mapping[str, str] | None = None
    ) -> T:
        """GET `path` (relative to the base address) and decode the JSON body as `into`."""
        body = await self._send("GET", path, params=params, headers=headers)
        return self._decode(body, into, path)

    async def find(
        self, path: str, into: type[T], *, params: Params = (), headers: Mapping[str, str] | None = None
    ) -> T | None:
        """Like `get`, for something that may not exist: None on 404 and 410."""
        try:
            body = await self._send("GET", path, params=params, headers=headers)
        except NotFound:
            return None
        return self._decode(body, into, path)

    async def post_form(self, path: str, into: type[T], *, form: Params, headers: Mapping[str, str] | None = None) -> T:
        """POST a form (application/x-www-form-urlencoded) and decode the JSON body as `into`."""
        body = await self._send("POST", path, form=form, headers=headers)
        return self._decode(body, into, path)

    async def follow(self, url: str, into: type[T]) -> T:
        """GET an absolute or relative link that the directory gave, as it is; never to another origin."""
        try:
            target = urljoin(str(self._base), url)
            elsewhere = urlsplit(target)[:2] != urlsplit(str(self._base))[:2]
        except ValueError as error:
            raise BadData(self.source, "a link is not an address", detail=repr(error)) from error
        if elsewhere:
            raise BadData(self.source, "a link leads to another server", detail=f"origin of link: {_origin(target)}")
        body = await self._send("GET", target)
        return self._decode(body, into, "a link")

    async def _send(
        self,
        method: str,
        path: str,
        *,
        params: Params = (),
        form: Params | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        request = self._request(method, path, params, form, headers)
        where = request.url.path
        async with self._slots:
            if self._bucket:
                await self._bucket.take()
            self.calls += 1
            try:
                response = await self._client.send(request, stream=True)
                try:
                    body = await self._read(response)
                finally:
                    await response.aclose()
            except httpx.DecodingError as error:
                raise BadData(self.source, "the answer cannot be decompressed", detail=repr(error)) from error
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                raise Unavailable(self.source, "cannot be reached", detail=f"{where}: {error!r}") from error
            except httpx.TimeoutException as error:
                raise Unavailable(self.source, "no answer in time", detail=f"{where}: {error!r}") from error
            except httpx.HTTPError as error:
                raise Unavailable(self.source, "the connection broke", detail=f"{where}: {error!r}") from error
        self._client.cookies.clear()
        if not response.is_success:
            raise self._failure(response, body, where)
        return body

    def _request(
        self, method: str, path: str, params: Params, form: Params | None, headers: Mapping[str, str] | None
    ) -> httpx.Request:
        try:
            return self._client.build_request(
                method,
                path if "://" in path else self._base.join(path.lstrip("/")),
                params=list(params) or None,
                content=str(httpx.QueryParams(list(form))) if form is not None else None,
                headers={
                    **self._headers,
                    **({"content-type": "application/x-www-form-urlencoded"} if form is not None else {}),
                    **(headers or {}),
                },
            )
        except httpx.InvalidURL as error:
            raise BadData(self.source, "an address cannot be called", detail=repr(error)) from error

    async def _read(self, response: httpx.Response) -> bytes:
        body = bytearray()
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > MAX_BODY_BYTES:
                raise BadData(self.source, "the answer is too large", detail=f"over {MAX_BODY_BYTES} bytes")
        return bytes(body)

    def _decode(self, body: bytes, into: type[T], path: str) -> T:
        try:
            return msgspec.json.decode(body, type=into)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise BadData(
                self.source,
                "the answer is not in its format",
                detail=f"{path}: {error}; body begins {body[:80]!r}",
            ) from error

    def _failure(self, response: httpx.Response, body: bytes, where: str) -> SourceError:
        status = response.status_code
        detail = f"{where}: HTTP {status}, {response.headers.get('content-type', 'no type')}, begins {body[:500]!r}"
        if status in {408, 425, 429} or status >= 500:
            message = "asks us to slow down" if status == 429 else "answers that it cannot serve now"
            return Unavailable(self.source, message, detail=detail, retry_after=_retry_after(response))
        if status == 401:
            return Unauthorized(self.source, "refuses our key", detail=detail)
        if status == 403:
            return Refused(self.source, "refuses our key", detail=detail)
        if status in {404, 410}:
            return NotFound(self.source, "does not know what was asked", detail=detail)
        if 300 <= status < 400:
            return BadData(self.source, "redirects instead of answering", detail=detail)
        return Refused(self.source, "refuses our request", detail=detail)


class NotFound(Refused):
    """404 or 410; `HttpDoor.find` turns it into None."""


class Unauthorized(Refused):
    """401; a connector whose tokens expire takes a new one."""


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}"


def _retry_after(response: httpx.Response) -> float | None:
    """Seconds to wait (RFC 9110 §10.2.3: a number of seconds or a date); None when absent or unreadable."""
    value = response.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
