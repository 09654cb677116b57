"""The servers that are compared, all behind uvicorn with the hub's own settings.

    python serving_targets.py TARGET FILE

Prints the port once it listens, and serves until it is told to stop. FILE: what `static` and `bare` serve, in JSON:
`body`, and `headers` for GET and POST.
"""

import gc
import json
import socket
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import strawberry
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from strawberry.asgi import GraphQL

from hub.app import Process, Site, create_app
from hub.cli.serve import settings
from hub.composition import open_hub
from hub.config import ServerConfig, load
from hub.limits.settings import ArrivalLimits, Limits, RateLimits
from hub.observability.settings import LogsConfig
from resolvers.access import Caller
from resolvers.mutation import Mutation
from resolvers.query import Query
from resolvers.request import RequestContext
from resolvers.types.action import Action
from resolvers.types.scalars import CONFIG
from resolvers.types.source import Source
from resolvers.types.structure import Structure


def static(data: Path, file: Path) -> ASGIApp:
    """The same responses, headers and all, to whoever asks: the body of a POST is taken in, nothing is thought."""
    told = {method: _start(headers) for method, headers in json.loads(file.read_text())["headers"].items()}
    body = {"type": "http.response.body", "body": json.loads(file.read_text())["body"].encode()}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "POST":
            await receive()
        await send(told[scope["method"]])
        await send(body)

    return app


def bare(data: Path, file: Path) -> ASGIApp:
    """The least that is an answer: two headers and the bytes; a body that comes is not even taken in."""
    body = json.loads(file.read_text())["body"].encode()
    start = _start({"content-type": "application/json", "content-length": str(len(body))})

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start)
        await send({"type": "http.response.body", "body": body})

    return app


def _start(headers: dict[str, str]) -> dict[str, Any]:
    listed = [(name.encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http.response.start", "status": 200, "headers": listed}


def hub(data: Path, file: Path) -> ASGIApp:
    """The hub as it is served, but for the lines of its log: they are written for no other target."""
    return _served(data, ServerConfig())


def uncached(data: Path, file: Path) -> ASGIApp:
    """The hub without its cache of answers: rows are warm, each answer is made."""
    return _served(data, ServerConfig(answer_cache_megabytes=0))


def _served(data: Path, server: ServerConfig) -> ASGIApp:
    config = msgspec.structs.replace(
        load({"HUB1000_DATA": str(data)}),
        server=server,
        limits=Limits(rates=RateLimits(address=0)),  # one address asks for everything
        logs=LogsConfig(level="warning"),
    )
    process = Process.start(config)
    return create_app(process, Site(open_hub(config, ledger=process.observatory.ledger), process))


def plain(data: Path, file: Path) -> ASGIApp:
    """Strawberry's own ASGI application over the same schema and the same warm rows."""
    opened = open_hub(load({"HUB1000_DATA": str(data)}))

    class Plain(GraphQL[RequestContext, None]):
        async def get_context(self, request: Any, response: Any) -> RequestContext:
            return RequestContext(opened.federation, datetime.now(UTC), Caller())

    schema = strawberry.Schema(query=Query, mutation=Mutation, types=[Structure, Action, Source], config=CONFIG)
    return Plain(schema)


TARGETS: dict[str, Callable[[Path, Path], ASGIApp]] = {
    "static": static,
    "bare": bare,
    "hub": hub,
    "uncached": uncached,
    "plain": plain,
}


def serve(name: str, file: Path) -> None:
    with tempfile.TemporaryDirectory() as data, socket.create_server(("127.0.0.1", 0), backlog=2048) as listener:
        config = settings(TARGETS[name](Path(data), file), ArrivalLimits())
        config.lifespan = "on" if name in {"hub", "uncached"} else "off"
        gc.freeze()
        print(listener.getsockname()[1], flush=True)
        uvicorn.Server(config).run([listener])


if __name__ == "__main__":
    serve(sys.argv[1], Path(sys.argv[2]))
