"""How requests arrive: uvicorn's HTTP protocol with bounds that it lacks, so that no client can hold what it opened.

too many connections   503, at once
head too large         431 (RFC 6585 §5), after at most one read beyond the bound
head too slow          closed
body too slow          408 (RFC 9110 §15.5.9); the application is told that the client has gone
answer left unread     cut off

A request that has come whole is shown to `at_once` first: what that gives is the whole response, written in this very
turn of the event loop or when it is made, and the application is not called.

And how they leave: at shutdown uvicorn closes idle connections at once, with the requests that are on their way in
them. Here they may still ask for a while, are answered with `Connection: close`, and then closed.
"""

import asyncio
from asyncio import TimerHandle
from collections.abc import Callable, Coroutine, Iterable, Sequence
from enum import Enum, auto
from typing import Any, Final, NamedTuple, TypeAlias, cast

import uvicorn
from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from hub.limits.answering import Answering
from hub.limits.settings import ArrivalLimits
from hub.limits.sockets import BoundedSocket
from hub.subscriptions.settings import SubscriptionsConfig

LINGER_SECONDS: Final = 2.0
"""How long what a refused client still sends is read and dropped, so that it comes to read why (RFC 9112 §9.6)."""
FIELD_OVERHEAD: Final = 4
"""Bytes of a head's field besides its name and its value: ": " and the end of the line."""


class Response(NamedTuple):
    """A whole response; `lines`: those of its head between the first one and the empty one, each with its end."""

    status: int
    lines: Sequence[bytes]
    body: bytes


AtOnce: TypeAlias = Callable[[Scope, bytes], Response | Coroutine[Any, Any, Response] | None]
"""From a request (ASGI scope, whole body) to the response, there or awaited; None to have the application called."""

FAILED: Final = Response(
    500, (b"content-type: text/plain; charset=utf-8\r\n", b"content-length: 21\r\n"), b"Internal Server Error"
)
"""What is told when the response cannot be made, as by uvicorn of an application that fails."""


