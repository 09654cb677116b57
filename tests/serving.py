"""Any ASGI application on a real loopback socket, in the event loop of the test."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.types import ASGIApp

from connectors.addresses import Outgoing

LOOPBACK = Outgoing(frozenset({"127.0.0.1", "localhost"}))
"""What a test calls has no public address."""

GRACE_SECONDS = 1
"""How long open requests may go on once the block has ended."""


@asynccontextmanager
async def serving(app: ASGIApp) -> AsyncIterator[str]:
    """The base address of `app`, served by uvicorn on a free port until the block ends.

    uvicorn's own steps are taken one by one, since `serve` would also take the signals from pytest. RuntimeError
    when the application's start-up fails.
    """
    config = uvicorn.Config(app, log_config=None, access_log=False, ws="none", timeout_graceful_shutdown=GRACE_SECONDS)
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        try:
            await server.startup([listener])
        except SystemExit as error:
            raise RuntimeError("the application did not start") from error
        ticking = asyncio.create_task(server.main_loop())
        try:
            host, port = listener.getsockname()
            yield f"http://{host}:{port}"
        finally:
            server.should_exit = True
            await ticking
            await server.shutdown([listener])
