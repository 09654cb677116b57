"""The one door through which directories are called over HTTP, and where its failures are translated.

    transport error, time-out, 429, 5xx, 408      Unavailable (with Retry-After where it is given)
    401, 403 and every other 4xx                  Refused
    an address that may not be called             Refused
    a wrong type, a wrong shape, too much of it   BadData
    a redirect to another server                  BadData
    404 and 410                                   Refused, or None where the caller says that absence is an answer

Nothing of a request's headers or query (keys, tokens) enters a message or a detail. Nothing is taken from the
environment (proxies, .netrc) and nothing is kept of an answer (cookies). What carries the requests is in wire.py.
"""

import asyncio
import re
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, Final, Self, TypeVar

import msgspec
from yarl import URL

from connectors.addresses import Outgoing, is_literal
from connectors.bodies import Body, Room, TooLarge, beginning
from connectors.contract import Context
from connectors.errors import BadData, Refused, SourceError, Unavailable
from connectors.guards.trail import upstream
from connectors.rate import Hold, TokenBucket, seconds_to_wait
from connectors.statuses import NotFound, Unauthorized, failure_of, is_postponed
from connectors.wire import FAILURES, InProcess, Network, Request, Response, Wire, described, is_unreached, not_allowed

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

REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})

LONGEST_ADDRESS: Final = 65_536
"""Characters: no server takes a longer one."""

USUAL: Final = {"user-agent": "hub-1000-jours", "accept": "*/*", "accept-encoding": "gzip"}
"""Headers of every call, unless a directory wants others."""

FORM: Final = {"content-type": "application/x-www-form-urlencoded"}

SHOWN_BYTES: Final = 500
"""Of the body of a failure: for the log."""

JSON_TYPES: Final = re.compile(r"(application|text)/([\w.-]+\+)?json\b", re.IGNORECASE)


