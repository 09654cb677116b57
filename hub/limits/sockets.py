"""How WebSockets arrive and leave: uvicorn's protocol with bounds that it lacks.

The size of a message and the pings that find a client that has gone are uvicorn's own (`BoundedConfig`); nothing is
compressed, since that costs memory for each connection and a small message could become a large one. A client that
leaves what is sent to it unread is cut off. At shutdown the application closes its connections itself (1001); what it
has not closed in time is closed as uvicorn does.
"""

import logging
from asyncio import TimerHandle
from typing import Any, cast

import uvicorn
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from hub.limits.settings import ArrivalLimits

log = logging.getLogger(__name__)
log.setLevel(logging.WARNING)  # what uvicorn says at level info names the addresses of clients


class BoundedSocket(WebSocketsSansIOProtocol):
    """One WebSocket, within the bounds of the hub's configuration."""

    def __init__(self, config: uvicorn.Config, *arguments: Any, **named: Any) -> None:
        super().__init__(config, *arguments, **named)
        self._limits = cast(ArrivalLimits, cast(Any, config).arrival)
        self.close_timeout = self._limits.drain_seconds
        self.logger = log
        self._unread: TimerHandle | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timer."""
        self._stop_watching()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The client reads slower than we write."""
        super().pause_writing()
        self._unread = self.loop.call_later(self._limits.write_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """The client reads again."""
        super().resume_writing()
        self._stop_watching()

    def shutdown(self) -> None:
        """The server stops: the application is closing the connection; see to it that it ends."""
        if self.close_sent or not self.handshake_complete:
            super().shutdown()
        else:
            self.loop.call_later(self._limits.drain_seconds, self._stop)

    def _stop(self) -> None:
        if not self.transport.is_closing():
            super().shutdown()

    def _stop_watching(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None
