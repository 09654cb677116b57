"""What can go wrong with a directory, switched on at will: an ASGI application around another one.

The fault in force is a frozen value; changing it is one assignment, `Fault()` is health:

    faults.now = Fault(status=429, retry_after=2)
    with faults.during(Fault(body=Body.TRUNCATED)): ...
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from urllib.parse import parse_qsl

from msgspec import Struct
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Body(StrEnum):
    """How the body of an answer is spoilt; its status and headers stay those of success."""

    TRUNCATED = "truncated"
    HTML = "html"
    EMPTY = "empty"
    WRONG_SHAPE = "wrong_shape"


HTML_PAGE = b"<!doctype html><html lang='fr'><title>Captcha</title><p>Veuillez patienter.</p></html>"
WRONG_SHAPE = b'["not", "what", "was", "asked"]'


class Fault(Struct, frozen=True, kw_only=True):
    """What happens to requests; by default nothing.

    `latency`: seconds before anything else. `silent`: no answer until another fault is put in force or the client
    goes away. `status`: this HTTP status instead of the answer, with `retry_after` (seconds, or an HTTP date) if
    given. `body`: the answer's body is spoilt. `path`: only requests whose path contains this text. `times`: only
    so many requests, then health; None for all.
    """

    latency: float = 0.0
    silent: bool = False
    status: int | None = None
    retry_after: int | str | None = None
    body: Body | None = None
    path: str = ""
    times: int | None = None


class Seen(Struct, frozen=True):
    """A request that arrived: method, path, query as (name, value), headers in lower case."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: dict[str, str]


KEPT_REQUESTS = 4000
"""Beyond this number, the older half of the requests is forgotten: a sandbox may run for weeks."""


class Faults:
    """The switch and the counters of one application.

    `requests`: the latest that arrived, in order; `arrived`: how many did in all.
    """

    def __init__(self) -> None:
        self.requests: list[Seen] = []
        self.arrived = 0
        self.in_flight = 0
        self.max_in_flight = 0
        self._now = Fault()
        self._left: int | None = None
        self._changed = asyncio.Event()
        self._moved = asyncio.Event()

    @property
    def now(self) -> Fault:
        """The fault in force."""
        return self._now

    @now.setter
    def now(self, fault: Fault) -> None:
        self._now, self._left = fault, fault.times
        self._changed.set()
        self._changed = asyncio.Event()

    @contextmanager
    def during(self, fault: Fault) -> Iterator[None]:
        """A fault for the length of a block, then what was in force before."""
        before, self.now = self._now, fault
        try:
            yield
        finally:
            self.now = before

    def count(self, path: str = "") -> int:
        """How many of the requests kept have a path that contains a text."""
        return sum(path in seen.path for seen in self.requests)

    async def until_in_flight(self, number: int) -> None:
        """Return when exactly so many requests are being served."""
        while self.in_flight != number:
            await self._moved.wait()

    def arrive(self, request: Seen) -> None:
        """Count a request in."""
        self.arrived += 1
        self.requests.append(request)
        if len(self.requests) > KEPT_REQUESTS:
            del self.requests[: KEPT_REQUESTS // 2]
        self.max_in_flight = max(self.max_in_flight, self.in_flight + 1)
        self._move(1)

    def leave(self) -> None:
        """Count a request out."""
        self._move(-1)

    def _move(self, step: int) -> None:
        self.in_flight += step
        self._moved.set()
        self._moved = asyncio.Event()

    def reset(self) -> None:
        """Health, and counters at zero."""
        self.now = Fault()
        self.requests.clear()
        self.arrived = 0
        self.max_in_flight = self.in_flight

    def meet(self, path: str) -> Fault:
        """The fault that a request to a path meets; it is counted among `times`."""
        if self._now.path not in path or self._left == 0:
            return Fault()
        if self._left is not None:
            self._left -= 1
        return self._now

    async def silence(self, receive: Receive) -> bool:
        """Wait until another fault is put in force (True) or the client goes away (False)."""
        changed = asyncio.create_task(self._changed.wait())
        gone = asyncio.create_task(_gone(receive))
        try:
            await asyncio.wait((changed, gone), return_when=asyncio.FIRST_COMPLETED)
            return changed.done()
        finally:
            changed.cancel()
            gone.cancel()
            await asyncio.gather(changed, gone, return_exceptions=True)


class Faulty:
    """An ASGI application behind a `Faults`."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Note the request, then serve it as the fault in force says."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        faults = self._faults
        query = tuple(parse_qsl(scope["query_string"].decode(), keep_blank_values=True))
        faults.arrive(Seen(scope["method"], scope["path"], query, dict(Headers(scope=scope))))
        try:
            await self._serve(faults.meet(scope["path"]), scope, receive, send)
        finally:
            faults.leave()

    async def _serve(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.latency:
            await asyncio.sleep(fault.latency)
        if fault.silent:
            body = await _drained(receive)
            if not await self._faults.silence(receive):
                return
            receive = _replayed(body, receive)
        if fault.status is not None:
            await _failure(fault)(scope, receive, send)
        elif fault.body is not None:
            await self._spoil(fault.body, scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _spoil(self, how: Body, scope: Scope, receive: Receive, send: Send) -> None:
        start: Message = {}
        body = bytearray()

        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                body.extend(message.get("body", b""))

        await self._app(scope, receive, keep)
        spoilt = {
            Body.TRUNCATED: bytes(body[: len(body) // 2]),
            Body.HTML: HTML_PAGE,
            Body.EMPTY: b"",
            Body.WRONG_SHAPE: WRONG_SHAPE,
        }[how]
        headers = MutableHeaders(raw=list(start["headers"]))
        headers["content-length"] = str(len(spoilt))
        if how is Body.HTML:
            headers["content-type"] = "text/html; charset=utf-8"
        await send({**start, "headers": headers.raw})
        await send({"type": "http.response.body", "body": spoilt})


def _failure(fault: Fault) -> Response:
    """What a gateway answers: not in the directory's format."""
    headers = {} if fault.retry_after is None else {"retry-after": str(fault.retry_after)}
    status = fault.status or 500
    return Response(f'{{"message":"status {status}"}}', status, headers, media_type="application/json")


async def _drained(receive: Receive) -> Message:
    """The whole body of a request, as one message."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return {"type": "http.request", "body": body, "more_body": False}


def _replayed(first: Message, receive: Receive) -> Receive:
    """A `receive` that gives a message back, then goes on."""
    messages = [first]

    async def replay() -> Message:
        return messages.pop() if messages else await receive()

    return replay


async def _gone(receive: Receive) -> None:
    """Return when the client has gone away."""
    message: Message = {"type": ""}
    while message["type"] != "http.disconnect":
        message = await receive()