class HttpDoor:
    """Calls one directory: its base address, headers, rate and connections.

    `base_url`: http(s), to which paths are appended. `headers`: sent with every call, only to that origin.
    `calls_per_second`: published rate of the directory, never exceeded. `connections`: calls in flight at once.
    `sandbox`: an ASGI application that answers instead of the network. `outgoing`: which addresses may be called.
    `types`: media types that answers may have.
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
        types: re.Pattern[str] = JSON_TYPES,
    ) -> None:
        self.source = source
        self.calls = 0
        """Requests sent since the start."""
        self._root = base_url.rstrip("/") + "/"
        self._base = URL(self._root)
        self._headers = USUAL | {name.lower(): value for name, value in (headers or {}).items()}
        self._bucket = TokenBucket(calls_per_second) if calls_per_second and sandbox is None else None
        self._slots = asyncio.Semaphore(connections)
        self._types = types
        self._room = Room(MAX_BODY_BYTES)
        self._hold = Hold()
        self._outgoing = None if sandbox is not None else outgoing or Outgoing()
        self._wire: Wire = Network(connections, self._outgoing) if self._outgoing else InProcess(sandbox)

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
        await self._wire.aclose()

    async def get(
        self, path: str, into: type[T], *, params: Params = (), headers: Mapping[str, str] | None = None
    ) -> T:
        """GET `path` (relative to the base address) and decode the JSON body as `into`."""
        body = await self._send("GET", path, params=params, headers=headers)
        return self._decode(body, into, path)

    async def read(self, path: str, *, headers: Mapping[str, str] | None = None) -> bytes:
        """GET `path`: the body as it is."""
        return await self._send("GET", path, headers=headers)

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
            target = self._base.join(URL(url))
        except ValueError as error:
            raise BadData(self.source, "a link is not an address", detail=repr(error)) from error
        if _origin(target) != _origin(self._base):
            raise BadData(self.source, "a link leads to another server", detail=f"origin of link: {_origin(target)}")
        body = await self._sent(Request("GET", target, self._headers))
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
        try:
            url = URL(path if "://" in path else self._root + path.lstrip("/")).extend_query(params)
        except ValueError as error:
            raise BadData(self.source, "an address cannot be called", detail=repr(error)) from error
        if (length := len(str(url))) > LONGEST_ADDRESS:
            raise BadData(self.source, "an address cannot be called", detail=f"{length} characters")
        merged = self._headers
        if headers:
            merged = merged | {name.lower(): value for name, value in headers.items()}
        if form is None:
            return await self._sent(Request(method, url, merged))
        content = URL.build(query=list(form)).raw_query_string.encode()
        return await self._sent(Request(method, url, FORM | merged, content))

    async def _sent(self, request: Request) -> bytes:
        """The body of the answer to a request, wherever its redirects lead."""
        for _ in range(MAX_REDIRECTS + 1):
            response, body = await self._exchange(request)
            if 200 <= response.status < 300:
                return body
            if not (response.status in REDIRECTS and "location" in response.headers and request.method == "GET"):
                break
            request = self._redirected(request, response)
        raise self._failure(response, body, request.url.path)

    async def _exchange(self, request: Request) -> tuple[Response, bytes]:
        """One request and its answer, within the source's rate, connections and deadline."""
        host, where = request.url.host or "", request.url.path
        if self._outgoing and is_literal(host) and not self._outgoing.allows(host, host):
            raise self._forbidden(host)
        async with self._slots:
            self._check_hold()
            if self._bucket:
                await self._bucket.take()
                self._check_hold()  # another call may have been told to wait meanwhile
            self.calls += 1
            try:
                with upstream(request.method, host, where) as span:
                    if span.headers:
                        request = msgspec.structs.replace(request, headers={**request.headers, **span.headers})
                    async with asyncio.timeout(CALL_SECONDS):
                        response, body = await self._answer(request)
                    span.told("http.response.status", response.status)
            except TimeoutError as error:
                raise Unavailable(self.source, "no answer in time", detail=where, momentary=True) from error
            except FAILURES as error:
                raise self._broken(error, where) from error
            return response, body

    async def _answer(self, request: Request) -> tuple[Response, bytes]:
        response = await self._wire.send(request)
        try:
            return response, await (
                self._read(response) if 200 <= response.status < 300 else beginning(response.pieces, SHOWN_BYTES)
            )
        finally:
            response.release()

    def _check_hold(self) -> None:
        """Unavailable while the directory has asked us to wait."""
        if left := self._hold.left():
            raise Unavailable(self.source, "asks us to slow down", retry_after=left)

    def _redirected(self, request: Request, response: Response) -> Request:
        """The request that a redirect leads to: on the same server, or on the same host by https instead."""
        try:
            target = request.url.join(URL(response.headers["location"]))
            there = _origin(target)
        except ValueError as error:
            raise BadData(self.source, "redirects to what is no address", detail=repr(error)) from error
        here = _origin(request.url)
        if there not in {here, ("https", here[1], 443)}:
            raise BadData(self.source, "redirects to another server", detail=f"{request.url.path}: to {there}")
        return msgspec.structs.replace(request, url=target)

    def _forbidden(self, host: str) -> Refused:
        detail = f"{host} is not public: allowed_hosts of hub.toml does not name it"
        return Refused(self.source, "has an address that may not be called", detail=detail)

    async def _read(self, response: Response) -> bytes:
        """The whole body of an answer; BadData when it is not of our types, too large or not in its coding."""
        type_ = response.headers.get("content-type")
        if type_ is not None and not self._types.match(type_.strip()):
            raise BadData(self.source, "answers something that is not JSON", detail=f"content-type {type_[:80]!r}")
        try:
            with Body(response.headers.get("content-encoding", "").strip().lower(), self._room) as body:
                async for piece in response.pieces:
                    body.add(piece)
                return body.whole()
        except TooLarge as error:
            raise BadData(self.source, "the answer is too large", detail=f"over {self._room.size} bytes") from error
        except (ValueError, zlib.error) as error:
            raise BadData(self.source, "the answer cannot be decompressed", detail=repr(error)) from error

    def _broken(self, error: Exception, where: str) -> SourceError:
        """What a failure on the wire means."""
        if host := not_allowed(error):
            return self._forbidden(host)
        message = "cannot be reached" if is_unreached(error) else "the connection broke"
        return Unavailable(self.source, message, detail=f"{where}: {described(error)}", momentary=True)

    def _decode(self, body: bytes, into: type[T], path: str) -> T:
        try:
            return msgspec.json.decode(body, type=into)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise BadData(
                self.source,
                "the answer is not in its format",
                detail=f"{path}: {error}; body begins {body[:80]!r}",
            ) from error

    def _failure(self, response: Response, body: bytes, where: str) -> SourceError:
        """What a status means; when the directory says how long to wait, nothing is sent before."""
        type_ = response.headers.get("content-type", "no type")
        detail = f"{where}: HTTP {response.status}, {type_}, begins {body!r}"
        wish = seconds_to_wait(response.headers.get("retry-after", ""))
        if wish and is_postponed(response.status):
            wish = self._hold.set(wish)
        return failure_of(self.source, response.status, detail, wish)


def _origin(url: URL) -> tuple[str, str, int | None]:
    """Scheme, host and port."""
    return url.scheme, url.host or "", url.port
