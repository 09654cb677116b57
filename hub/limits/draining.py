"""The server that answers whoever has reached it: connections that wait to be accepted when it stops are taken in."""

import asyncio
import socket
from collections.abc import Callable

import uvicorn


class DrainingServer(uvicorn.Server):
    """uvicorn's server. Closing a listening socket resets the connections that wait in it: here none is left there.

    `stopping` is called first: what would go on for ever is to end.
    """

    def __init__(self, config: uvicorn.Config, stopping: Callable[[], None] | None = None) -> None:
        super().__init__(config)
        self._stopping = stopping

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take in who waits, then stop as uvicorn does: no new connection, the open ones finish."""
        if self._stopping:
            self._stopping()
        waiting = [connection for listener in sockets or () for connection in _accepted(listener)]
        for server in self.servers:
            server.close()
        for listener in sockets or ():
            listener.close()
        loop = asyncio.get_running_loop()
        for connection in waiting:
            await loop.connect_accepted_socket(self._protocol, connection)
        await super().shutdown(sockets)

    def _protocol(self) -> asyncio.Protocol:
        return self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )


def _accepted(listener: socket.socket) -> list[socket.socket]:
    found: list[socket.socket] = []
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:  # nobody waits any more
            return found
        connection.setblocking(False)
        found.append(connection)
