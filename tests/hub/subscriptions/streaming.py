"""A hub on a real socket, and WebSockets that speak to it message by message."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import websockets
from changing import Changing
from hubs import configuration, key_of
from websockets.asyncio.client import ClientConnection, connect

from connectors.sandbox import Sandbox
from hub.app import Application, Process, Site
from hub.cli.serve import settings
from hub.composition import open_hub
from hub.limits.draining import DrainingServer
from hub.observability.observatory import Observatory
from resolvers.access import Role
from resolvers.schema import build_schema

WATCH = "subscription ($since: String, $filter: ChangeFilter) { changes(since: $since, filter: $filter) { kind ids cursor } }"
PROTOCOL = websockets.Subprotocol("graphql-transport-ws")


class Streaming(Changing):
    """The hub. `stop`: as SIGTERM does."""

    url: str
    process: Process
    site: Site
    server: DrainingServer

    @asynccontextmanager
    async def socket(self, *, init: Any = None, path: str = "/graphql", **options: Any) -> AsyncIterator["Talk"]:
        """A WebSocket; with `init`, a payload, it has begun."""
        options.setdefault("subprotocols", [PROTOCOL])
        async with connect(f"{self.url.replace('http', 'ws')}{path}", **options) as connection:
            talk = Talk(connection)
            if init is not None:
                await talk.say(type="connection_init", payload=init)
                assert await talk.heard() == {"type": "connection_ack"}
            yield talk


class Talk:
    """One WebSocket."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def say(self, **message: Any) -> None:
        await self.connection.send(json.dumps(message))

    async def subscribe(self, id_: str = "1", query: str = WATCH, **variables: Any) -> None:
        await self.say(type="subscribe", id=id_, payload={"query": query, "variables": variables})

    async def heard(self) -> Any:
        return json.loads(await asyncio.wait_for(self.connection.recv(), 30))

    async def change(self) -> Any:
        told = await self.heard()
        assert told["type"] == "next", told
        return told["payload"]["data"]["changes"]

    async def code(self) -> int:
        """The code by which the hub closes the connection."""
        try:
            while True:
                await asyncio.wait_for(self.connection.recv(), 30)
        except websockets.ConnectionClosed:
            await self.connection.wait_closed()
            assert self.connection.close_code is not None
            return self.connection.close_code


@asynccontextmanager
async def streaming(folder: Path, toml: str = "") -> AsyncIterator[Streaming]:
    hub = open_hub(configuration(folder, toml), sandbox=Sandbox())
    schema = build_schema()
    process = Process(schema, Observatory(schema))
    config = hub.config
    site = Site(hub, process, look_every=0)
    uvicorn = settings(Application(process, site), config.limits.arrival, config.subscriptions)
    uvicorn.load()
    server = DrainingServer(uvicorn, process.streams.stop)
    server.lifespan = uvicorn.lifespan_class(uvicorn)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        await server.startup([listener])
        ticking = asyncio.create_task(server.main_loop())
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with httpx.AsyncClient(base_url=url, timeout=30) as http:
            desk = Streaming(http, await key_of(hub, Role.ADMIN))
            desk.url, desk.process, desk.site, desk.server = url, process, site, server
            try:
                yield desk
            finally:
                server.should_exit = True
                await ticking
                await server.shutdown([listener])
    assert len(process.streams) == 0
