"""WebSockets that speak graphql-transport-ws, straight on ASGI.

Who asks is told by a key, in the payload of the first message ({"authorization": "Bearer …"}), since browsers send no
headers of their own with a WebSocket; other clients may send it as a header. A cookie never counts here, so that no
page of another site can ask in somebody's name. Close codes are those of the protocol, and 1001 or 1012 when the hub
stops or is configured anew: clients come again after these.
"""

import asyncio
import logging
from contextlib import aclosing
from typing import Any, Final

from starlette.types import Receive, Scope, Send

from connectors.errors import SourceError
from hub.access.callers import Access, WrongKey
from hub.answers.refusal import RequestRefused
from hub.limits.rates import RATE_LIMITED
from hub.subscriptions import messages
from hub.subscriptions.messages import BadMessage, Complete, ConnectionInit, Ping, Subscribe
from hub.subscriptions.operations import Operations, refusal_of, refused
from hub.subscriptions.settings import SubscriptionsConfig
from hub.subscriptions.streams import Ended, Streams, TooManyStreams
from resolvers.access import Caller

INTERNAL_ERROR: Final = 1011
POLICY: Final = 1008
BAD_REQUEST: Final = 4400
UNAUTHORIZED: Final = 4401
FORBIDDEN: Final = 4403
INIT_TIMEOUT: Final = 4408
SUBSCRIBER_EXISTS: Final = 4409
TOO_MANY_INITS: Final = 4429

MAX_REASON: Final = 120
"""Characters of a reason to close: it may have 123 bytes (RFC 6455 §5.5)."""

log = logging.getLogger(__name__)


class Closing(Exception):
    """The connection is to be closed, with a code and a reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Gone(Exception):
    """The client has closed the connection."""


class Sockets:
    """The ASGI application of WebSockets."""

    def __init__(self, operations: Operations, access: Access, streams: Streams, bounds: SubscriptionsConfig) -> None:
        self._operations = operations
        self._access = access
        self._streams = streams
        self._bounds = bounds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection, from its beginning to its end."""
        await receive()  # websocket.connect
        try:
            with self._streams.opened(scope, self._bounds) as ended:
                if messages.PROTOCOL not in scope["subprotocols"]:
                    await send({"type": "websocket.close"})  # before it is accepted: HTTP 403
                    return
                await send({"type": "websocket.accept", "subprotocol": messages.PROTOCOL})
                await _Connection(self._operations, self._access, self._bounds, scope, receive, send).run(ended)
        except TooManyStreams:
            head = [(b"retry-after", b"5"), (b"content-type", b"text/plain")]
            await send({"type": "websocket.http.response.start", "status": 503, "headers": head})
            await send({"type": "websocket.http.response.body", "body": b"Too many streams are open."})


class _Connection:
    """One accepted connection."""

    def __init__(
        self,
        operations: Operations,
        access: Access,
        bounds: SubscriptionsConfig,
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        self._operations = operations
        self._access = access
        self._bounds = bounds
        self._scope = scope
        self._receive = receive
        self._send = send
        self._caller = Caller()
        self._known = False
        self._under_way: dict[str, asyncio.Task[None]] = {}

    async def run(self, ended: Ended) -> None:
        """Serve it until the client leaves, breaks the protocol, or the stream is to end."""
        reading = asyncio.ensure_future(self._read())
        try:
            waiting: set[asyncio.Future[Any]] = {reading, ended}
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if reading.done():
                reading.result()
            await self._close(Closing(ended.result(), ""))
        except Closing as closing:
            await self._close(closing)
        except (Gone, OSError):  # what is written to a client that has gone
            return
        finally:
            tasks = [reading, *self._under_way.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self) -> None:
        """Take messages. Raises Closing and Gone."""
        try:
            async with asyncio.timeout(self._bounds.init_seconds) as patience:
                while not self._known:
                    await self._take(await self._next())
                patience.reschedule(None)
                while True:
                    await self._take(await self._next())
        except TimeoutError:
            raise Closing(INIT_TIMEOUT, "Connection initialisation timeout") from None
        except BadMessage as error:
            raise Closing(BAD_REQUEST, str(error)) from None
        except RequestRefused as refusal:
            raise Closing(POLICY, refusal.message) from None

    async def _next(self) -> messages.Received:
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            raise Gone
        text = message.get("text")
        if text is None:
            raise BadMessage("a message is text")
        await self._operations.arrived(self._caller, self._scope)
        return messages.read(text)

    async def _take(self, message: messages.Received) -> None:
        match message:
            case ConnectionInit():
                if self._known:
                    raise Closing(TOO_MANY_INITS, "Too many initialisation requests")
                self._caller = self._who(message.payload or {})
                self._known = True
                await self._write(messages.ACKNOWLEDGED)
            case Ping():
                await self._write(messages.PONG)
            case Subscribe():
                await self._begin(message)
            case Complete():
                if task := self._under_way.pop(message.id, None):
                    task.cancel()

    def _who(self, payload: dict[str, Any]) -> Caller:
        """Who asks, by the first message or else by the headers; Closing when a key opens nothing."""
        given = next((value for name, value in payload.items() if name.lower() == "authorization"), None)
        if given is None:
            header = next((value for name, value in self._scope["headers"] if name == b"authorization"), None)
            given = header.decode("latin-1") if header is not None else None
        if given is not None and not isinstance(given, str):
            raise Closing(BAD_REQUEST, "authorization is not a text")
        try:
            return self._access.caller(given)
        except WrongKey:
            raise Closing(FORBIDDEN, "This key is nobody's.") from None
        except SourceError:
            log.exception("a caller cannot be looked up")
            raise Closing(INTERNAL_ERROR, "Keys cannot be looked up now.") from None

    async def _begin(self, message: Subscribe) -> None:
        if not self._known:
            raise Closing(UNAUTHORIZED, "Unauthorized")
        if message.id in self._under_way:
            raise Closing(SUBSCRIBER_EXISTS, f"Subscriber for {message.id} already exists")
        if len(self._under_way) >= self._bounds.operations:
            told = refused(f"At most {self._bounds.operations} operations run in one connection.", RATE_LIMITED)
            await self._write(messages.failed(message.id, told))
            return
        self._under_way[message.id] = asyncio.create_task(self._operate(message))

    async def _operate(self, message: Subscribe) -> None:
        id_ = message.id
        try:
            async with aclosing(
                self._operations.results(self._operations.read(message.payload), self._caller, self._scope)
            ) as results:
                async for result in results:
                    if not result.executed:
                        await self._end(id_, messages.failed(id_, result))
                        return
                    await self._write(messages.following(id_, result))
            await self._end(id_, messages.completed(id_))
        except RequestRefused as refusal:
            await self._end(id_, messages.failed(id_, refusal_of(refusal)))
        except OSError:  # the client has gone, which the reading of messages finds too
            return

    async def _end(self, id_: str, last: str) -> None:
        """Tell the end of an operation, whose id may then be used again."""
        self._under_way.pop(id_, None)
        await self._write(last)

    async def _write(self, text: str) -> None:
        await self._send({"type": "websocket.send", "text": text})

    async def _close(self, closing: Closing) -> None:
        try:
            await self._send({"type": "websocket.close", "code": closing.code, "reason": closing.reason[:MAX_REASON]})
        except (OSError, RuntimeError):  # it was closed by the client meanwhile
            return
