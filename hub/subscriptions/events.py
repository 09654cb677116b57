"""Server-Sent Events (HTML Standard §9.2): GraphQL over SSE, "distinct connections mode".

A GET or POST of /graphql that accepts text/event-stream is answered so: `event: next` with each result, and
`event: complete` after the last. A stream that the hub ends by itself, because it stops or is configured anew, has no
`complete`: its client is to come again. The "single connection mode" of that protocol is not served: its requests
belong together in one process, and a hub may have several.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Final

import orjson
from starlette.types import Message, Receive, Scope, Send

from hub.answers.leaving import ClientGone, Leaving
from hub.answers.refusal import RequestRefused
from hub.execution import GraphQLRequest, GraphQLResult
from hub.subscriptions.operations import Operations, refusal_of
from hub.subscriptions.settings import SubscriptionsConfig
from hub.subscriptions.streams import Ended, Streams, TooManyStreams
from resolvers.access import Caller

EVENT_STREAM: Final = "text/event-stream"

START: Final[Message] = {
    "type": "http.response.start",
    "status": 200,
    "headers": [
        (b"content-type", b"text/event-stream; charset=utf-8"),
        (b"cache-control", b"no-cache, no-store"),
        (b"x-accel-buffering", b"no"),  # proxies are to pass on each event as it comes
        (b"vary", b"accept, authorization"),
    ],
}
COMPLETE: Final = b"event: complete\ndata: \n\n"
STILL_HERE: Final = b":\n\n"


def wants_events(accept: bytes | None) -> bool:
    """Whether a client asks for events: by their name, since "*/*" stands for a plain answer."""
    if accept is None or EVENT_STREAM.encode() not in accept.lower():
        return False
    names = [part.split(";")[0].strip().lower() for part in accept.decode("latin-1").split(",")]
    return EVENT_STREAM in names


class EventStreams:
    """Answers requests with events."""

    def __init__(self, operations: Operations, streams: Streams, bounds: SubscriptionsConfig) -> None:
        self._operations = operations
        self._streams = streams
        self._bounds = bounds

    async def answer(self, request: GraphQLRequest, caller: Caller, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request whose body was read. RequestRefused before anything is sent."""
        try:
            with self._streams.opened(scope, self._bounds) as ended, Leaving(receive):
                results = self._operations.results(request, caller, scope, reading=scope["method"] != "POST")
                async with aclosing(results):
                    await self._send(results, ended, send)
        except TooManyStreams:
            raise RequestRefused(503, "Too many streams are open.", headers={"retry-after": "5"}) from None
        except ClientGone:
            return

    async def _send(self, results: AsyncGenerator[GraphQLResult, None], ended: Ended, send: Send) -> None:
        await send(START)
        await send(_part(STILL_HERE))  # so that the client knows at once that it is heard
        pending = asyncio.ensure_future(anext(results, None))
        try:
            while True:
                waiting: set[asyncio.Future[Any]] = {pending, ended}
                await asyncio.wait(waiting, timeout=self._bounds.ping_seconds, return_when=asyncio.FIRST_COMPLETED)
                if ended.done():
                    break
                if not pending.done():
                    await send(_part(STILL_HERE))
                    continue
                result = _told(pending)
                if result is None:
                    await send(_part(COMPLETE))
                    break
                await send(_part(b"event: next\ndata: %b\n\n" % orjson.dumps(result.payload())))
                pending = asyncio.ensure_future(anext(results, None))
        finally:
            pending.cancel()
            await asyncio.gather(pending, return_exceptions=True)
        await send({"type": "http.response.body", "body": b""})


def _told(pending: "asyncio.Future[GraphQLResult | None]") -> GraphQLResult | None:
    try:
        return pending.result()
    except RequestRefused as refusal:
        return refusal_of(refusal)


def _part(body: bytes) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": True}
