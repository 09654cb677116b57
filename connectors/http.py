"""The one door through which directories are called over HTTP, and where its failures are translated.

    transport error, time-out, 429, 5xx, 408      Unavailable (with Retry-After where it is given)
    401, 403 and every other 4xx                  Refused
    an address that may not be called             Refused
    a wrong type, a wrong shape, too much of it   BadData
    a redirect to another server                  BadData
    404 and 410                                   Refused, or None where the caller says that absence is an answer

Nothing of a request's headers or query (keys, tokens) enters a message or a detail. Nothing is taken from the
environment (proxies, .netrc) and nothing is kept of an answer (cookies).
"""

import asyncio
import re
import zlib
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final, Self, TypeVar
from urllib.parse import urlencode

import aiohttp
import httpx
import msgspec
from httpx_aiohttp import AiohttpTransport

from connectors.addresses import NotPublic, Outgoing, is_literal, open_session
from connectors.bodies import Body, Room, TooLarge
from connectors.contract import Context
from connectors.errors import BadData, Refused, SourceError, Unavailable
from connectors.guards.trail import upstream
from connectors.rate import Hold, TokenBucket, seconds_to_wait
from connectors.statuses import NotFound, Unauthorized, failure_of, is_postponed

__all__ = ["HttpDoor", "NotFound", "Params", "Unauthorized"]

T = TypeVar("T")
Params = Sequence[tuple[str, str]]

MAX_BODY_BYTES: Final = 32 * 1024 * 1024
"""What the answers of one directory that are being read may hold together once decompressed; more is BadData. No
directory's page comes near it."""

CALL_SECONDS: Final = 3.0
"""The longest that one call may take, from connecting to the last byte. A call that a directory lost while it was
down does not stand in the way for longer once it is back."""

MAX_REDIRECTS: Final = 3

USUAL: Final = {"user-agent": "hub-1000-jours", "accept": "*/*", "accept-encoding": "gzip"}
"""Headers of every call, unless a directory wants others."""

SHOWN_BYTES: Final = 500
"""Of the body of a failure: for the log."""

JSON_TYPES: Final = re.compile(r"(application|text)/([\w.-]+\+)?json\b", re.IGNORECASE)


