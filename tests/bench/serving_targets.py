"""The servers that are compared on the hub's own paths, all behind uvicorn with the hub's own settings.

    python serving_targets.py TARGET [GIVEN]

Prints the port once it listens, and serves until it is told to stop. GIVEN: for `static` and `bare` a file with what
they serve, in JSON (`body`, and `headers` for GET and POST); for `registry` the file of a registry; for `bundle` the
port of the directories.
"""

import json
import socket
import sys
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import httpx
import msgspec
import serving_by_hand
import strawberry
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from strawberry.asgi import GraphQL

from connectors import annuaire_sante
from connectors.addresses import Outgoing
from connectors.annuaire_sante import AnnuaireSante
from connectors.contract import Context, Plugin
from connectors.http import HttpDoor, Params
from hub.app import Application, Process, Site
from hub.cli.serve import settings, spare_collector
from hub.composition import open_hub
from hub.config import Config, GuardsConfig, ServerConfig, SourceConfig, load
from hub.limits.settings import ArrivalLimits, DocumentLimits, Limits, RateLimits
from hub.observability.settings import LogsConfig
from resolvers.access import Caller
from resolvers.mutation import Mutation
from resolvers.query import Query
from resolvers.request import RequestContext
from resolvers.types.action import Action
from resolvers.types.scalars import CONFIG
from resolvers.types.source import Source
from resolvers.types.structure import Structure

T = TypeVar("T")

UNBOUND = Limits(
    rates=RateLimits(address=0),  # one address asks for everything
    document=DocumentLimits(cost=1_000_000),  # so that a thousand structures can be asked at once
)
CONNECTIONS = 64


def static(data: Path, given: str) -> ASGIApp:
    """The same responses, headers and all, to whoever asks: the body of a POST is taken in, nothing is thought."""
    answer = json.loads(Path(given).read_text())
    told = {method: _start(headers) for method, headers in answer["headers"].items()}
    body = {"type": "http.response.body", "body": answer["body"].encode()}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "POST":
            await receive()
        await send(told[scope["method"]])
        await send(body)

    return app


def bare(data: Path, given: str) -> ASGIApp:
    """The least that is an answer: two headers and the bytes; a body that comes is not even taken in."""
    body = json.loads(Path(given).read_text())["body"].encode()
    start = _start({"content-type": "application/json", "content-length": str(len(body))})

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start)
        await send({"type": "http.response.body", "body": body})

    return app


def _start(headers: dict[str, str]) -> dict[str, Any]:
    listed = [(name.encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http.response.start", "status": 200, "headers": listed}


def configuration(data: Path, *, kept: int = 0) -> Config:
    """The hub as it is shipped, over the sandbox, but for the lines of its log: they are written for no other target.

    `kept`: megabytes of answers that are kept.
    """
    return msgspec.structs.replace(
        load({"HUB1000_DATA": str(data)}),
        server=ServerConfig(answer_cache_megabytes=kept),
        limits=UNBOUND,
        logs=LogsConfig(level="warning"),
    )


def over_registry(data: Path, given: str) -> Config:
    """Over the registry of a file alone."""
    config = configuration(data)
    registry = next(source for source in config.sources if source.id == "registry")
    settings_ = msgspec.structs.replace(registry.settings, database=str(Path(given).resolve()))
    return msgspec.structs.replace(config, sources=(msgspec.structs.replace(registry, settings=settings_),))


def over_bundle(data: Path, given: str, door: Callable[[str, str], Any]) -> Config:
    """Over an empty registry and the Annuaire Santé of the directories on this port; no record is held.

    `door`: opens the way to a source (its id) at a base address.
    """

    def build(settings_: annuaire_sante.Settings, context: Context) -> AnnuaireSante:
        info = annuaire_sante.build(settings_, context).info
        info = msgspec.structs.replace(info, ttl=0.0, batch_size=1_000, concurrency=CONNECTIONS)
        return AnnuaireSante(info, door(context.source, f"http://127.0.0.1:{given}/fhir"))

    config = configuration(data)
    registry = next(source for source in config.sources if source.id == "registry")
    plugin = Plugin(annuaire_sante.Settings, build)
    source = SourceConfig("annuaire_sante", plugin, annuaire_sante.Settings(), deadline=5.0, sandbox=False)
    return msgspec.structs.replace(config, sources=(registry, source))


def hubs_door(source: str, base_url: str) -> HttpDoor:
    """The hub's own."""
    return HttpDoor(source, base_url, connections=CONNECTIONS, outgoing=Outgoing(frozenset({"127.0.0.1"})))


class PlainDoor:
    """What httpx's first page shows: one client, and each answer decoded."""

    def __init__(self, source: str, base_url: str) -> None:
        self.source = source
        self._client = httpx.AsyncClient(base_url=base_url)

    async def get(self, path: str, into: type[T], *, params: Params = ()) -> T:
        """GET and decode."""
        return self._decoded(await self._client.get(path, params=dict(params)), into)

    async def post_form(self, path: str, into: type[T], *, form: Params) -> T:
        """POST a form and decode."""
        return self._decoded(await self._client.post(path, data=dict(form)), into)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    def _decoded(self, response: httpx.Response, into: type[T]) -> T:
        response.raise_for_status()
        return msgspec.json.decode(response.content, type=into)


def served(config: Config) -> ASGIApp:
    """The hub, as it is served."""
    process = Process.start(config)
    return Application(process, Site(open_hub(config, ledger=process.observatory.ledger), process))


def plainly(config: Config) -> ASGIApp:
    """Strawberry's own ASGI application over the same schema and the same federation; each request asks for itself."""
    opened = open_hub(msgspec.structs.replace(config, guards=GuardsConfig(keys_together=1)))

    class Plain(GraphQL[RequestContext, None]):
        async def get_context(self, request: Any, response: Any) -> RequestContext:
            return RequestContext(opened.federation, datetime.now(UTC), Caller())

    schema = strawberry.Schema(query=Query, mutation=Mutation, types=[Structure, Action, Source], config=CONFIG)
    return Plain(schema)


def hub(data: Path, given: str | None) -> ASGIApp:
    """The hub as it is shipped."""
    return served(configuration(data, kept=32))


def uncached(data: Path, given: str | None) -> ASGIApp:
    """The hub without its cache of answers: rows are warm, each answer is made."""
    return served(configuration(data))


TARGETS: Mapping[str, Callable[[Path, str], ASGIApp]] = {
    "static": static,
    "bare": bare,
    "hub": hub,
    "uncached": uncached,
    "plain": lambda data, _: plainly(configuration(data)),
    "registry-by-hand": serving_by_hand.registry,
    "bundle-by-hand": serving_by_hand.bundle,
    "registry": lambda data, file: served(over_registry(data, file)),
    "registry-plain": lambda data, file: plainly(over_registry(data, file)),
    "bundle": lambda data, port: served(over_bundle(data, port, hubs_door)),
    "bundle-plain": lambda data, port: plainly(over_bundle(data, port, PlainDoor)),
}
WITH_LIFESPAN = frozenset({"hub", "uncached", "registry", "bundle"})


def serve(name: str, given: str) -> None:
    """Serve a target until the process is told to stop."""
    with tempfile.TemporaryDirectory() as data, socket.create_server(("127.0.0.1", 0), backlog=2048) as listener:
        config = settings(TARGETS[name](Path(data), given), ArrivalLimits())
        config.lifespan = "on" if name in WITH_LIFESPAN else "off"
        spare_collector()
        print(listener.getsockname()[1], flush=True)
        uvicorn.Server(config).run([listener])


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "")
