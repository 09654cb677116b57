"""A server within bounds, on a real loopback socket in the event loop of the test."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.types import Receive, Scope, Send

from hub.limits.arrival import AtOnce, BoundedConfig
from hub.limits.draining import DrainingServer
from hub.limits.settings import ArrivalLimits

GET = b"GET / HTTP/1.1\r\nHost: hub\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: hub\r\nContent-Length: 10\r\n\r\n"


@dataclass
class Echo:
    """An application that answers with the body it got, or with `size` bytes. `/wait` answers once `go` is set."""

    size: int = 0
    go: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = b""
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.left.set()
                return
            body += message["body"]
            if not message["more_body"]:
                break
        if scope["path"] == "/wait":
            self.waiting.set()
            await self.go.wait()
        body = b"x" * self.size if self.size else body
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
        await send({"type": "http.response.body", "body": body})


@dataclass
class Running:
    """A server that runs. `stop` is what a signal sets in motion."""

    server: DrainingServer
    listener: socket.socket
    address: tuple[str, int]

    async def connect(self, *sent: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection(*self.address)
        for part in sent:
            writer.write(part)
        return reader, writer

    async def ask(self, *sent: bytes) -> bytes:
        """All that the server answers on a connection, until it closes it; nothing when it resets it."""
        reader, writer = await self.connect(*sent)
        try:
            return await reader.read()
        except ConnectionResetError:
            return b""
        finally:
            writer.close()

    async def stop(self) -> None:
        self.server.should_exit = True
        await self.server.shutdown([self.listener])


@asynccontextmanager
async def bounded(app: Any, *, at_once: AtOnce | None = None, **limits: Any) -> AsyncIterator[Running]:
    """`app` behind the bounded protocol; long times unless others are given."""
    patient = {"head_seconds": 60, "body_seconds": 60, "idle_seconds": 60, "write_seconds": 60}
    arrival = ArrivalLimits(**(patient | limits))
    config = BoundedConfig(app, arrival, at_once=at_once, lifespan="off", log_config=None)
    config.load()
    server = DrainingServer(config)
    server.lifespan = config.lifespan_class(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()
        await server.startup([listener])
        running = Running(server, listener, address)
        try:
            yield running
        finally:
            for connection in list(server.server_state.connections):
                connection.transport.abort()
            if not server.should_exit:
                await running.stop()
