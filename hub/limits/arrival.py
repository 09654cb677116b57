"""How requests arrive: uvicorn's HTTP protocol with bounds that it lacks, so that no client can hold what it opened.

too many connections   503, at once
head too large         431 (RFC 6585 §5), after at most one read beyond the bound
head too slow          closed
body too slow          408 (RFC 9110 §15.5.9); the application is told that the client has gone
answer left unread     cut off

And how they leave: at shutdown uvicorn closes idle connections at once, with the requests that are on their way in
them. Here they may still ask for a while, are answered with `Connection: close`, and then closed.
"""

import asyncio
from asyncio import TimerHandle
from collections.abc import Callable
from enum import Enum, auto
from typing import Any, Final, cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from hub.limits.settings import ArrivalLimits

LINGER_SECONDS: Final = 2.0
"""How long what a refused client still sends is read and dropped, so that it comes to read why (RFC 9112 §9.6)."""
FIELD_OVERHEAD: Final = 4
"""Bytes of a head's field besides its name and its value: ": " and the end of the line."""


class BoundedConfig(uvicorn.Config):
    """uvicorn's configuration, with the bounds of arrival; it goes to other processes as it is."""

    def __init__(self, app: Any, arrival: ArrivalLimits, **options: Any) -> None:
        self.arrival = arrival
        super().__init__(
            app,
            http=BoundedProtocol,
            ws="none",
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


class BoundedProtocol(HttpToolsProtocol):
    """One connection, within the bounds of its `BoundedConfig`."""

    def __init__(self, config: uvicorn.Config, *arguments: Any, **named: Any) -> None:
        super().__init__(config, *arguments, **named)
        self._limits = cast(BoundedConfig, self.config).arrival
        self._reading = _Reading.NOTHING
        self._head_bytes = 0
        self._draining = False
        self._refused = False
        self._timer: TimerHandle | None = None
        self._unread: TimerHandle | None = None

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
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on; what is not whole after it must become so in time."""
        if self._gone():
            return
        if self._reading is not _Reading.BODY:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._gone():
            return
        if self._reading is _Reading.BODY:
            if self._timer is None:
                self._wait(self._limits.body_seconds, self._body_too_slow)
        elif self._reading is _Reading.HEAD or not self._answering():
            if self._head_bytes > self._limits.head_bytes:
                self._refuse(431, "The head of the request is too large.")
            elif self._timer is None:
                self._wait(self._limits.head_seconds, self.transport.close)

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._reading = _Reading.HEAD

    def on_headers_complete(self) -> None:
        """The head is whole: the application gets it when it is within the bounds."""
        self._stop_waiting()
        self._reading = _Reading.BODY
        self._head_bytes = 0
        size = len(self.url) + sum(len(name) + len(value) + FIELD_OVERHEAD for name, value in self.headers)
        if size > self._limits.head_bytes or len(self.headers) > self._limits.head_fields:
            self._refuse(431, "The head of the request is too large.")
            return
        super().on_headers_complete()
        if self._draining:
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        """A part of the body; that of a refused request is dropped."""
        if not self._gone():
            super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._stop_waiting()
        self._reading = _Reading.NOTHING
        if not self._gone():
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