class HttpDoor:
    """Calls one directory: its base address, headers, rate and connections.

    `base_url`: http(s), to which paths are appended. `headers`: sent with every call, only to that origin.
    `calls_per_second`: published rate of the directory, never exceeded. `connections`: calls in flight at once.
    `sandbox`: an ASGI application that answers instead of the network. `outgoing`: which addresses may be called.
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
        outgoing: Outgoing | None = None,
    ) -> None:
        self.source = source
        self.calls = 0
        """Requests sent since the start."""
        self._root = base_url.rstrip("/") + "/"
        self._base = httpx.URL(self._root)
        self._headers = httpx.Headers(USUAL | dict(headers or {}))
        self._bucket = TokenBucket(calls_per_second) if calls_per_second and sandbox is None else None
        self._slots = asyncio.Semaphore(connections)
        self._room = Room(MAX_BODY_BYTES)
        self._hold = Hold()
        self._outgoing = None if sandbox is not None else outgoing or Outgoing()
        # the transport itself: what a client adds (cookies, redirects, proxies of the environment, time-outs of steps)
        # is not wanted here, and costs as much as the call
        self._transport: httpx.AsyncBaseTransport = (
            _network(connections, self._outgoing)
            if self._outgoing
            else httpx.ASGITransport(sandbox, raise_app_exceptions=False)  # type: ignore[arg-type]
        )

    @classmethod
    def of(
        cls,
        context: Context,
        base_url: str,
        *,
        headers: Mapping[str, str] | None = None,
        calls_per_second: float | None = None,
        connections: int = 8,
    ) -> Self:
        """The door of a source, as the hub's context has it: its sandbox, and which addresses may be called."""
        return cls(
            context.source,
            base_url,
            headers=headers,
            calls_per_second=calls_per_second,
            connections=connections,
            sandbox=context.sandbox,
            outgoing=context.outgoing,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()

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
            target = self._base.join(url)
        except httpx.InvalidURL as error:
            raise BadData(self.source, "a link is not an address", detail=repr(error)) from error
        if _origin(target) != _origin(self._base):
            raise BadData(self.source, "a link leads to another server", detail=f"origin of link: {_origin(target)}")
        body = await self._send("GET", str(target))
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
        for _ in range(MAX_REDIRECTS + 1):
            response, body = await self._exchange(request)
            if response.is_success:
                return body
            if not (response.has_redirect_location and method == "GET"):
                break
            request = self._redirected(request, response)
        raise self._failure(response, body, request.url.path)

    async def _exchange(self, request: httpx.Request) -> tuple[httpx.Response, bytes]:
        """One request and its answer, within the source's rate, connections and deadline."""
        where = request.url.path
        async with self._slots:
            self._check_hold()
            if self._bucket:
                await self._bucket.take()
                self._check_hold()  # another call may have been told to wait meanwhile
            self.calls += 1
            try:
                with upstream(request.method, request.url.host, where) as span:
                    request.headers.update(span.headers)
                    async with asyncio.timeout(CALL_SECONDS):
                        response, body = await self._answer(request)
                    span.told("http.response.status_code", response.status_code)
            except TimeoutError as error:
                raise Unavailable(self.source, "no answer in time", detail=where, momentary=True) from error
            except (httpx.HTTPError, aiohttp.ClientError) as error:
                raise self._broken(error, where) from error
            return response, body

    async def _answer(self, request: httpx.Request) -> tuple[httpx.Response, bytes]:
        response = await self._transport.handle_async_request(request)
        response.request = request
        try:
            return response, await (self._read(response) if response.is_success else _beginning(response))
        finally:
            await response.aclose()

    def _check_hold(self) -> None:
        """Unavailable while the directory has asked us to wait."""
        if left := self._hold.left():
            raise Unavailable(self.source, "asks us to slow down", retry_after=left)

    def _redirected(self, request: httpx.Request, response: httpx.Response) -> httpx.Request:
        """The request that a redirect leads to: on the same server, or on the same host by https instead."""
        try:
            target = request.url.join(response.headers["location"])
        except (httpx.InvalidURL, ValueError) as error:
            raise BadData(self.source, "redirects to what is no address", detail=repr(error)) from error
        here, there = _origin(request.url), _origin(target)
        if there not in {here, ("https", here[1], 443)}:
            raise BadData(self.source, "redirects to another server", detail=f"{request.url.path}: to {there}")
        headers = {name: value for name, value in request.headers.items() if name != "host"}
        return self._request("GET", str(target), (), None, headers)

    def _request(
        self, method: str, path: str, params: Params, form: Params | None, headers: Mapping[str, str] | None
    ) -> httpx.Request:
        url = path if "://" in path else self._root + path.lstrip("/")
        if params:
            url = f"{url}{'&' if '?' in url else '?'}{urlencode(params)}"
        try:
            request = httpx.Request(
                method,
                url,
                content=None if form is None else urlencode(form),
                headers=self._headers if form is None and not headers else self._with(headers or {}, form is not None),
            )
        except (httpx.InvalidURL, ValueError) as error:
            raise BadData(self.source, "an address cannot be called", detail=repr(error)) from error
        host = request.url.host
        if self._outgoing and is_literal(host) and not self._outgoing.allows(host, host):
            raise self._forbidden(host)
        return request

    def _with(self, headers: Mapping[str, str], has_form: bool) -> httpx.Headers:
        merged = self._headers.copy()
        if has_form:
            merged["content-type"] = "application/x-www-form-urlencoded"
        merged.update(headers)
        return merged

    def _forbidden(self, host: str) -> Refused:
        detail = f"{host} is not public: allowed_hosts of hub.toml does not name it"
        return Refused(self.source, "has an address that may not be called", detail=detail)

    async def _read(self, response: httpx.Response) -> bytes:
        """The whole body of an answer; BadData when it is not JSON, too large or not in its coding."""
        type_ = response.headers.get("content-type")
        if type_ is not None and not JSON_TYPES.match(type_.strip()):
            raise BadData(self.source, "answers something that is not JSON", detail=f"content-type {type_[:80]!r}")
        try:
            with Body(response.headers.get("content-encoding", "").strip().lower(), self._room) as body:
                async for piece in response.aiter_raw():
                    body.add(piece)
                return body.whole()
        except TooLarge as error:
            raise BadData(self.source, "the answer is too large", detail=f"over {self._room.size} bytes") from error
        except (ValueError, zlib.error) as error:
            raise BadData(self.source, "the answer cannot be decompressed", detail=repr(error)) from error

    def _broken(self, error: Exception, where: str) -> SourceError:
        """What a failure of the transport means."""
        refusal = getattr(error.__cause__, "os_error", None)
        if isinstance(refusal, NotPublic):
            return self._forbidden(str(refusal))
        reached = not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
        message = "the connection broke" if reached else "cannot be reached"
        return Unavailable(self.source, message, detail=f"{where}: {error!r}", momentary=True)

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
        """What a status means; when the directory says how long to wait, nothing is sent before."""
        type_ = response.headers.get("content-type", "no type")
        detail = f"{where}: HTTP {response.status_code}, {type_}, begins {body!r}"
        wish = seconds_to_wait(response.headers.get("retry-after", ""))
        if wish and is_postponed(response.status_code):
            wish = self._hold.set(wish)
        return failure_of(self.source, response.status_code, detail, wish)


def _network(connections: int, outgoing: Outgoing) -> AiohttpTransport:
    """The transport over real connections."""
    context = httpx.create_ssl_context(trust_env=False)
    proxy = httpx.Proxy(outgoing.proxy) if outgoing.proxy else None
    opened = partial(open_session, connections, context, outgoing)
    return AiohttpTransport(verify=context, trust_env=False, proxy=proxy, client=opened)


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    """Scheme, host and port."""
    return url.scheme, url.host, url.port or {"http": 80, "https": 443}.get(url.scheme)


async def _beginning(response: httpx.Response) -> bytes:
    """The first bytes of a body, as they are."""
    body = b""
    async for piece in response.aiter_raw():
        body += piece
        if len(body) >= SHOWN_BYTES:
            break
    return body[:SHOWN_BYTES]