def header_lines(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Headers as they are sent (HTTP/1.1, RFC 9112 §5)."""
    return b"".join([b"%b: %b\r\n" % header for header in headers])


class BoundedConfig(uvicorn.Config):
    """uvicorn's configuration, with the bounds of arrival, and with what answers at once, if there is something."""

    def __init__(
        self,
        app: Any,
        arrival: ArrivalLimits,
        subscriptions: SubscriptionsConfig = SubscriptionsConfig(),  # noqa: B008  # frozen
        *,
        at_once: AtOnce | None = None,
        **options: Any,
    ) -> None:
        self.arrival = arrival
        self.at_once = at_once
        super().__init__(
            app,
            http=BoundedProtocol,
            ws=BoundedSocket,
            ws_max_size=subscriptions.message_bytes,
            ws_ping_interval=subscriptions.ping_seconds,
            ws_ping_timeout=subscriptions.ping_seconds,
            ws_per_message_deflate=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=cast(int, arrival.idle_seconds),
            timeout_graceful_shutdown=arrival.finish_seconds,
            **options,
        )


class _Reading(Enum):
    """What of a request is being read."""

    NOTHING = auto()
    HEAD = auto()
    BODY = auto()


_NOTHING, _HEAD, _BODY = _Reading  # each is looked up several times a request, which through the class is slow


class BoundedProtocol(HttpToolsProtocol):
    """One connection, within the bounds of its `BoundedConfig`."""

    def __init__(self, config: uvicorn.Config, *arguments: Any, **named: Any) -> None:
        super().__init__(config, *arguments, **named)
        self._limits = cast(BoundedConfig, self.config).arrival
        self._at_once = cast(BoundedConfig, self.config).at_once
        self._held: list[bytes] | None = None
        self._reading = _NOTHING
        self._head_bytes = 0
        self._draining = False
        self._refused = False
        self._upgraded = False
        self._making: Answering[Response] | None = None
        self._timer: TimerHandle | None = None
        self._unread: TimerHandle | None = None
        self._default_headers: object = None
        self._default_lines = b""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a head, or refuse when there are too many connections."""
        super().connection_made(transport)
        if len(self.connections) > self._limits.connections:
            self._refuse(503, "Too many connections.", b"retry-after: 1")
            self.transport.close()
        else:
            self._wait(self._limits.head_seconds, self.transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timers."""
        self._stop_waiting()
        self._stop_watching()
        if self._making is not None and not self._making.response_complete:
            self._making.leave()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on; what is not whole after it must become so in time."""
        if self._gone():
            return
        if self._reading is not _BODY:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._reading is _NOTHING and not self._head_bytes and self.timeout_keep_alive_task:
            return  # all that came is answered
        if self._gone() or self._upgraded:
            return
        if self._held is not None:  # it has not come whole
            self._begin(self._release())
        if self._reading is _BODY:
            if self._timer is None:
                self._wait(self._limits.body_seconds, self._body_too_slow)
        elif self._reading is _HEAD or not self._answering():
            if self._head_bytes > self._limits.head_bytes:
                self._refuse(431, "The head of the request is too large.")
            elif self._timer is None:
                self._wait(self._limits.head_seconds, self.transport.close)

    def on_message_begin(self) -> None:
        """A request begins. Its scope is made for the application alone, in `_begin`."""
        self.url = b""
        self.expect_100_continue = False
        self.headers = []
        self._reading = _HEAD

    def on_headers_complete(self) -> None:
        """The head is whole: the application gets it when it is within the bounds."""
        self._stop_waiting()
        self._reading = _BODY
        if self._head_too_large():
            self._refuse(431, "The head of the request is too large.")
        elif self._at_once and self._plain():
            self._held = []
        else:
            self._begin()

    def handle_websocket_upgrade(self) -> None:
        """From here on the connection is a WebSocket, which another protocol serves."""
        self._upgraded = True
        super().handle_websocket_upgrade()

    def on_body(self, body: bytes) -> None:
        """A part of the body; that of a refused request is dropped."""
        if self._held is not None:
            self._held.append(body)
        elif not self._gone():
            super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._stop_waiting()
        self._reading = _NOTHING
        if self._gone():
            return
        if self._held is not None:
            body = self._release()
            if self._answered(body):
                return
            self._begin(body)
        super().on_message_complete()

    def pause_writing(self) -> None:
        """The client reads slower than we write."""
        super().pause_writing()
        self._unread = self.loop.call_later(self._limits.write_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """The client reads again."""
        super().resume_writing()
        self._stop_watching()

    def shutdown(self) -> None:
        """The server stops: answer what is under way or still comes, then close."""
        self._draining = True
        if self._answering():
            super().shutdown()
        else:
            self._unset_keepalive_if_required()
            self.loop.call_later(self._limits.drain_seconds, self._close_unless_answering)

    def _head_too_large(self) -> bool:
        read, self._head_bytes = self._head_bytes, 0
        if len(self.headers) > self._limits.head_fields:
            return True
        if read <= self._limits.head_bytes:
            return False  # nor is what was read with it
        size = len(self.url) + sum(len(name) + len(value) + FIELD_OVERHEAD for name, value in self.headers)
        return size > self._limits.head_bytes

    def _plain(self) -> bool:
        """Whether a request asks nothing of the connection but that it stays, and no other is before it."""
        parser = self.parser
        return (
            not (self.expect_100_continue or self._draining or self.flow.write_paused or self._answering())
            and parser.should_keep_alive()
            and not parser.should_upgrade()
            and parser.get_http_version() == "1.1"
        )

    def _release(self) -> bytes:
        """What was held back of the body; nothing is, from now on."""
        held, self._held = self._held, None
        return b"".join(held or ())

    def _begin(self, body: bytes = b"") -> None:
        """Have the application answer, and give it what has come of the body."""
        url, headers, continues = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue = url, continues
        self.headers += headers
        super().on_headers_complete()
        if self._draining:
            self.cycle.keep_alive = False
        if body:
            super().on_body(body)

    def _answered(self, body: bytes) -> bool:
        """Answer a whole request, if that can be done at once."""
        path, _, query = self.url.partition(b"?")
        scope: Scope = {
            "type": "http",
            "http_version": "1.1",
            "client": self.client,
            "scheme": self.scheme,
            "method": self.parser.get_method().decode("ascii"),
            "path": path.decode("latin-1"),
            "query_string": query,
            "headers": self.headers,
        }
        response = self._at_once(scope, body) if self._at_once else None
        if response is None:
            return False
        if isinstance(response, Response):
            self._respond(response)
        else:
            self._making = Answering(response, self._made, self.tasks)
            self.cycle = cast(Any, self._making)
        return True

    def _made(self, answering: Answering[Response], response: Response | None) -> None:
        """Send a response that was made meanwhile."""
        if not self._gone():
            self._respond(response or FAILED, close=not answering.keep_alive)

    def _respond(self, response: Response, *, close: bool = False) -> None:
        status, lines, content = response
        end = b"connection: close\r\n\r\n" if close else b"\r\n"
        self.transport.write(b"".join((STATUS_LINE[status], self._date(), *lines, end, content)))
        if close:
            self.transport.close()
        self.on_response_complete()

    def _date(self) -> bytes:
        """The headers that every answer has, as lines: the server makes new ones each second."""
        headers = self.server_state.default_headers
        if headers is not self._default_headers:
            self._default_headers, self._default_lines = headers, header_lines(headers)
        return self._default_lines

    def _close_unless_answering(self) -> None:
        if not self._answering():
            self.transport.close()

    def _answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _unsupported_upgrade_warning(self) -> None:
        """Say nothing: a client may offer an upgrade, and gets a plain answer (RFC 9110 §7.8)."""

    def _body_too_slow(self) -> None:
        if self.cycle.response_started or self.pipeline:
            self.transport.abort()
            return
        self.cycle.disconnected = True  # nothing of the application's is written after this
        self._refuse(408, "The body of the request took too long.")

    def _refuse(self, status: int, message: str, *fields: bytes) -> None:
        """Answer and take nothing more; only close when another answer is still due before it."""
        self._stop_waiting()
        self._refused = True
        if self._answering() and not self.cycle.disconnected:
            self.transport.close()
            return
        text = message.encode()
        head = (b"content-type: text/plain; charset=utf-8", b"content-length: %d" % len(text), b"connection: close")
        self.transport.write(STATUS_LINE[status] + b"\r\n".join((*head, *fields, b"", text)))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._wait(LINGER_SECONDS, self.transport.close)

    def _gone(self) -> bool:
        return self._refused or self.transport.is_closing()

    def _wait(self, seconds: float, then: Callable[[], object]) -> None:
        self._timer = self.loop.call_later(seconds, then)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _stop_watching(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None
